"""One result against one limit: crossed, perhaps, surely not, or nobody can tell and why.

A value is every number it may stand for (`readings.Interval`). A limit is crossed when all of them
cross it, and may be crossed when one of them does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple

from etasu.safe_use.monitoring_plan import Limit, LimitCondition
from etasu.safe_use.readings import (
    GRADES,
    End,
    Interval,
    end_of_range,
    interval_of,
    number_of_text,
)

HIGH_FLAGS = frozenset({"H", "HH", "HU", ">"})
LOW_FLAGS = frozenset({"L", "LL", "LU", "<"})
NORMAL_FLAGS = frozenset({"N", "NEG"})
UNCLEAR_FLAGS = frozenset({"A", "AA", "POS", "DET", "RR"})
# Words that are neither one nor the other.
UNDECIDED = frozenset({"indeterminate", "abnormal"})
# Results that a `reads` limit can be compared with.
KNOWN_WORDS = frozenset({"negative", "positive", "normal"})
_ONE, _HUNDRED = Decimal(1), Decimal(100)


class Certainty(IntEnum):
    """How surely a limit is crossed, more surely the higher."""

    NOT_CROSSED = 0
    UNASSESSED = 1
    PERHAPS = 2
    CROSSED = 3


class Against(NamedTuple):
    """What a result was compared with: a limit, an earlier result, or a range.

    `what` is `limit`, `before`, `baseline`, `original baseline`, `range` or `flags`.
    """

    what: str
    value: str
    on: date | None = None


class Measured(NamedTuple):
    """A result that stands, in the unit results of its test are kept in.

    `low` and `high` are the laboratory's own range in that unit, with `>` or `<` before an end that
    is itself outside; `flags` are those of HL7 table 0078. With `is_unclear` the unit is not known,
    so that only the laboratory's own range counts.
    `moment` is when it was collected, where more than the day is known.
    """

    key: int
    test: str
    collected_on: date
    value: str | None
    unit: str | None = None
    comparator: str = ""
    low: str | None = None
    high: str | None = None
    flags: tuple[str, ...] = ()
    is_unclear: bool = False
    moment: datetime | None = None

    @property
    def interval(self) -> Interval | None:
        """What the value may be, as numbers."""
        return interval_of(self.value, self.comparator)

    @property
    def said(self) -> str:
        """The value with its unit, in one line."""
        return " ".join(each for each in (self.comparator + (self.value or ""), self.unit) if each)


class Comparison(NamedTuple):
    """How a result stands to a limit."""

    certainty: Certainty
    against: tuple[Against, ...] = ()
    reason: str = ""

    def together(self, other: Comparison) -> Comparison:
        """Both limits crossed: sure when both are, unassessed when neither could be assessed."""
        against = (*self.against, *other.against)
        reason = self.reason or other.reason
        if self.certainty is other.certainty:
            return Comparison(self.certainty, against, reason)
        return Comparison(Certainty.PERHAPS, against, reason)


NOT_CROSSED = Comparison(Certainty.NOT_CROSSED)
MAY = "the value is not exact"
NO_NUMBER = "the value is not a number"
NO_UNIT = "the unit is not known"
NO_RANGE = "the laboratory sent no range"
NO_BASELINE = "no value before the treatment can be compared"
NOT_COMPARABLE = "no earlier value can be compared"
UNKNOWN_WORD = "the result is not a word that is known"


def compare(
    limit: Limit, reading: Measured, before: Sequence[Measured], courses: Sequence[date]
) -> Comparison:
    """How the reading stands to the limit; `before` are earlier ones of its test, oldest first.

    `courses` are the first days of the courses of treatment.
    """
    condition = limit.condition
    if condition is LimitCondition.FALL_PERCENT:
        return _fall(limit, reading, before)
    if condition is LimitCondition.RISE_PERCENT:
        return _rise(limit, reading, before, courses)
    if condition is LimitCondition.READS:
        return _reads(limit, reading)
    if condition is LimitCondition.AT_LEAST_GRADE:
        return _grade(limit, reading)
    if condition in _RANGED:
        return _ranged(limit, reading)
    return _absolute(limit, reading)


_RANGED = frozenset(
    {
        LimitCondition.ABOVE_RANGE,
        LimitCondition.BELOW_RANGE,
        LimitCondition.TIMES_UPPER_LIMIT,
    }
)


def _unassessed(reason: str, *against: Against) -> Comparison:
    return Comparison(Certainty.UNASSESSED, against, reason)


def _found(is_sure: bool, may_be: bool, *against: Against) -> Comparison:
    if is_sure:
        return Comparison(Certainty.CROSSED, against)
    return Comparison(Certainty.PERHAPS, against, MAY) if may_be else NOT_CROSSED


def _below(value: Interval, limit: Decimal, *against: Against) -> Comparison:
    is_sure = value.high is not None and (
        value.high < limit or (value.high == limit and value.high_open)
    )
    return _found(is_sure, value.low is None or value.low < limit, *against)


def _above(value: Interval, limit: Decimal, *against: Against) -> Comparison:
    is_sure = value.low is not None and (
        value.low > limit or (value.low == limit and value.low_open)
    )
    return _found(is_sure, value.high is None or value.high > limit, *against)


def _at_least(value: Interval, limit: Decimal, *against: Against) -> Comparison:
    may_be = (
        value.high is None or value.high > limit or (value.high == limit and not value.high_open)
    )
    return _found(value.low is not None and value.low >= limit, may_be, *against)


def _at_most(value: Interval, limit: Decimal, *against: Against) -> Comparison:
    may_be = value.low is None or value.low < limit or (value.low == limit and not value.low_open)
    return _found(value.high is not None and value.high <= limit, may_be, *against)


def _beyond(value: Interval, end: End, times: Decimal = _ONE, *against: Against) -> Comparison:
    """Above the upper end of a range, so many times over; an open end is above it itself."""
    return (_at_least if end.is_open else _above)(value, end.number * times, *against)


def _short_of(value: Interval, end: End) -> Comparison:
    """Below the lower end of a range; an open end is below it itself."""
    return (_at_most if end.is_open else _below)(value, end.number)


def _absolute(limit: Limit, reading: Measured) -> Comparison:
    asked = Against("limit", " ".join(each for each in (limit.value, limit.unit) if each))
    value, edge = reading.interval, number_of_text(limit.value)
    if value is None or edge is None:
        return _unassessed(NO_NUMBER, asked)
    if reading.is_unclear or (limit.unit is not None and reading.unit != limit.unit):
        return _unassessed(NO_UNIT, asked)
    if limit.condition is LimitCondition.BELOW:
        return _below(value, edge, asked)
    if limit.condition is LimitCondition.ABOVE:
        return _above(value, edge, asked)
    return _at_least(value, edge, asked)


def _ranged(limit: Limit, reading: Measured) -> Comparison:
    """By the laboratory's own range; what the laboratory itself flags is believed beside it."""
    is_low = limit.condition is LimitCondition.BELOW_RANGE
    edge = end_of_range(reading.low if is_low else reading.high, is_low=is_low)
    value = reading.interval
    if edge is None or value is None:
        return NOT_CROSSED if _has_no_such_end(limit, reading) else _by_flags(limit, reading.flags)
    found = _short_of(value, edge) if is_low else _beyond(value, edge, _times(limit))
    if found is not NOT_CROSSED:
        found = found._replace(against=(_range_end(edge, is_low=is_low),))
    if reading.flags:
        flagged = _by_flags(limit, reading.flags)
        if flagged.certainty is Certainty.CROSSED:
            return max(found, flagged, key=lambda each: each.certainty)
    return found


