"""What a laboratory said before about the same report: corrected, taken back, or said again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from etasu.registry.audit.round_trips import Answer, RoundTrip
from etasu.registry.monitoring.planning import Planned, PlannedItem, PlannedReport, PlannedResult
from etasu.registry.monitoring.received import Kept
from etasu.safe_use.lab_reports import ItemStatus

PatientDay = tuple[int, date]


class Standing(NamedTuple):
    """A result that stands. `said_at` is when the laboratory said it, `was_corrected` if so."""

    id: int
    patient_id: int
    test: str
    collected_on: date
    moment: datetime | None
    value: str | None
    unit: str | None
    comparator: str
    low: str | None
    high: str | None
    flags: str
    report: int | None
    derived_from: list[int] | None
    said_at: datetime | None = None
    was_corrected: bool = False


@dataclass(slots=True)
class Before:
    """What reports with these keys said until now, by report key and item key."""

    results: dict[tuple[str, str], Standing] = field(default_factory=dict)
    taken_back: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    panels: list[Standing] = field(default_factory=list)


_COLUMNS = """result.id, result.patient_id, result.test, result.collected_on,
    result.collected_moment, result.value, result.unit, result.comparator, result.low, result.high,
    result.flags, result.report_id, result.derived_from"""

_BEFORE = f"""
SELECT report.report_key, result.item_key, {_COLUMNS}, message.sent_at,
    EXISTS (SELECT FROM monitoring_item item WHERE item.report_id = report.id
        AND item.key = result.item_key AND item.status = 'corrected')
FROM monitoring_report report
JOIN monitoring_message message ON message.id = report.message_id
JOIN monitoring_result result ON result.report_id = report.id AND result.replaced_at IS NULL
WHERE report.report_key = ANY(%s::text[])
"""
_TAKEN_BACK = """
SELECT report.report_key, item.key, max(message.sent_at)
FROM monitoring_report report
JOIN monitoring_message message ON message.id = report.message_id
JOIN monitoring_item item ON item.report_id = report.id
WHERE report.report_key = ANY(%s::text[]) AND item.status IN ('withdrawn', 'canceled')
GROUP BY report.report_key, item.key
"""
_PANELS = f"""
SELECT {_COLUMNS} FROM monitoring_result result
WHERE result.patient_id = ANY(%s) AND result.replaced_at IS NULL
    AND result.derived_from IS NOT NULL
    AND EXISTS (SELECT FROM jsonb_array_elements(result.derived_from) part
        WHERE part::bigint = ANY(%s))
"""
_PARTS = f"""
SELECT {_COLUMNS} FROM unnest(%s::bigint[], %s::date[]) AS asked(person, day)
JOIN monitoring_result result
    ON result.patient_id = asked.person AND result.collected_on = asked.day
        AND result.test = ANY(%s::text[]) AND result.replaced_at IS NULL
"""
_RESULTS = f"""
SELECT {_COLUMNS} FROM monitoring_result result
WHERE result.id = ANY(%s) AND result.replaced_at IS NULL
"""


class Asking:
    """What stands of the reports with these keys, and what was taken back.

    `keys` lead from each key a report may be kept under to the one it has now.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = keys

    def ask(self, trip: RoundTrip) -> None:
        """Ask for it."""
        asked = list(self._keys)
        self._standing, self._taken_back = trip.ask(_BEFORE, asked), trip.ask(_TAKEN_BACK, asked)

    def before(self) -> Before:
        """What was found."""
        before = Before()
        for report, key, *columns in self._standing.fetchall():
            standing = _standing(columns)
            if key is None:
                before.panels.append(standing)
            else:
                before.results[self._keys[report], key] = standing
        for report, key, said_at in self._taken_back.fetchall():
            before.taken_back[self._keys[report], key] = said_at
        return before


def panels_of(patients: Collection[int], parts: Collection[int]) -> list[Standing]:
    """The panels of these patients that stand and rest on any of these results."""
    with connection.cursor() as db:
        db.execute(_PANELS, [list(patients), list(parts)])
        return [_standing(row) for row in db.fetchall()]


def results_by_id(ids: Collection[int]) -> list[Standing]:
    """Those of these results that stand."""
    with connection.cursor() as db:
        db.execute(_RESULTS, [list(ids)])
        return [_standing(row) for row in db.fetchall()]


