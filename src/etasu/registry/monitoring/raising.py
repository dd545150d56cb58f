"""Raising signals: what came in, against every limit of the program and what is on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.round_trips import RoundTrip
from etasu.registry.monitoring.matching import Person
from etasu.registry.monitoring.planning import PlannedResult
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signals import (
    Certainty,
    Limits,
    Measured,
    Record,
    Signal,
    assess_against,
    weight,
)
from etasu.safe_use.units import UNIT_REVIEW

# How many of the newest results of a test are read at once: mostly those of some months.
_NEWEST = 4
# How many of the newest results through a day are looked at, should the newest be unreadable.
_DEPTH = 3


class _Given(NamedTuple):
    """When somebody was treated: every infusion, and the first of each course."""

    infusions: tuple[date, ...] = ()
    courses: tuple[date, ...] = ()


# A patient's records: their own, and those that were merged into it.
_OF_PERSON = """
CROSS JOIN LATERAL (
    SELECT asked.person AS id
    UNION ALL SELECT id FROM patients_patient WHERE merged_into_id = asked.person
) record
"""
_INFUSIONS = f"""
SELECT asked.person, infusion.course, infusion.given_on
FROM unnest(%s::bigint[]) AS asked(person) {_OF_PERSON}
JOIN treatment_infusion infusion
    ON infusion.patient_id = record.id AND infusion.struck_at IS NULL