def _has_no_such_end(limit: Limit, reading: Measured) -> bool:
    """Whether the laboratory sent a range without an end on this side, and flags nothing."""
    if limit.condition is LimitCondition.TIMES_UPPER_LIMIT or reading.flags:
        return False
    ends = (end_of_range(reading.low, is_low=True), end_of_range(reading.high, is_low=False))
    mine, other = ends if limit.condition is LimitCondition.BELOW_RANGE else reversed(ends)
    return mine is None and other is not None and reading.interval is not None


def _range_end(end: End, *, is_low: bool) -> Against:
    mark = (">" if is_low else "<") if end.is_open else ""
    return Against("range", f"{'from' if is_low else 'to'} {mark}{end.number}")


def _times(limit: Limit) -> Decimal:
    if limit.condition is LimitCondition.ABOVE_RANGE:
        return _ONE
    return number_of_text(limit.value) or _ONE


def _by_flags(limit: Limit, sent: Sequence[str]) -> Comparison:
    flags = {flag.strip().upper() for flag in sent}
    said = Against("flags", " ".join(sorted(flags)))
    away = LOW_FLAGS if limit.condition is LimitCondition.BELOW_RANGE else HIGH_FLAGS
    back = HIGH_FLAGS if limit.condition is LimitCondition.BELOW_RANGE else LOW_FLAGS
    is_times = limit.condition is LimitCondition.TIMES_UPPER_LIMIT
    if is_times and flags & (away | UNCLEAR_FLAGS):
        # How far above the range it is, a flag does not say.
        return _unassessed(NO_RANGE, said)
    if flags & away:
        return Comparison(Certainty.CROSSED, (said,))
    if flags & UNCLEAR_FLAGS:
        return Comparison(Certainty.PERHAPS, (said,), NO_RANGE)
    if flags & (back | NORMAL_FLAGS):
        return NOT_CROSSED
    return _unassessed(NO_RANGE)