class PanelParts:
    """What stands of the tests panels are of, and of the panels, by patient and day.

    It is asked for ahead, for the days on which a panel is foreseen to be begun; of any other day
    it is asked when it is needed.
    """

    def __init__(self, tests: Collection[str], days: Collection[PatientDay]) -> None:
        self._tests, self._days = sorted(tests), frozenset(days)
        self._asked: Answer | None = None

    def ask(self, trip: RoundTrip) -> None:
        """Ask for what is foreseen."""
        if self._days:
            self._asked = trip.ask(_PARTS, *self._wanted(self._days))

    def of(self, days: Collection[PatientDay]) -> list[Standing]:
        """All that stood of these patients on their days."""
        wanted = frozenset(days)
        if wanted <= self._days:
            rows = self._asked.fetchall() if self._asked else []
            found = map(_standing, rows)
            return [each for each in found if (each.patient_id, each.collected_on) in wanted]
        with connection.cursor() as db:
            db.execute(_PARTS, self._wanted(wanted))
            return [_standing(row) for row in db.fetchall()]

    def _wanted(self, days: Collection[PatientDay]) -> tuple[list[int], list[date], list[str]]:
        people, dates = map(list, zip(*sorted(days), strict=True))
        return people, dates, self._tests


def _standing(columns: Sequence[Any]) -> Standing:
    """A row of `_COLUMNS`; when it was said, and whether as a correction, may come after."""
    *known, derived_from = columns[:13]
    parts = json.loads(derived_from) if derived_from else None
    return Standing._make([*known, parts, *(columns[13:] or (None, False))])


def settle_with_before(planned: Iterable[Planned], before: Before) -> list[Standing]:
    """Settle what was said before; the results that no longer stand."""
    replaced: list[Standing] = []
    for message in planned:
        sent_at = message.incoming.received.message and message.incoming.received.message.sent_at
        for report in message.reports:
            if report.key is not None:
                for each in report.items:
                    replaced += _settle(report, each, before, sent_at or None)
    return replaced


def _settle(
    report: PlannedReport, each: PlannedItem, before: Before, sent_at: datetime | None
) -> list[Standing]:
    place = _place(report, each, before)
    older = before.results.get(place)
    if older is None:
        if each.result is not None and _came_late(place, before, sent_at):
            each.settle(Kept.STORED, "overtaken")
        return []
    if each.result is not None and _says_the_same(each.result, older):
        each.settle(Kept.STORED, "repeat")
        return []
    if each.result is None and not each.judged.takes_back:
        return []
    if _is_overtaken(each, older, sent_at):
        each.settle(Kept.STORED, "overtaken")
        return []
    del before.results[place]
    return [older]


def _place(report: PlannedReport, each: PlannedItem, before: Before) -> tuple[str, str]:
    """Where the report said this before.

    A laboratory may write the codes of a correction in another order, or another code of the same
    test; then it is about the only result of that test there is.
    """
    place = (report.key or "", each.key)
    says_anew = each.judged.takes_back or each.item.status is ItemStatus.CORRECTED
    if place in before.results or not says_anew or each.judged.test is None:
        return place
    others = [
        known
        for known, standing in before.results.items()
        if known[0] == report.key and standing.test == each.judged.test
    ]
    return others[0] if len(others) == 1 else place


def _came_late(place: tuple[str, str], before: Before, sent_at: datetime | None) -> bool:
    """Whether the laboratory has taken back meanwhile what only now arrives."""
    if place not in before.taken_back:
        return False
    taken_back = before.taken_back[place]
    return sent_at is None or taken_back is None or sent_at < taken_back


def _says_the_same(result: PlannedResult, older: Standing) -> bool:
    mine = (
        result.person.id, result.test, result.collected_on, result.moment, result.value,
        result.unit, result.comparator, result.low, result.high, result.flags,
    )  # fmt: skip
    theirs = (
        older.patient_id, older.test, older.collected_on, older.moment, older.value,
        older.unit, older.comparator, older.low, older.high, older.flags,
    )  # fmt: skip
    return mine == theirs


def _is_overtaken(each: PlannedItem, older: Standing, sent_at: datetime | None) -> bool:
    """Whether what is on record was said later; without times, a correction is the later word."""
    if sent_at is not None and older.said_at is not None and sent_at != older.said_at:
        return sent_at < older.said_at
    return older.was_corrected and each.item.status is ItemStatus.FINAL
