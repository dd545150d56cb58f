"""What waits for somebody, what of it cannot wait long and why, and by when somebody must look.

An item counts for nothing while it waits, so what it says raises no alarm. Here it is looked at
alone: by its flags, by the limits it would cross whoever it is about, and by what it took away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from etasu.registry.monitoring.judging import Setting, judge
from etasu.registry.monitoring.lab_rows import ItemResolution, LabItemRow
from etasu.registry.monitoring.quarantine import items_waiting
from etasu.registry.monitoring.rebuilding import lab_item, sender_of
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.senders import Known, Terms, known_now
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.safe_use.monitoring_plan import Urgency, answer_until
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signals import Certainty, Limits, Measured, weight
from etasu.safe_use.units import UNIT_REVIEW, Converted

# What a laboratory itself calls critical, in HL7 table 0078.
CRITICAL_FLAGS = frozenset({"LL", "HH", "AA"})
# Where a program says nothing of how soon results must be answered, in hours.
_HOURS = {Urgency.URGENT: 24, Urgency.ROUTINE: 120}
# What somebody may still find out stands for itself here: whose day it is, and which report.
_ANY_REPORT = "any"


class Why(StrEnum):
    """Why an item cannot wait long."""

    TOOK_ALARM = "took_alarm"
    CRITICAL = "critical"
    LIMIT = "limit"


class Held(NamedTuple):
    """An item that waits, since when, and why it cannot wait long, if it cannot."""

    item: int
    report: int
    waits_for: str
    sender: str | None
    code: tuple[str, str]
    since: datetime
    why: tuple[Why, ...]

    def until(self, version: ProgramVersion) -> datetime:
        """By when somebody must have looked: as soon as a result of that urgency is answered."""
        urgency = Urgency.URGENT if self.why else Urgency.ROUTINE
        said = answer_until(version.responses.values(), urgency, self.since)
        return said or self.since + timedelta(hours=_HOURS[urgency])


def held(program: str, at: datetime) -> list[Held]:
    """What waits in a program, and of unknown senders: what cannot wait first, then the oldest."""
    known = known_now(at)
    found = [_held(row, known, at) for row in _rows(program)]
    return sorted(found, key=lambda each: (not each.why, each.since, each.item))


def pressing(found: Collection[Held]) -> Mapping[int, Held]:
    """Those of them that cannot wait long, by the item."""
    return {each.item: each for each in found if each.why}


def _rows(program: str) -> Iterator[Any]:
    anew = ItemResolution.objects.filter(
        item=OuterRef("pk"), revises=True, outcome=Kept.QUARANTINED
    ).order_by("-pk")
    alarms = SignalRow.objects.filter(
        result__awaited__item=OuterRef("pk"), acknowledged_at__isnull=True
    )
    rows: QuerySet[LabItemRow] = items_waiting(program).annotate(
        since=Coalesce(Subquery(anew.values("resolved_at")[:1]), F("report__message__received_at")),
        took_alarm=Exists(alarms),
    )
    return rows.defer("report__message__raw").iterator(chunk_size=500)


def _held(row: Any, known: Known, at: datetime) -> Held:
    sender = row.report.message.connection
    why = []
    if row.took_alarm:
        why.append(Why.TOOK_ALARM)
    if CRITICAL_FLAGS & set(row.flags.upper().split()):
        why.append(Why.CRITICAL)
    connection = sender if sender is not None or row.test is None else sender_of(row.report)
    if connection is not None and _crosses_alone(row, known.of(connection), at):
        why.append(Why.LIMIT)
    return Held(
        row.pk,
        row.report_id,
        row.why,
        sender.number if sender is not None else None,
        (row.code_system, row.code),
        row.since,
        tuple(why),
    )


def _crosses_alone(row: LabItemRow, terms: Terms, at: datetime) -> bool:
    """Whether what it says would cross a pressing limit, whoever it is about."""
    if terms.setting is None or terms.limits is None or row.value is None:
        return False
    found = _read(row, terms.setting, at)
    if found is None:
        return False
    test, kept = found
    reading = Measured(
        row.pk, test, at.date(), kept.value, kept.unit, kept.comparator, kept.low, kept.high,
        tuple(row.flags.split()), kept.review == UNIT_REVIEW,
    )  # fmt: skip
    return any(
        terms.limits.compared_alone(limit, reading).certainty >= Certainty.PERHAPS
        for limit in pressing_alone(terms.limits, test)
    )


def pressing_alone(limits: Limits, test: str) -> Iterator[Any]:
    """The limits of a test that a result can cross by itself, and that are urgent at least."""
    for limit in limits.of_test.get(test, ()):
        is_pressing = weight(limit.urgency) >= weight(Urgency.URGENT)
        if is_pressing and limit.code not in limits.of_others:
            yield limit


def _read(row: LabItemRow, setting: Setting, at: datetime) -> tuple[str, Converted] | None:
    """The test and the value, as though the day and the report were known."""
    day = {"collected_on": setting.latest.isoformat()}
    judged = judge(lab_item(row, day), setting, _ANY_REPORT)
    if judged.test is None or judged.converted is None:
        return None
    return judged.test, judged.converted