def _reads(limit: Limit, reading: Measured) -> Comparison:
    asked = Against("limit", limit.value or "")
    if reading.value == limit.value:
        return Comparison(Certainty.CROSSED, (asked,))
    if reading.value in UNDECIDED:
        return Comparison(Certainty.PERHAPS, (asked,), "the result is not decided")
    if reading.value in KNOWN_WORDS:
        return NOT_CROSSED
    flags = {flag.strip().upper() for flag in reading.flags}
    edge, value = end_of_range(reading.high, is_low=False), reading.interval
    if flags & (HIGH_FLAGS | UNCLEAR_FLAGS):
        return Comparison(
            Certainty.PERHAPS, (asked, Against("flags", " ".join(sorted(flags)))), MAY
        )
    if edge is not None and value is not None:
        found = _beyond(value, edge, _ONE, asked, _range_end(edge, is_low=False))
        is_over = found.certainty is not Certainty.NOT_CROSSED
        return Comparison(Certainty.PERHAPS, found.against, MAY) if is_over else found
    if flags & NORMAL_FLAGS:
        return NOT_CROSSED
    return _unassessed(UNKNOWN_WORD, asked)


def _grade(limit: Limit, reading: Measured) -> Comparison:
    asked = Against("limit", limit.value or "")
    if limit.value not in GRADES or reading.value not in GRADES:
        return _unassessed(UNKNOWN_WORD, asked)
    is_there = GRADES.index(reading.value) >= GRADES.index(limit.value)
    return Comparison(Certainty.CROSSED, (asked,)) if is_there else NOT_CROSSED


def _newest(
    reading: Measured, before: Sequence[Measured], through: date = date.max
) -> tuple[Measured, Interval] | None:
    """The newest earlier one through a day that is a number in the same unit."""
    for each in reversed(before):
        if each.collected_on <= through and not each.is_unclear and each.unit == reading.unit:
            found = each.interval
            if found is not None:
                return each, found
    return None


def _unreadable(reading: Measured) -> Comparison | None:
    if reading.interval is None:
        return _unassessed(NO_NUMBER)
    return _unassessed(NO_UNIT) if reading.is_unclear else None


def _fall(limit: Limit, reading: Measured, before: Sequence[Measured]) -> Comparison:
    """At least so many percent below the result before; nothing before is nothing to fall from."""
    percent, value = number_of_text(limit.value), reading.interval
    unreadable = _unreadable(reading)
    if unreadable is not None or value is None or percent is None:
        return unreadable or _unassessed(NO_NUMBER)
    if not before:
        return NOT_CROSSED
    known = _newest(reading, before)
    if known is None:
        return _unassessed(NOT_COMPARABLE)
    earlier, former = known
    left = (_HUNDRED - percent) / _HUNDRED
    is_sure = former.low is not None and (
        _at_most(value, former.low * left).certainty is Certainty.CROSSED
    )
    may_be = former.high is None or (
        _at_most(value, former.high * left).certainty is not Certainty.NOT_CROSSED
    )
    found = _found(is_sure, may_be)
    if found is NOT_CROSSED:
        return found
    return found._replace(against=(Against("before", earlier.said, earlier.collected_on),))


def _rise(
    limit: Limit, reading: Measured, before: Sequence[Measured], courses: Sequence[date]
) -> Comparison:
    """More than so many percent above the newest value before the newest course began."""
    began = [day for day in courses if day < reading.collected_on]
    if not began:
        return NOT_CROSSED
    percent, value = number_of_text(limit.value), reading.interval
    unreadable = _unreadable(reading)
    if unreadable is not None or value is None or percent is None:
        return unreadable or _unassessed(NO_NUMBER)
    baseline = _newest(reading, before, max(began))
    if baseline is None:
        return _unassessed(NO_BASELINE)
    more = (_HUNDRED + percent) / _HUNDRED
    low, high = baseline[1].low, baseline[1].high
    is_sure = high is not None and _above(value, high * more).certainty is Certainty.CROSSED
    may_be = low is None or _above(value, low * more).certainty is not Certainty.NOT_CROSSED
    found = _found(is_sure, may_be)
    if found is NOT_CROSSED:
        return found
    said = [Against("baseline", baseline[0].said, baseline[0].collected_on)]
    original = _newest(reading, before, min(began))
    if original is not None and original[0] is not baseline[0]:
        first = original[0]
        said.append(Against("original baseline", first.said, first.collected_on))
    return found._replace(against=tuple(said))
