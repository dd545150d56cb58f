"""Results that somebody must act on: each new one against every limit of the program.

A pure function of the results on record, the infusions and the program's limits. Nothing passes in
silence: a limit that may be crossed, as by `<100` where 80 matters, is a signal that says so, and a
result that no limit could be compared with is a signal that says why.

What came late is looked at with what it changes: the result after it, which falls from it, and
those that rise above it when it is their baseline.

Source: domain 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

from etasu.safe_use.monitoring_plan import Limit, LimitCondition, Urgency
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signal_conditions import Against, Certainty, Comparison, Measured, compare
from etasu.safe_use.signals_in_time import in_time

__all__ = ["Against", "Certainty", "Measured", "Record", "Signal", "assess", "needed_beside"]


class _Weight(IntEnum):
    """How soon a signal must be acted on, for ordering."""

    INFORMATION = 0
    ROUTINE = 1
    URGENT = 2
    EMERGENCY = 3


def weight(urgency: Urgency) -> int:
    """Higher is more urgent."""
    return _Weight[urgency.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is on record: results that stand, and the first infusion of each course."""

    results: tuple[Measured, ...]
    courses: tuple[date, ...] = ()
    infusions: tuple[date, ...] = ()


class Signal(NamedTuple):
    """One result and one limit it crosses, may cross, or could not be compared with.

    `result` is the key of the result; `beside` are those that together with it cross the limit.
    `reason` says what is not sure. `note` is the program's, near an infusion.
    """

    limit: str
    result: int
    urgency: Urgency
    certainty: Certainty
    seen: str
    against: tuple[Against, ...]
    reason: str = ""
    note: str = ""
    reflex: tuple[str, ...] = ()
    beside: tuple[int, ...] = ()


# All that a result says, without which one it is, of what, and when it was collected.
_SAID = slice(Measured._fields.index("value"), Measured._fields.index("moment"))


class Limits:
    """The limits of a program version, laid out so that a result meets only those it can cross."""

    def __init__(self, version: ProgramVersion) -> None:
        self.version = version
        self.of_test: dict[str, list[Limit]] = {}
        self.touched_by: dict[str, list[Limit]] = {}
        for limit in version.limits.values():
            self.of_test.setdefault(limit.test, []).append(limit)
            for test in {version.limits[code].test for code in limit.together_with}:
                self.touched_by.setdefault(test, []).append(limit)
        self.beside = needed_beside(version)
        self.looking_back = self._tests_with(LimitCondition.FALL_PERCENT) | self._tests_with(
            LimitCondition.RISE_PERCENT
        )
        self.rising = self._tests_with(LimitCondition.RISE_PERCENT)
        # What crosses these follows from more than the result: from others, or from the courses.
        self.of_others = frozenset(
            each.code
            for each in version.limits.values()
            if each.condition in _LOOKING_BACK or each.together_with
        )
        self.of_courses = frozenset(
            each.code
            for each in version.limits.values()
            for code in (each.code, *each.together_with)
            if version.limits[code].condition is LimitCondition.RISE_PERCENT
        )
        # Laboratories send the same few values again and again.
        self._compared = lru_cache(maxsize=20_000)(self._compare)
        self.days_around = max(
            (limit.together_days or 0 for limit in version.limits.values()), default=0
        )

    def compared_alone(self, limit: Limit, reading: Measured) -> Comparison:
        """How a result stands to a limit that looks at nothing else."""
        return self._compared(limit.code, reading[_SAID])

    def _compare(self, code: str, said: tuple[Any, ...]) -> Comparison:
        return compare(self.version.limits[code], Measured(0, "", date.min, *said), (), ())

    def _tests_with(self, condition: LimitCondition) -> frozenset[str]:
        limits = self.version.limits.values()
        return frozenset(each.test for each in limits if each.condition is condition)


class _Known(NamedTuple):
    """The results of each test, oldest first, and the place of each among those of its test."""

    by_test: Mapping[str, Sequence[Measured]]
    places: Mapping[int, int]
    record: Record
    limits: Limits

    def of(self, test: str) -> Sequence[Measured]:
        return self.by_test.get(test, ())


def assess(version: ProgramVersion, history: Record, new: Sequence[Measured]) -> tuple[Signal, ...]:
    """The signals that the new results raise, most urgent first; `history` is without them."""
    return assess_against(Limits(version), history, new)


def assess_against(limits: Limits, history: Record, new: Sequence[Measured]) -> tuple[Signal, ...]:
    """The same, for whoever assesses many patients against the same limits."""
    by_test: dict[str, list[Measured]] = {}
    for each in (*history.results, *new):
        by_test.setdefault(each.test, []).append(each)
    places: dict[int, int] = {}
    for test, readings in by_test.items():
        by_test[test] = ordered = in_time(readings)
        places |= {each.key: place for place, each in enumerate(ordered)}
    known = _Known(by_test, places, history, limits)
    # Each limit once with each result, however many of the new ones bear on it.
    asked = {(each[0].code, each[1].key): each for each in _to_look_at(known, new)}
    found = (_signal(limit, reading, known) for limit, reading in asked.values())
    once = _said_once(signal for signal in found if signal is not None)
    return tuple(sorted(once, key=lambda each: (-weight(each.urgency), each.limit, each.result)))


