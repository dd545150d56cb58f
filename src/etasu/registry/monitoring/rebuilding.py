"""What came in, rebuilt from what was kept of it and what somebody has entered since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.lab_rows import ItemResolution, LabItemRow, LabReportRow
from etasu.registry.monitoring.matching import Asked, Match, match_all, people_by_id
from etasu.registry.monitoring.planning import NOBODY, PlannedReport
from etasu.registry.monitoring.received import Received
from etasu.registry.monitoring.sending import Incoming, registered
from etasu.safe_use.lab_reports import (
    Coding,
    ItemStatus,
    LabItem,
    LabMessage,
    LabReport,
    PatientAsSent,
    PatientIdentifier,
)

# What somebody can enter of an item, by the field of it.
ENTERED = frozenset({"unit", "value", "collected_on"})
# Beside them, why an item that was stored is not to be kept as a result after all.
REFUSED = "refused"
# How it is taken in again when that was wrong.
REFUSAL_TAKEN_BACK = "refusal taken back"


def incoming_of(report: LabReportRow) -> Incoming:
    """The message as it came, as far as taking its items in again asks for it."""
    row = report.message
    message = LabMessage(
        control_id=row.control_id, sent_as=row.sender, reports=(), sent_at=row.sent_at
    )
    received = Received(None, bytes(row.raw), row.wire, message)
    known = sender_of(report)
    incoming = Incoming(received, bytes(row.digest), row.control_id, connection=known)
    incoming.name = row.sender
    incoming.sender = known.number if known else row.sender
    return incoming


def sender_of(report: LabReportRow) -> LabConnection | None:
    """Whose report it is, though its sender was registered only after it came."""
    return report.message.connection or registered(report.message.sender)


def planned_report(report: LabReportRow, incoming: Incoming) -> PlannedReport:
    """The report under the key it has now, with whom it is about by now, and no items yet."""
    said, key = report_said(report), report.report_key
    if key is not None:
        key = incoming.sender + key.removeprefix(report.message.sender)
    planned = PlannedReport(said, key, NOBODY, id=report.pk)
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


def resolutions_of(row: LabItemRow) -> list[ItemResolution]:
    """What people did about an item, in that order."""
    return sorted(row.resolutions.all(), key=lambda each: each.pk)


def entered_before(resolutions: Iterable[ItemResolution]) -> dict[str, str]:
    """Everything somebody has entered for an item until now; these come in their order.

    A refusal that was taken back is not among it.
    """
    found: dict[str, str] = {}
    for each in resolutions:
        found |= each.entered
        if each.how == REFUSAL_TAKEN_BACK:
            found.pop(REFUSED, None)
    return found


def lab_item(row: LabItemRow, entered: Mapping[str, str]) -> LabItem:
    """An item as it was sent, with what was entered in the place of what it lacked."""
    first = Coding(row.code_system, row.code, row.code_text)
    others = [Coding(*each) for each in row.other_codes or ()]
    collected = entered.get("collected_on")
    is_read = bool(entered.get("value"))
    return LabItem(
        place=row.place,
        key=row.key,
        codes=(first, *others) if first.code else tuple(others),
        value=entered.get("value") or row.value,
        status=_status(row, entered),
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


def _status(row: LabItemRow, entered: Mapping[str, str]) -> ItemStatus:
    if REFUSED in entered:
        # It takes back what it said, as if the laboratory had.
        return ItemStatus.WITHDRAWN
    status = ItemStatus(row.status)
    if (
        status is ItemStatus.CORRECTED
        and entered.get("value")
        and not row.report.said.get("number")
    ):
        # No number says what it corrects; whoever entered the value has found that out.
        return ItemStatus.FINAL
    return status
