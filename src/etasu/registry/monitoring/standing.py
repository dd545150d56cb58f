"""What a laboratory said before about the same report: corrected, taken back, or said again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from etasu.registry.audit.round_trips import Answer, RoundTrip
from etasu.registry.monitoring.matching import people_by_id

PatientDay = tuple[int, date]
# A report's key, and the key of an item in it.
Place = tuple[str, str]
# How the key of an item begins that stands for a whole order.
OF_ORDER = "OBR^"


class Standing(NamedTuple):
    """A result that stands. `said_at` is when the laboratory said it, `was_corrected` if so.

    `person_id` is the record that is answered for; None where nobody asked whose it is.
    """

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
    person_id: int | None = None


class Statement(NamedTuple):
    """Something that was said before, as sent, in reports from `first` to `last`.

    It `takes_back` what was said before it, `for_good` unless it only waits. Somebody `refused` it
    and has not thought better of it.
    """

    status: str
    value: str | None
    comparator: str
    unit: str
    collected_on: date | None
    person_id: int | None
    takes_back: bool
    for_good: bool
    refused: bool
    first: int
    last: int
    said_at: datetime | None


class TakenBack(NamedTuple):
    """When something was taken back last, and in which report; `for_good` unless it only waits."""

    said_at: datetime | None
    report: int
    for_good: bool


@dataclass(slots=True)
class Before:
    """What reports with these keys said until now, by report key and item key.

    Under one key results of several people may stand, where a sender uses numbers again.
    """

    results: dict[Place, list[Standing]] = field(default_factory=dict)
    said: dict[Place, list[Statement]] = field(default_factory=dict)
    # What took back all of a report without a word of its results, by report key.
    orders: dict[str, list[Statement]] = field(default_factory=dict)
    panels: list[Standing] = field(default_factory=list)

    def standing(self) -> Iterator[Standing]:
        """All results that stand."""
        for found in self.results.values():
            yield from found

    def taken_back(self, place: Place, report: int) -> TakenBack | None:
        """How it was taken back last, if it was.

        A report that is taken in again is not taken back by what waits in itself.
        """
        found = [
            each
            for each in (*self.said.get(place, ()), *self.orders.get(place[0], ()))
            if each.takes_back and (each.for_good or each.last != report)
        ]
        if not found:
            return None
        moments = [each.said_at for each in found if each.said_at is not None]
        return TakenBack(
            max(moments, default=None),
            max(each.last for each in found),
            any(each.for_good for each in found),
        )

    def was_said(self, place: Place, report: int) -> bool:
        """Whether anything was said under the key before the report, or at all if it is new."""
        return any(not report or each.first < report for each in self.said.get(place, ()))


_COLUMNS = """result.id, result.patient_id, result.test, result.collected_on,
    result.collected_moment, result.value, result.unit, result.comparator, result.low, result.high,
    result.flags, result.report_id, result.derived_from"""

_BEFORE = f"""
SELECT report.report_key, found.* FROM monitoring_report report
CROSS JOIN LATERAL (
    SELECT result.item_key, {_COLUMNS},
        (SELECT sent_at FROM monitoring_message WHERE id = report.message_id),
        EXISTS (SELECT FROM monitoring_item item WHERE item.report_id = report.id
            AND item.key = result.item_key AND item.status = 'corrected'),
        (SELECT coalesce(merged_into_id, id) FROM patients_patient WHERE id = result.patient_id)
    FROM monitoring_result result
    WHERE result.report_id = report.id AND result.replaced_at IS NULL
    OFFSET 0
) found
WHERE report.report_key = ANY(%s::text[])
"""
# What nobody has read yet takes back as well what it may be about.
_SAID = """
SELECT report.report_key, item.key, item.status, item.value, item.comparator, item.unit,
    item.collected_on, item.person, item.for_good OR item.waits, item.for_good, item.refused,
    min(report.id), max(report.id),
    max((SELECT sent_at FROM monitoring_message WHERE id = report.message_id))