def needed_beside(version: ProgramVersion) -> dict[str, frozenset[str]]:
    """For each test, those whose results on record are needed to assess a new one of it.

    A test whose limits look at nothing but the result itself is not there.
    """
    needed: dict[str, set[str]] = {}
    for limit in version.limits.values():
        if limit.condition in _LOOKING_BACK:
            needed.setdefault(limit.test, set()).add(limit.test)
        if limit.together_with:
            group = {limit.test, *(version.limits[code].test for code in limit.together_with)}
            for test in group:
                needed.setdefault(test, set()).update(group)
    return {test: frozenset(others) for test, others in needed.items()}


_LOOKING_BACK = frozenset({LimitCondition.FALL_PERCENT, LimitCondition.RISE_PERCENT})


def _to_look_at(known: _Known, new: Sequence[Measured]) -> Iterator[tuple[Limit, Measured]]:
    """Each limit with the results that are new, or that something new says more about."""
    for reading in new:
        for limit in known.limits.of_test.get(reading.test, ()):
            yield limit, reading
        for limit in known.limits.touched_by.get(reading.test, ()):
            for near in known.of(limit.test):
                if _is_near(limit, near, reading.collected_on):
                    yield limit, near
    yield from _after(known, new)


def _after(known: _Known, new: Sequence[Measured]) -> Iterator[tuple[Limit, Measured]]:
    """What is of the first day of the new ones or after it, with the limits that look back.

    All of that day: beside one without a moment, another may have come after something else.
    """
    first: dict[str, date] = {}
    for reading in new:
        day = reading.collected_on
        first[reading.test] = min(day, first.get(reading.test, day))
    for test, day in first.items():
        for limit in known.limits.of_test.get(test, ()):
            if limit.condition in _LOOKING_BACK:
                for later in reversed(known.of(test)):
                    if later.collected_on < day:
                        break
                    yield limit, later


def _is_near(limit: Limit, reading: Measured, day: date) -> bool:
    return abs((reading.collected_on - day).days) <= (limit.together_days or 0)


def _signal(limit: Limit, reading: Measured, known: _Known) -> Signal | None:
    finding = _finding(limit, reading, known)
    if finding.certainty is Certainty.NOT_CROSSED:
        return None
    beside: list[int] = []
    for code in limit.together_with:
        other = _best_near(limit, known.limits.version.limits[code], reading, known)
        if other is None:
            return None
        finding = finding.together(other[1])
        beside.append(other[0].key)
    return Signal(
        limit.code,
        reading.key,
        limit.urgency,
        finding.certainty,
        reading.said,
        finding.against,
        finding.reason,
        _note(limit, reading, known.record.infusions),
        limit.reflex,
        tuple(beside),
    )


def _best_near(
    limit: Limit, other: Limit, reading: Measured, known: _Known
) -> tuple[Measured, Comparison] | None:
    """The result around that crosses the other limit most surely, the nearest of those."""
    near = [each for each in known.of(other.test) if _is_near(limit, reading, each.collected_on)]
    found = [(each, _finding(other, each, known)) for each in near]
    found = [pair for pair in found if pair[1].certainty is not Certainty.NOT_CROSSED]
    return min(found, key=lambda pair: _order(pair, reading), default=None)


def _order(pair: tuple[Measured, Comparison], reading: Measured) -> tuple[int, int, int]:
    each, finding = pair
    away = abs((each.collected_on - reading.collected_on).days)
    return -finding.certainty, away, each.key


def _finding(limit: Limit, reading: Measured, known: _Known) -> Comparison:
    if limit.condition in _LOOKING_BACK:
        before = known.of(reading.test)[: known.places[reading.key]]
        return compare(limit, reading, before, known.record.courses)
    return known.limits.compared_alone(limit, reading)


def _note(limit: Limit, reading: Measured, infusions: Iterable[date]) -> str:
    if limit.infusion_note is None or limit.infusion_days is None:
        return ""
    within = timedelta(days=limit.infusion_days)
    near = any(day <= reading.collected_on <= day + within for day in infusions)
    return limit.infusion_note if near else ""


def _said_once(signals: Iterable[Signal]) -> Iterator[Signal]:
    """Of the limits one result could not be compared with, the most urgent one, naming them all."""
    unclear: dict[int, list[Signal]] = {}
    for each in signals:
        if each.certainty is Certainty.UNASSESSED:
            unclear.setdefault(each.result, []).append(each)
        else:
            yield each
    for found in unclear.values():
        most = max(found, key=lambda each: (weight(each.urgency), each.limit))
        others = sorted({each.limit for each in found} - {most.limit})
        against = (*most.against, *(Against("limit", code) for code in others))
        yield most._replace(against=against)
