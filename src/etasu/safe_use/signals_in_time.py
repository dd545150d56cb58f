"""The order in which results of one test were collected, however late each of them came.

Within a day the moments decide. Of a result without one nobody knows what came before it: it goes
where a fall shows, for an order that hides a fall is the dangerous one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise

from etasu.safe_use.signal_conditions import Measured

_ENDLESS = Decimal("Infinity")


def in_time(readings: Iterable[Measured]) -> list[Measured]:
    """Results of one test, oldest first; the order in which they became known changes nothing."""
    found = sorted(readings, key=_day_and_key)
    if all(one.collected_on != other.collected_on for one, other in pairwise(found)):
        return found
    ordered: list[Measured] = []
    for _, of_a_day in groupby(found, key=_day):
        ordered += _within_a_day(list(of_a_day))
    return ordered


def _within_a_day(found: Sequence[Measured]) -> list[Measured]:
    """By their moments; each one without a moment before the first that is lower than it."""
    ordered = sorted(
        (each for each in found if each.moment is not None),
        key=lambda each: (each.moment, -_size(each), each.key),
    )
    others = (each for each in found if each.moment is None)
    for each in sorted(others, key=lambda one: (-_size(one), one.key)):
        lower = (place for place, one in enumerate(ordered) if _size(one) < _size(each))
        ordered.insert(next(lower, len(ordered)), each)
    return ordered


def _size(reading: Measured) -> Decimal:
    """As much as the value may be; what is no number falls from nothing."""
    value = reading.interval
    if value is None:
        return -_ENDLESS
    return _ENDLESS if value.high is None else value.high


def _day_and_key(reading: Measured) -> tuple[date, int]:
    return reading.collected_on, reading.key


def _day(reading: Measured) -> date:
    return reading.collected_on
