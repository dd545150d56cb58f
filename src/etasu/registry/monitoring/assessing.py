"""What new results raise: each against every limit of the program and what is on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import Any, NamedTuple, Protocol

from django.db import connection

from etasu.registry.audit.round_trips import RoundTrip, round_trip
from etasu.registry.monitoring.matching import Person, people_by_id
from etasu.registry.monitoring.on_record import (
    ALL_OF_TESTS,
    DEPTH,
    INFUSIONS,
    NEWEST,
    OLDER,
    ON_RECORD,
)
from etasu.registry.monitoring.planning import PlannedResult
from etasu.safe_use.signals import (
    Limits,
    Measured,
    Record,
    Signal,
    assess_against,
)
from etasu.safe_use.units import UNIT_REVIEW

_Row = tuple[Any, ...]


class _Given(NamedTuple):
    """When somebody was treated: every infusion, and the first of each course."""

    infusions: tuple[date, ...] = ()
    courses: tuple[date, ...] = ()


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
        columns = map(list, zip(*near, strict=True)) if near else ([], [], [], [])
        wanted = (people, people, back, people, rising, *columns)
        self._on_record = trip.ask(ON_RECORD, *wanted)

    def read(self) -> None:
        """Take what was found; where that is not all that may matter, the rest is asked for."""
        rows: dict[str, list[_Row]] = {}
        for kind, *row in self._on_record.fetchall():
            rows.setdefault(kind, []).append(tuple(row))
        if late := self._late(rows.get("recent", ())):
            rows["older"] = [(person, None, *row) for person, *row in _older(late)]
        self._infusions = rows.pop("infusion", [])
        self._readings = list(chain.from_iterable(rows.values()))

    def signals(self, results: Sequence[PlannedResult]) -> list[tuple[Person, Signal]]:
        """What these of the results raise, by patient; asks the database nothing."""
        new: dict[int, list[PlannedResult]] = {}
        for each in results:
            if self._is_limited(each.test):
                new.setdefault(each.person.id, []).append(each)
        given = _given((person, course, day) for person, course, _, _, day, *_ in self._infusions)
        history = self._history()
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
        for person, _, *row in self._readings:
            found.setdefault(person, {})[row[0]] = _reading(row)
        return found

    def _late(self, recent: Iterable[_Row]) -> list[tuple[int, int, str, date]]:
        """Of which tests more is on record than was read, with the day to know all from."""
        newest: dict[tuple[int, int, str], list[date]] = {}
        for person, record, _, test, day, *_ in recent:
            newest.setdefault((person, record, test), []).append(day)
        late = [key for key, days in newest.items() if self._is_late(key, days)]
        return [(*key, self._asked[key[0]].wanted_since[key[2]]) for key in late]

    def _is_late(self, key: tuple[int, int, str], days: Sequence[date]) -> bool:
        """Whether more is on record than was read, and some of it may matter."""
        since = self._asked[key[0]].wanted_since[key[2]]
        return len(days) == NEWEST and sum(day < since for day in days) < DEPTH


class Gone(Protocol):
    """A result that no longer stands."""

    @property
    def patient_id(self) -> int: ...
    @property
    def test(self) -> str: ...
    @property
    def collected_on(self) -> date: ...


def signals_without(limits: Limits, gone: Sequence[Gone]) -> list[tuple[Person, Signal]]:
    """What crosses a limit now that these results no longer stand: they may have hidden it.

    Everything of the same patients that was looked at with them is looked at again.
    """
    mattered = [each for each in gone if each.test in limits.beside]
    if not mattered:
        return []
    answered_for = people_by_id({each.patient_id for each in mattered})
    people = {each.id: each for each in answered_for.values()}
    since: dict[int, date] = {}
    tests: dict[int, set[str]] = {}
    for each in mattered:
        person = answered_for[each.patient_id].id
        day = each.collected_on - timedelta(days=2 * limits.days_around)
        since[person] = min(day, since.get(person, day))
        tests.setdefault(person, set()).update(limits.beside[each.test])
    with round_trip() as trip:
        infusions = trip.ask(INFUSIONS, list(since))
        standing = trip.ask(
            ALL_OF_TESTS, list(since), [" ".join(tests[person]) for person in since]
        )
    given, found = _given(infusions.fetchall()), list[tuple[Person, Signal]]()
    known: dict[int, list[Measured]] = {}
    for person, *row in standing.fetchall():
        known.setdefault(person, []).append(_reading(row))
    for person, readings in known.items():
        treated = given.get(person, _Given())
        before = tuple(each for each in readings if each.collected_on < since[person])
        record = Record(results=before, courses=treated.courses, infusions=treated.infusions)
        later = [each for each in readings if each.collected_on >= since[person]]
        found += [(people[person], each) for each in assess_against(limits, record, later)]
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
        db.execute(OLDER, [records, people, tests, since])
        found: list[tuple[Any, ...]] = db.fetchall()
    return found
