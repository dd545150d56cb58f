"""The ground a trend is drawn on: from days and values to places, the courses, and the years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from etasu.portals.components.dates import short_day

WIDTH, HEIGHT = 640, 180
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 28


class Mark(NamedTuple):
    """A line or a label across the picture."""

    at: int
    said: str


class Band(NamedTuple):
    """A course of treatment."""

    x: int
    width: int
    said: str


class Canvas(NamedTuple):
    """From days and values to places; a little room is left above and below."""

    first: date
    last: date
    least: Decimal
    most: Decimal

    @property
    def low(self) -> Decimal:
        """The value at the bottom."""
        return self.least - self._room if self.least > self._room else Decimal(0)

    @property
    def high(self) -> Decimal:
        """The value at the top."""
        return self.most + self._room

    @property
    def _room(self) -> Decimal:
        return (self.most - self.least) / 10 or abs(self.most) / 10 or Decimal(1)

    def x(self, day: date) -> int:
        """Where a day is from left to right."""
        share = (day - self.first) / (self.last - self.first)
        return LEFT + round(min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT))

    def y(self, value: Decimal) -> int:
        """Where a value is from top to bottom."""
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - round(float(share) * (HEIGHT - TOP - BOTTOM))


def bands(infusions: Sequence[date], canvas: Canvas) -> tuple[Band, ...]:
    """The courses that began by the last day."""
    courses: list[list[date]] = []
    for day in infusions:
        if courses and (day - courses[-1][-1]).days <= 30:
            courses[-1].append(day)
        else:
            courses.append([day])
    return tuple(
        Band(
            canvas.x(days[0]),
            max(3, canvas.x(days[-1]) - canvas.x(days[0])),
            f"{short_day(days[0])} – {short_day(days[-1])}",
        )
        for days in courses
        if days[0] <= canvas.last
    )


def years(canvas: Canvas) -> tuple[Mark, ...]:
    """The new years, or the first and the last day where there is none."""
    firsts = [date(year, 1, 1) for year in range(canvas.first.year + 1, canvas.last.year + 1)]
    if firsts:
        return tuple(Mark(canvas.x(day), str(day.year)) for day in firsts)
    return (
        Mark(canvas.x(canvas.first), canvas.first.isoformat()),
        Mark(canvas.x(canvas.last) - 70, canvas.last.isoformat()),
    )