FROM monitoring_report report
CROSS JOIN LATERAL (
    SELECT key, status, value, comparator, unit, collected_on,
        (SELECT coalesce(merged_into_id, id) FROM patients_patient WHERE id = coalesce(
            (SELECT patient_id FROM monitoring_reconciliation WHERE report_id = report.id),
            report.patient_id)) AS person,
        status IN ('withdrawn', 'canceled') AS for_good,
        outcome = 'quarantined' AND status = 'corrected' OR EXISTS (
            SELECT FROM monitoring_awaited_correction WHERE item_id = monitoring_item.id) AS waits,
        coalesce((SELECT outcome = 'rejected' FROM monitoring_item_resolution
            WHERE item_id = monitoring_item.id ORDER BY id DESC LIMIT 1), false) AS refused
    FROM monitoring_item WHERE report_id = report.id
    OFFSET 0
) item
WHERE report.report_key = ANY(%s::text[])
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""
_ALIKE = f"""
SELECT {_COLUMNS} FROM monitoring_result result
JOIN monitoring_report report ON report.id = result.report_id
JOIN monitoring_message message ON message.id = report.message_id
WHERE result.patient_id IN (SELECT id FROM patients_patient WHERE %s IN (id, merged_into_id))
    AND result.test = %s AND result.collected_on = %s AND result.replaced_at IS NULL
    AND result.derived_from IS NULL AND message.connection_id = %s
"""
# Whoever is answered for has the panels of what was kept in their merged records, too.
_PANELS = f"""
SELECT {_COLUMNS} FROM monitoring_result result
WHERE result.patient_id IN (
        SELECT record.id FROM patients_patient known JOIN patients_patient record
            ON coalesce(known.merged_into_id, known.id) IN (record.id, record.merged_into_id)
        WHERE known.id = ANY(%s))
    AND result.replaced_at IS NULL AND result.derived_from IS NOT NULL
    AND EXISTS (SELECT FROM jsonb_array_elements(result.derived_from) part
        WHERE part::bigint = ANY(%s))
"""
# Those of merged records are said to be of the one that is answered for.
_OF_PERSON = _COLUMNS.replace("result.patient_id,", "asked.person,")
_RECORDS = """CROSS JOIN LATERAL (
    SELECT asked.person AS id
    UNION ALL SELECT id FROM patients_patient WHERE merged_into_id = asked.person
) record"""
_PARTS = f"""
SELECT {_OF_PERSON} FROM unnest(%s::bigint[], %s::date[]) AS asked(person, day) {_RECORDS}
JOIN monitoring_result result
    ON result.patient_id = record.id AND result.collected_on = asked.day
        AND result.test = ANY(%s::text[]) AND result.replaced_at IS NULL
"""
# The days on which more than one record of a person has any of these.
_SHARED_DAYS = f"""
SELECT asked.person, result.collected_on FROM unnest(%s::bigint[]) AS asked(person) {_RECORDS}
JOIN monitoring_result result ON result.patient_id = record.id
    AND result.test = ANY(%s::text[]) AND result.replaced_at IS NULL
GROUP BY 1, 2 HAVING count(DISTINCT result.patient_id) > 1
"""
_OF_OTHERS = f"""
SELECT {_COLUMNS} FROM monitoring_result result
JOIN patients_patient own ON own.id = result.patient_id
WHERE own.id = ANY(%s) AND result.replaced_at IS NULL AND result.derived_from IS NOT NULL
AND EXISTS (
    SELECT FROM jsonb_array_elements(result.derived_from) each
    JOIN monitoring_result part ON part.id = each::bigint
    JOIN patients_patient other ON other.id = part.patient_id
    WHERE coalesce(other.merged_into_id, other.id) <> coalesce(own.merged_into_id, own.id))
"""
_RESULTS = f"""
SELECT {_COLUMNS} FROM monitoring_result result
WHERE result.id = ANY(%s) AND result.replaced_at IS NULL
"""


