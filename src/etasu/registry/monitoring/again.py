"""Taking waiting items in again, once somebody has resolved what they waited for.

An item is rebuilt from what was kept of it, with what was entered, and goes the same way as on the
day it came: judged, matched, converted, compared with what is on record meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import Told, ask_to_record
from etasu.registry.audit.round_trips import Question, round_trip
from etasu.registry.monitoring import standing
from etasu.registry.monitoring.lab_rows import (
    ItemResolution,
    LabItemRow,
    LabReportRow,
    Reconciliation,
)
from etasu.registry.monitoring.matching import Asked, Match, match_all, people_by_id
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.planning import (
    NOBODY,
    Planned,
    PlannedReport,
    PlannedResult,
    plan_item,
    report_key,
)
from etasu.registry.monitoring.received import Kept, Received
from etasu.registry.monitoring.senders import Known, known_now
from etasu.registry.monitoring.sending import Incoming, registered
from etasu.registry.monitoring.taking_in import Replaced, TakingIn
from etasu.safe_use.lab_reports import (
    Coding,
    ItemStatus,
    LabItem,
    LabMessage,
    LabReport,
    PatientAsSent,
    PatientIdentifier,
)

AT_ONCE = 200
# What somebody can enter of an item, by the field of it.
ENTERED = frozenset({"unit", "value", "collected_on"})
# Beside them, why an item that was stored is not to be kept as a result after all.
REFUSED = "refused"


def waiting() -> QuerySet[LabItemRow]:
    """Every item that still waits for somebody."""
    settled = ItemResolution.objects.exclude(outcome=Kept.QUARANTINED)
    return LabItemRow.objects.filter(outcome=Kept.QUARANTINED).exclude(
        pk__in=settled.values("item")
    )


class Resolved(TakingIn):
    """Takes items in again; messages, reports and items are on record, resolutions are written."""

    def __init__(self, planned: list[Planned], known: Known, how: str, *, by: Actor) -> None:
        super().__init__(planned, known, by=by)
        self._how = how

    rows: Mapping[int, LabItemRow]
    entered: Mapping[int, dict[str, Any]]
    replacing: Mapping[int, Result]

    def _give_ids(self) -> None:
        self._give_result_ids()

    def _read(self, asking: Sequence[Question]) -> standing.Before:
        """With it, the results that are entered anew, whether their report has a number or not."""
        before = super()._read(asking)
        for message in self._planned:
            for report in message.reports:
                report.key = report.key or f"report {report.id}"
                for item in report.items:
                    former = self.replacing.get(id(item))
                    found = standing.results_by_id([former.pk]) if former is not None else []
                    for each in found:
                        before.results[report.key, item.key] = each
        return before

    def _standing_beside(self) -> list[standing.Standing]:
        messages = {each.id for each in self._planned}
        ids = Result.objects.filter(
            report__message__in=messages, replaced_at__isnull=True
        ).values_list("pk", flat=True)
        return standing.results_by_id(list(ids))

    def _write(self, made: Sequence[PlannedResult], replaced: Replaced) -> None:
        with round_trip() as trip:
            self._ask_to_keep_results(trip, made)
            self._ask_to_count_changes(trip, replaced)
            ask_to_record(trip, map(self._told, self._planned), by=self._by, at=self._at)
        for message in self._planned:
            for item in message.every_item():
                ItemResolution.objects.create(
                    item=self.rows[id(item)],
                    how=self._how,
                    entered=self.entered.get(id(item), {}),
                    said=self.entered.get(id(item), {}).get(REFUSED, ""),
                    revises=id(item) in self.replacing,
                    outcome=item.outcome,
                    reason="" if item.result is not None else item.reason,
                    result_id=item.result.id if item.result is not None else None,
                    resolved_at=self._at,
                    resolved_by=self._by.number,
                )
        self._ask_who_it_is()

    def _ask_who_it_is(self) -> None:
        """A task for reports that had none, because their items waited for something else first."""
        for message in self._planned:
            for report in message.reports:
                waits = [each for each in report.items if each.outcome is Kept.QUARANTINED]
                if message.incoming.connection is not None and any(
                    each.reason == report.match.trouble for each in waits
                ):
                    Reconciliation.objects.get_or_create(
                        report_id=report.id,
                        defaults={
                            "program": message.incoming.connection.program,
                            "trouble": report.match.trouble,
                            "opened_at": self._at,
                            "opened_by": self._by.number,
                        },
                    )

    def _told(self, message: Planned) -> Told:
        told = super()._told(message)
        return told._replace(verb="results.resolved", detail={**told.detail, "how": self._how})


def take_again(
    rows: Sequence[LabItemRow],
    how: str,
    *,
    entered: Mapping[str, str] | None = None,
    replacing: Result | None = None,
    by: Actor,
    at: datetime,
) -> dict[Kept, int]:
    """Take these items in again; how many came to what.

    Call it in a transaction. `entered` is what somebody adds to each of them. With `replacing`,
    which is of one item that was stored, the result it becomes takes that one's place.
    """
    counts: dict[Kept, int] = {}
    ordered = sorted(rows, key=lambda row: (row.report.message_id, row.pk))
    messages: dict[int, list[LabItemRow]] = {}
    for row in ordered:
        messages.setdefault(row.report.message_id, []).append(row)
    for found in messages.values():
        planned = _take_message(found, how, entered or {}, replacing, by=by, at=at)
        for item in planned.every_item():
            counts[item.outcome] = counts.get(item.outcome, 0) + 1
    return counts


def _take_message(
    rows: Sequence[LabItemRow],
    how: str,
    entered: Mapping[str, str],
    replacing: Result | None,
    *,
    by: Actor,
    at: datetime,
) -> Planned:
    incoming = _incoming(rows[0].report)
    known = known_now(at)
    planned = Planned(incoming, number=rows[0].report.message.number)
    planned.id = rows[0].report.message_id
    told: dict[int, dict[str, Any]] = {}
    by_item: dict[int, LabItemRow] = {}
    for report in {row.report_id: row.report for row in rows}.values():
        found = _planned_report(report, incoming)
        for row in (each for each in rows if each.report_id == report.pk):
            added = {**_entered_before(row), **entered}
            item = plan_item(found, _lab_item(row, added), incoming, known)
            if REFUSED in added:
                item.settle(Kept.REJECTED, "rejected-by-hand")
            by_item[id(item)], told[id(item)] = row, added
            found.items.append(item)
        planned.reports.append(found)
    taking = Resolved([planned], known, how, by=by)
    taking.rows, taking.entered = by_item, told
    taking.replacing = {each: replacing for each in by_item} if replacing is not None else {}
    taking.keep()
    return planned


def _incoming(report: LabReportRow) -> Incoming:
    """The message as it came, as far as taking its items in again asks for it."""
    row = report.message
    message = LabMessage(
        control_id=row.control_id, sent_as=row.sender, reports=(), sent_at=row.sent_at
    )
    received = Received(None, bytes(row.raw), row.wire, message)
    known = row.connection or registered(row.sender)
    incoming = Incoming(received, bytes(row.digest), row.control_id, connection=known)
    incoming.name = row.sender
    incoming.sender = known.number if known else row.sender
    return incoming


def _planned_report(report: LabReportRow, incoming: Incoming) -> PlannedReport:
    said = report_said(report)
    planned = PlannedReport(said, report_key(incoming, said.number), NOBODY, id=report.pk)
    decided = getattr(report, "reconciliation", None)
    patient_id = decided.patient_id if decided is not None else None
    if patient_id is not None:
        planned.match = Match(people_by_id([patient_id])[patient_id])
    elif incoming.connection is not None:
        connection = incoming.connection
        asked = Asked(connection.program, connection.authorities, said.patient)
        planned.match = match_all([asked])[0]
    return planned


def report_said(report: LabReportRow) -> LabReport:
    """A report as it was sent, without its items."""
    said = report.said
    born = said.get("birth_date")
    return LabReport(
        place=report.place,
        number=said.get("number", ""),
        patient=PatientAsSent(
            identifiers=tuple(PatientIdentifier(*each) for each in said.get("identifiers", ())),
            last_name=said.get("last_name", ""),
            first_name=said.get("first_name", ""),
            birth_date=date.fromisoformat(born) if born else None,
            sex=said.get("sex", ""),
        ),
        items=(),
        ordered_by=said.get("ordered_by", ""),
    )


def _entered_before(row: LabItemRow) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in row.resolutions.order_by("pk"):
        found |= each.entered
    return found


def _lab_item(row: LabItemRow, entered: Mapping[str, str]) -> LabItem:
    first = Coding(row.code_system, row.code, row.code_text)
    others = [Coding(*each) for each in row.other_codes or ()]
    collected = entered.get("collected_on")
    is_read = bool(entered.get("value"))
    return LabItem(
        place=row.place,
        key=row.key,
        codes=(first, *others) if first.code else tuple(others),
        value=entered.get("value") or row.value,
        # What is refused takes back what it said, as if the laboratory had.
        status=ItemStatus.WITHDRAWN if REFUSED in entered else ItemStatus(row.status),
        collected_on=date.fromisoformat(collected) if collected else row.collected_on,
        collected_at=None if collected else row.collected_moment,
        comparator="" if is_read else row.comparator,
        unit=entered.get("unit") or row.unit,
        low=row.low,
        high=row.high,
        range_text=row.range_text,
        abnormal=tuple(row.flags.split()),
        specimen=row.specimen,
        note=row.note,
        # Whoever entered the value has read what could not be read.
        trouble="" if is_read else row.trouble,
    )
