"""What new results raise: each against every limit of the program and what is on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
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
    Days,
    OnRecord,
    Row,
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

# How many columns a reading has.
_READING = len(Measured._fields)


class _Given(NamedTuple):
    """When somebody was treated: every infusion, and the first of each course."""

    infusions: tuple[date, ...] = ()
    courses: tuple[date, ...] = ()


class Assessing:
    """Reads what is on record before the new results are written, then says what they raise.

    What was asked `ahead`, before it was known who the patients are, is not asked again if it is
    about them.
    """

    def __init__(
        self, limits: Limits, results: Sequence[PlannedResult], ahead: OnRecord | None = None
    ) -> None:
        self._limits = limits
        days: dict[int, set[date]] = {}
        # The day to know all from, of each patient and test that is looked back at.
        self._since: dict[tuple[int, str], date] = {}
        # One that is near a result is itself looked at with what is near it.
        around = timedelta(days=2 * limits.days_around)
        for each in results:
            if self._is_limited(each.test):
                person, day = each.person.id, each.collected_on
                days.setdefault(person, set()).add(day)
                for test in limits.beside.get(each.test, frozenset()) & limits.looking_back:
                    since = self._since.get((person, test))
                    if since is None or day - around < since:
                        self._since[person, test] = day - around
        self._people = {person: Days.of(found) for person, found in days.items()}
        is_there = ahead is not None and ahead.covers(self._people)
        self._on_record = ahead if is_there else None

    def _is_limited(self, test: str) -> bool:
        return test in self._limits.of_test or test in self._limits.touched_by

    def ask(self, trip: RoundTrip) -> None:
        """Ask for what is on record of these patients, unless it was."""
        if self._on_record is None:
            self.ask_again(trip)

    def ask_again(self, trip: RoundTrip) -> None:
        """Ask for it, for some of it may have changed."""
        self._on_record = OnRecord(self._limits)
        if self._people:
            self._on_record.ask(trip, self._people)

    def read(self) -> None:
        """Take what was found; where that is not all that may matter, the rest is asked for."""
        assert self._on_record is not None
        of = self._on_record.of
        self._infusions = of("infusion")
        self._readings = [*of("recent"), *of("baseline"), *of("near")]
        if late := self._late(of("recent")):
            self._readings += [("older", person, None, *row) for person, *row in _older(late)]

    def signals(self, results: Sequence[PlannedResult]) -> list[tuple[Person, Signal]]:
        """What these of the results raise, by patient; asks the database nothing."""
        new: dict[int, list[PlannedResult]] = {}
        for each in results:
            if self._is_limited(each.test):
                new.setdefault(each.person.id, []).append(each)
        given = _given((row[1], row[2], row[5]) for row in self._infusions)
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
        for row in self._readings:
            found.setdefault(row[1], {})[row[3]] = _reading(row[3 : 3 + _READING])
        return found

    def _late(self, recent: Iterable[Row]) -> list[tuple[int, int, str, date]]:
        """Of which tests more is on record than was read, with the day to know all from."""
        newest: dict[tuple[int, int, str], list[date]] = {}
        for _, person, record, _, test, day, *_ in recent:
            newest.setdefault((person, record, test), []).append(day)
        return [
            (*key, self._since[key[0], key[2]])
            for key, days in newest.items()
            if self._is_late(key, days)
        ]

    def _is_late(self, key: tuple[int, int, str], days: Sequence[date]) -> bool:
        """Whether more is on record than was read, and some of it may matter."""
        since = self._since.get((key[0], key[2]))
        if since is None or len(days) < NEWEST:
            return False
        return sum(day < since for day in days) < DEPTH


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
    return [(people[person], signal) for person, signal in _raised_again(limits, since, tests)]


def signals_since(
    limits: Limits, codes: Collection[str], patient: int, day: date
) -> list[tuple[Person, Signal]]:
    """What a patient's results crossed of these limits from this day on, by all that is on record.

    Only results that were looked at when they came are looked at again.
    """
    person = people_by_id([patient])[patient]
    raised = _raised_again(limits, {person.id: day}, {person.id: set(limits.beside)}, again=True)
    return [(person, signal) for _, signal in raised if signal.limit in codes]


def _raised_again(
    limits: Limits,
    since: Mapping[int, date],
    tests: Mapping[int, set[str]],
    *,
    again: bool = False,
) -> Iterator[tuple[int, Signal]]:
    """What standing results of these tests raise, by patient, each from a day on.

    With `again`, only what was looked at when it came is; the others say what was before it.
    """
    with round_trip() as trip:
        infusions = trip.ask(INFUSIONS, list(since))
        standing = trip.ask(
            ALL_OF_TESTS, list(since), [" ".join(tests[person]) for person in since]
        )
    given = _given(infusions.fetchall())
    known: dict[int, tuple[list[Measured], list[Measured]]] = {}
    for person, *row, was_looked_at in standing.fetchall():
        reading = _reading(row)
        before, later = known.setdefault(person, ([], []))
        is_asked = reading.collected_on >= since[person] and (was_looked_at or not again)
        (later if is_asked else before).append(reading)
    for person, (before, later) in known.items():
        treated = given.get(person, _Given())
        record = Record(results=tuple(before), courses=treated.courses, infusions=treated.infusions)
        for raised in assess_against(limits, record, later):
            yield person, raised


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
        result.moment,
    )


def _reading(row: Sequence[Any]) -> Measured:
    flags, review, moment = row[8:]
    read = tuple(flags.split()) if flags else ()
    return Measured._make((*row[:8], read, review == UNIT_REVIEW, moment))


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