class Asking:
    """What stands of the reports with these keys, and all they said.

    `keys` lead from each key a report may be kept under to the one it has now.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = keys
        self._standing, self._said = Answer(), Answer()

    def ask(self, trip: RoundTrip) -> None:
        """Ask for it, if there is anything to ask."""
        asked = list(self._keys)
        if asked:
            self._standing = trip.ask(_BEFORE, asked)
            self._said = trip.ask(_SAID, asked)

    def before(self) -> Before:
        """What was found."""
        before = Before()
        for report, key, *columns in self._standing.fetchall():
            standing = _standing(columns)
            if key is None:
                before.panels.append(standing)
            else:
                before.results.setdefault((self._keys[report], key), []).append(standing)
        for report, key, *said in self._said.fetchall():
            statement, now = Statement(*said), self._keys[report]
            before.said.setdefault((now, key), []).append(statement)
            if key.startswith(OF_ORDER) and not statement.refused:
                before.orders.setdefault(now, []).append(statement)
        return before


def panels_of(patients: Collection[int], parts: Collection[int]) -> list[Standing]:
    """The panels of these patients that stand and rest on any of these results."""
    with connection.cursor() as db:
        db.execute(_PANELS, [list(patients), list(parts)])
        return [_standing(row) for row in db.fetchall()]


def panels_of_others(patients: Collection[int]) -> list[Standing]:
    """The panels in these records that stand and rest on a result of somebody else."""
    with connection.cursor() as db:
        db.execute(_OF_OTHERS, [list(patients)])
        return [_standing(row) for row in db.fetchall()]


def shared_days(people: Collection[int], tests: Collection[str]) -> set[PatientDay]:
    """The days on which more than one record of these people has results of these tests."""
    with connection.cursor() as db:
        db.execute(_SHARED_DAYS, [list(people), list(tests)])
        return set(db.fetchall())


def results_by_id(ids: Collection[int]) -> list[Standing]:
    """Those of these results that stand."""
    with connection.cursor() as db:
        db.execute(_RESULTS, [list(ids)])
        return [_standing(row) for row in db.fetchall()]


def of_owners(found: Sequence[Standing], known: Collection[int]) -> list[Standing]:
    """The same, those of merged records as results of the one that is answered for.

    The ids of some who are answered for are `known`; nothing is asked if there are no others.
    """
    others = {each.patient_id for each in found}.difference(known)
    if not others:
        return list(found)
    owners = people_by_id(others)
    return [
        each._replace(patient_id=owners[each.patient_id].id) if each.patient_id in owners else each
        for each in found
    ]


def alike(patient: int, test: str, on: date, connection_id: int) -> list[Standing]:
    """What stands of a patient's test of one day as a connection sent it."""
    with connection.cursor() as db:
        db.execute(_ALIKE, [patient, test, on, connection_id])
        return [_standing(row) for row in db.fetchall()]


class PanelParts:
    """What stands of the tests panels are of, and of the panels, by patient and day.

    It is asked for ahead, for the days on which a panel is foreseen to be begun; of any other day
    it is asked when it is needed. It may be `there` already.
    """

    def __init__(
        self,
        tests: Collection[str],
        days: Collection[PatientDay],
        there: Sequence[Sequence[Any]] | None = None,
    ) -> None:
        self.tests, self.days = sorted(tests), frozenset(days)
        self._rows: Answer | None = None
        self._there = there

    def ask(self, trip: RoundTrip) -> None:
        """Ask for what is foreseen, unless it is there."""
        if self.days and self._there is None:
            self._rows = trip.ask(_PARTS, *self._wanted(self.days))

    def of(self, days: Collection[PatientDay]) -> list[Standing]:
        """All that stood of these patients on their days."""
        wanted = frozenset(days)
        if not wanted <= self.days:
            with connection.cursor() as db:
                db.execute(_PARTS, self._wanted(wanted))
                return [_standing(row) for row in db.fetchall()]
        rows = self._there if self._rows is None else self._rows.fetchall()
        found = map(_standing, rows or ())
        return [each for each in found if (each.patient_id, each.collected_on) in wanted]

    def _wanted(self, days: Collection[PatientDay]) -> tuple[list[int], list[date], list[str]]:
        people, dates = map(list, zip(*sorted(days), strict=True))
        return people, dates, self.tests


def _standing(columns: Sequence[Any]) -> Standing:
    """A row of `_COLUMNS`; when it was said, whether as a correction, and of whom, may follow."""
    *known, derived_from = columns[:13]
    parts = json.loads(derived_from) if derived_from else None
    return Standing._make([*known, parts, *(columns[13:] or (None, False, None))])