"""
_READING = "id, test, collected_on, value, unit, comparator, low, high, flags, review"
_TESTS = "CROSS JOIN LATERAL string_to_table(asked.tests, ' ') wanted"
_RECENT = f"""
SELECT asked.person, record.id, found.*
FROM unnest(%s::bigint[], %s::text[]) AS asked(person, tests) {_OF_PERSON} {_TESTS}
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = record.id AND test = wanted AND replaced_at IS NULL
    ORDER BY collected_on DESC LIMIT {_NEWEST}
) found
"""
_NEAR = f"""
SELECT asked.person, found.*
FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::date[])
    AS asked(person, tests, since, until) {_OF_PERSON} {_TESTS}
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = record.id AND test = wanted AND replaced_at IS NULL
        AND collected_on BETWEEN asked.since AND asked.until
) found
"""
_BASELINES = f"""
SELECT asked.person, found.*
FROM unnest(%s::bigint[], %s::text[]) AS asked(person, tests) {_OF_PERSON} {_TESTS}
CROSS JOIN LATERAL (
    SELECT min(infusion.given_on) AS day FROM (
        SELECT asked.person AS id
        UNION ALL SELECT id FROM patients_patient WHERE merged_into_id = asked.person
    ) treated
    JOIN treatment_infusion infusion
        ON infusion.patient_id = treated.id AND infusion.struck_at IS NULL
    GROUP BY infusion.course
) begun
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = record.id AND test = wanted AND replaced_at IS NULL
        AND collected_on <= begun.day
    ORDER BY collected_on DESC LIMIT {_DEPTH}
) found
"""
_HISTORY = f"""
SELECT asked.person, found.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[])
    AS asked(record, person, test, since)
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = asked.record AND test = asked.test AND replaced_at IS NULL
        AND collected_on >= asked.since
    UNION
    (SELECT {_READING} FROM monitoring_result
    WHERE patient_id = asked.record AND test = asked.test AND replaced_at IS NULL
        AND collected_on <= asked.since
    ORDER BY collected_on DESC LIMIT {_DEPTH})
) found
"""


class _Asked:
    """What is asked of one patient: tests that look back, with the day to know all from, and those
    that matter only near a result, with the first and the last day near one.
    """

    __slots__ = ("near", "since", "until", "wanted_since")

    def __init__(self) -> None:
        self.wanted_since: dict[str, date] = {}
        self.near: set[str] = set()
        self.since, self.until = date.max, date.min

    def add(self, each: PlannedResult, limits: Limits) -> None:
        """Ask for what a result is looked at with."""
        beside = limits.beside.get(each.test, frozenset())
        # One that is near is itself looked at with what is near it.
        around = timedelta(days=2 * limits.days_around)
        day = each.collected_on - around
        for test in beside & limits.looking_back:
            self.wanted_since[test] = min(day, self.wanted_since.get(test, day))
        if near := beside - limits.looking_back:
            self.near |= near
            self.since = min(self.since, day)
            self.until = max(self.until, each.collected_on + around)


class Assessing:
    """Reads what is on record before the new results are written, then says what they raise."""

    def __init__(self, limits: Limits, results: Sequence[PlannedResult]) -> None:
        self._limits = limits
        self._asked: dict[int, _Asked] = {}
        for each in results:
            if self._is_limited(each.test):
                self._asked.setdefault(each.person.id, _Asked()).add(each, limits)

    def _is_limited(self, test: str) -> bool:
        return test in self._limits.of_test or test in self._limits.touched_by

    def ask(self, trip: RoundTrip) -> None:
        """Ask for what is on record of these patients."""
        people, asked = list(self._asked), self._asked.values()
        back = [" ".join(each.wanted_since) for each in asked]
        rising = [" ".join(self._limits.rising & each.wanted_since.keys()) for each in asked]
        near = [
            (person, " ".join(each.near), each.since, each.until)
            for person, each in self._asked.items()
            if each.near
        ]
        self._infusions = trip.ask(_INFUSIONS, people)
        self._recent = trip.ask(_RECENT, people, back)
        self._baselines = trip.ask(_BASELINES, people, rising)
        columns = map(list, zip(*near, strict=True)) if near else ([], [], [], [])
        self._near = trip.ask(_NEAR, *columns)

    def signals(self, results: Sequence[PlannedResult]) -> list[tuple[Person, Signal]]:
        """What these of the results raise, by patient."""
        new: dict[int, list[PlannedResult]] = {}
        for each in results:
            if self._is_limited(each.test):
                new.setdefault(each.person.id, []).append(each)
        given, history = _given(self._infusions.fetchall()), self._history()
        found = []
        for person, its in new.items():
            treated = given.get(person, _Given())
            record = Record(
                results=tuple(history.get(person, {}).values()),
                courses=treated.courses,
                infusions=treated.infusions,
            )
            readings = [reading_of(each) for each in its]
            raised = assess_against(self._limits, record, readings)
            found += [(its[0].person, each) for each in raised]
        return found

    def _history(self) -> dict[int, dict[int, Measured]]:
        """What is on record that may matter, by patient and result."""
        found: dict[int, dict[int, Measured]] = {}
        newest: dict[tuple[int, int, str], list[date]] = {}
        for person, record, *row in self._recent.fetchall():
            found.setdefault(person, {})[row[0]] = _reading(row)
            newest.setdefault((person, record, row[1]), []).append(row[2])
        others = self._baselines.fetchall() + self._near.fetchall()
        if late := [key for key, days in newest.items() if self._is_late(key, days)]:
            others += _older([(*key, self._asked[key[0]].wanted_since[key[2]]) for key in late])
        for person, *row in others:
            found.setdefault(person, {})[row[0]] = _reading(row)
        return found

    def _is_late(self, key: tuple[int, int, str], days: Sequence[date]) -> bool:
        """Whether more is on record than was read, and some of it may matter."""
        since = self._asked[key[0]].wanted_since[key[2]]
        return len(days) == _NEWEST and sum(day < since for day in days) < _DEPTH


def reading_of(result: PlannedResult) -> Measured:
    """A result that is about to be kept, as limits see it."""
    return Measured(
        result.id,
        result.test,
        result.collected_on,
        result.value,
        result.unit,
        result.comparator,
        result.low,
        result.high,
        tuple(result.flags.split()),
        result.review == UNIT_REVIEW,
    )


def _reading(row: Sequence[Any]) -> Measured:
    *columns, flags, review = row
    read = tuple(flags.split()) if flags else ()
    return Measured._make((*columns, read, review == UNIT_REVIEW))


def _given(rows: Iterable[Sequence[Any]]) -> dict[int, _Given]:
    days: dict[int, list[date]] = {}
    courses: dict[int, dict[int, date]] = {}
    for person, course, day in rows:
        days.setdefault(person, []).append(day)
        begun = courses.setdefault(person, {})
        begun[course] = min(day, begun.get(course, day))
    return {
        person: _Given(tuple(sorted(found)), tuple(sorted(courses[person].values())))
        for person, found in days.items()
    }


def _older(asked: Sequence[tuple[int, int, str, date]]) -> list[tuple[Any, ...]]:
    people, records, tests, since = map(list, zip(*asked, strict=True))
    with connection.cursor() as db:
        db.execute(_HISTORY, [records, people, tests, since])
        found: list[tuple[Any, ...]] = db.fetchall()
    return found


def keep_signals(
    found: Sequence[tuple[Person, Signal]], version: ProgramVersion, *, by: Actor, at: datetime
) -> list[SignalRow]:
    """Write the signals that are new; one that was raised before is left as it is."""
    if not found:
        return []
    known = set(
        SignalRow.objects.filter(result__in={each.result for _, each in found}).values_list(
            "result_id", "limit_code"
        )
    )
    rows = [
        _row(person, each, version, by, at)
        for person, each in found
        if (each.result, each.limit) not in known
    ]
    return SignalRow.objects.bulk_create(rows)


def _row(
    person: Person, signal: Signal, version: ProgramVersion, by: Actor, at: datetime
) -> SignalRow:
    urgency = asked_urgency(signal)
    return SignalRow(
        program=version.program.code,
        program_version=version.label,
        limit_code=signal.limit,
        patient_id=person.id,
        result_id=signal.result,
        owner_id=person.prescriber_id,
        urgency=urgency,
        certainty=signal.certainty.name.lower(),
        seen=signal.seen,
        against=[
            [each.what, each.value, each.on.isoformat() if each.on else None]
            for each in signal.against
        ],
        beside=list(signal.beside),
        reason=signal.reason,
        note=signal.note,
        reflex=list(signal.reflex),
        raised_at=at,
        raised_by=by.number,
        answer_until=answer_until(version, urgency, at),
    )


def asked_urgency(signal: Signal) -> Urgency:
    """How soon somebody must look: what could not be compared waits as long as a routine one."""
    is_unclear = signal.certainty is Certainty.UNASSESSED
    if is_unclear and weight(signal.urgency) > weight(Urgency.ROUTINE):
        return Urgency.ROUTINE
    return signal.urgency


def answer_until(version: ProgramVersion, urgency: Urgency, at: datetime) -> datetime | None:
    """By when a clinician must have acknowledged a signal raised now; None when nobody must."""
    asked = [each for each in version.responses.values() if each.urgency is urgency]
    hours = min((each.within_hours for each in asked), default=None)
    return None if hours is None else at + timedelta(hours=hours)


def note_replaced(results: Collection[int], *, by: Actor, at: datetime) -> list[str]:
    """Note on the signals of these results that those no longer stand; their numbers."""
    if not results:
        return []
    marked = """
        UPDATE monitoring_signal SET result_replaced_at = %s, result_replaced_by = %s
        WHERE result_replaced_at IS NULL AND (result_id = ANY(%s) OR EXISTS (
            SELECT FROM jsonb_array_elements(beside) other WHERE other::bigint = ANY(%s)
        ) AND patient_id IN (SELECT patient_id FROM monitoring_result WHERE id = ANY(%s)))
        RETURNING number
    """
    ids = list(results)
    with connection.cursor() as db:
        db.execute(marked, [at, by.number, ids, ids, ids])
        return [number for (number,) in db.fetchall()]
