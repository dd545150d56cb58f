"""Raising signals: what came in, against every limit of the program and what is on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.matching import Person
from etasu.registry.monitoring.planning import PlannedResult
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.safe_use.monitoring_plan import LimitCondition, Urgency
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

# How many of the newest results of a test are read at once: mostly all of a month and more.
_NEWEST = 4
# How many of the newest results through a day are looked at, should the newest be unreadable.
_DEPTH = 3


class _Asked(NamedTuple):
    """The results of a test from a day on, and the newest through some days."""

    person: int
    test: str
    since: date
    through: tuple[date, ...]


class _Given(NamedTuple):
    """When somebody was treated: every infusion, and the first of each course."""

    infusions: tuple[date, ...] = ()
    courses: tuple[date, ...] = ()


_RECORDS = """
SELECT id, coalesce(merged_into_id, id) FROM patients_patient
WHERE id = ANY(%s) OR merged_into_id = ANY(%s)
"""
_INFUSIONS = """
SELECT patient_id, course, given_on FROM treatment_infusion
WHERE patient_id = ANY(%s) AND struck_at IS NULL
"""
_READING = "id, test, collected_on, value, unit, comparator, low, high, flags, review"
_RECENT = f"""
SELECT asked.place, asked.record, found.* FROM unnest(%s::int[], %s::bigint[], %s::text[])
    AS asked(place, record, test)
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = asked.record AND test = asked.test AND replaced_at IS NULL
    ORDER BY collected_on DESC LIMIT {_NEWEST}
) found
"""
_HISTORY = f"""
SELECT asked.person, found.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[])
    AS asked(record, person, test, since)
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = asked.record AND test = asked.test AND replaced_at IS NULL
        AND collected_on >= asked.since
) found
UNION ALL
SELECT asked.person, found.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[])
    AS asked(record, person, test, through)
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = asked.record AND test = asked.test AND replaced_at IS NULL
        AND collected_on <= asked.through
    ORDER BY collected_on DESC LIMIT {_DEPTH}
) found
"""


class Assessing:
    """Reads what is on record before the new results are written, then says what they raise."""

    def __init__(self, version: ProgramVersion, results: Sequence[PlannedResult]) -> None:
        self._limits = Limits(version)
        self._new: dict[int, list[PlannedResult]] = {}
        for each in results:
            if self._is_limited(each.test):
                self._new.setdefault(each.person.id, []).append(each)
        self._records = _records(list(self._new))
        self._given = _given(self._records)
        self._history = self._read()

    def _is_limited(self, test: str) -> bool:
        return test in self._limits.of_test or test in self._limits.touched_by

    def _read(self) -> dict[int, list[Measured]]:
        asked = [
            each
            for person, results in self._new.items()
            for each in _asked(self._limits, person, results, self._given.get(person, _Given()))
        ]
        behind: dict[int, list[int]] = {}
        for record, person in self._records.items():
            behind.setdefault(person, []).append(record)
        found: dict[int, dict[int, Measured]] = {}
        if asked:
            for person, *row in _rows(asked, behind):
                found.setdefault(person, {})[row[0]] = _reading(row)
        return {person: list(readings.values()) for person, readings in found.items()}

    def signals(self) -> list[tuple[Person, Signal]]:
        """What the new results raise, by patient."""
        found = []
        for person, results in self._new.items():
            given = self._given.get(person, _Given())
            record = Record(
                results=tuple(self._history.get(person, ())),
                courses=given.courses,
                infusions=given.infusions,
            )
            new = [reading_of(each) for each in results]
            found += [
                (results[0].person, each) for each in assess_against(self._limits, record, new)
            ]
        return found


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
    return Measured._make([*columns, tuple(flags.split()), review == UNIT_REVIEW])


def _records(people: Collection[int]) -> dict[int, int]:
    """The records behind these patients, by id, with whom each is about."""
    if not people:
        return {}
    with connection.cursor() as db:
        db.execute(_RECORDS, [list(people), list(people)])
        return dict(db.fetchall())


def _given(records: Mapping[int, int]) -> dict[int, _Given]:
    days: dict[int, list[date]] = {}
    courses: dict[int, dict[int, date]] = {}
    if records:
        with connection.cursor() as db:
            db.execute(_INFUSIONS, [list(records)])
            for record, course, day in db.fetchall():
                person = records[record]
                days.setdefault(person, []).append(day)
                begun = courses.setdefault(person, {})
                begun[course] = min(day, begun.get(course, day))
    return {
        person: _Given(tuple(sorted(found)), tuple(sorted(courses[person].values())))
        for person, found in days.items()
    }


def _asked(
    limits: Limits,
    person: int,
    results: Sequence[PlannedResult],
    given: _Given,
) -> Iterable[_Asked]:
    around = limits.days_around
    since: dict[str, date] = {}
    for each in results:
        for test in limits.beside.get(each.test, ()):
            day = each.collected_on - timedelta(days=around)
            since[test] = min(day, since.get(test, day))
    for test, day in since.items():
        looked_at = {each.condition for each in limits.of_test.get(test, ())}
        through: set[date] = set()
        if looked_at & {LimitCondition.FALL_PERCENT, LimitCondition.RISE_PERCENT}:
            through.add(day)
        if LimitCondition.RISE_PERCENT in looked_at:
            through.update(given.courses)
        yield _Asked(person, test, day, tuple(sorted(through)))


def _rows(asked: Sequence[_Asked], behind: Mapping[int, list[int]]) -> Iterator[tuple[Any, ...]]:
    """The results asked for, each with its patient before it; some may be there twice."""
    places = [
        (place, record, each.test)
        for place, each in enumerate(asked)
        for record in behind.get(each.person, ())
    ]
    newest: dict[tuple[int, int], list[Any]] = {}
    for place, record, *row in _asked_for(_RECENT, [places], 3):
        newest.setdefault((place, record), []).append(row)
        yield asked[place].person, *row
    since, through = [], []
    for place, record, test in places:
        each, found = asked[place], newest.get((place, record), ())
        is_all = len(found) < _NEWEST
        if not is_all and min(row[2] for row in found) >= each.since:
            since.append((record, each.person, test, each.since))
        days = () if is_all else each.through
        through += [(record, each.person, test, day) for day in days]
    if since or through:
        yield from _asked_for(_HISTORY, [since, through], 4)


def _asked_for(
    statement: str, groups: Sequence[Sequence[tuple[Any, ...]]], width: int
) -> list[tuple[Any, ...]]:
    """What a statement finds whose parameters are the columns of these groups of rows."""
    columns: list[list[Any]] = []
    for rows in groups:
        columns += map(list, zip(*rows, strict=True)) if rows else [[] for _ in range(width)]
    with connection.cursor() as db:
        db.execute(statement, columns)
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
