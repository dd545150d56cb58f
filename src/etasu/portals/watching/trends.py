"""One test over the years as a picture: what was found, the limits, the courses, and the gaps.

Everything is laid out here in whole units of a fixed canvas, so that a template only draws. A line
joins results no further apart than the test's rhythm allows; where one was left out, it is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from etasu.portals.components.dates import short_day
from etasu.safe_use.dates import Unit
from etasu.safe_use.facts import number_of
from etasu.safe_use.monitoring_plan import LimitCondition
from etasu.safe_use.program import ProgramVersion

WIDTH, HEIGHT = 640, 180
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 28
SHORTEST = timedelta(days=60)
_IN_UNIT = (LimitCondition.BELOW, LimitCondition.ABOVE, LimitCondition.AT_LEAST)


class Point(NamedTuple):
    """A result: where it stands, and what it says. One that is being corrected joins no line."""

    x: int
    y: int
    said: str
    is_flagged: bool
    is_being_corrected: bool


class Mark(NamedTuple):
    """A line or a label across the picture."""

    at: int
    said: str


class Band(NamedTuple):
    """A course of treatment."""

    x: int
    width: int
    said: str


class Row(NamedTuple):
    """A result as the table has it."""

    on: date
    said: str
    is_flagged: bool
    is_being_corrected: bool


class Trend(NamedTuple):
    """One test, ready to be drawn; `rows` are the same numbers for a table, newest first."""

    name: str
    unit: str
    points: tuple[Point, ...]
    lines: tuple[str, ...]
    limits: tuple[Mark, ...]
    courses: tuple[Band, ...]
    months: tuple[Mark, ...]
    lowest: str
    highest: str
    rows: tuple[Row, ...]
    newest: str

    @property
    def is_flagged(self) -> bool:
        """Whether one of the results crossed a limit."""
        return any(point.is_flagged for point in self.points)


class _Found(NamedTuple):
    on: date
    value: Decimal
    said: str
    is_flagged: bool
    is_being_corrected: bool


def trends(
    results: Iterable[Any],
    infusions: Sequence[date],
    flagged: frozenset[int],
    version: ProgramVersion,
    being_corrected: frozenset[int] = frozenset(),
) -> list[Trend]:
    """Each test with a number on record in the program's unit, in the program's order.

    Results that are being corrected are among them, and marked.
    """
    found: dict[str, list[_Found]] = {}
    for each in results:
        value = number_of(each.value)
        test = version.tests.get(each.test)
        if value is not None and test is not None and each.unit == test.unit:
            said = f"{each.comparator}{each.value}"
            found.setdefault(each.test, []).append(
                _Found(
                    each.collected_on, value, said, each.pk in flagged, each.pk in being_corrected
                )
            )
    gaps = longest_gaps(version)
    return [
        _trend(code, sorted(found[code]), infusions, gaps.get(code), version)
        for code in version.tests
        if code in found
    ]


def longest_gaps(version: ProgramVersion) -> dict[str, timedelta]:
    """How far apart two results of a test may be with none left out between them.

    One and a half times its rhythm; for the part of a panel, the panel's.
    """
    gaps: dict[str, timedelta] = {}
    for schedule in version.schedules.values():
        every = schedule.every
        days = every.count * {Unit.DAYS: 1, Unit.MONTHS: 31, Unit.YEARS: 366}.get(every.unit, 1)
        parts = version.tests[schedule.test].needs
        for code in (schedule.test, *parts):
            gaps[code] = timedelta(days=days * 3 // 2)
    return gaps


def _trend(
    code: str,
    found: Sequence[_Found],
    infusions: Sequence[date],
    gap: timedelta | None,
    version: ProgramVersion,
) -> Trend:
    test = version.tests[code]
    limits = {
        number
        for limit in version.limits.values()
        if limit.test == code and limit.condition in _IN_UNIT
        if (number := number_of(limit.value)) is not None
    }
    first = min([found[0].on, *infusions[:1]])
    canvas = _Canvas(
        first,
        max(found[-1].on, first + SHORTEST),
        min([*(each.value for each in found), *limits]),
        max([*(each.value for each in found), *limits]),
    )
    points = [
        Point(
            canvas.x(each.on),
            canvas.y(each.value),
            f"{each.said} {test.unit or ''} · {short_day(each.on)}",
            each.is_flagged,
            each.is_being_corrected,
        )
        for each in found
    ]
    unit = test.unit or ""
    counting = [each for each in found if not each.is_being_corrected]
    return Trend(
        name=test.name,
        unit=unit,
        points=tuple(points),
        lines=_lines(found, points, gap),
        limits=tuple(Mark(canvas.y(each), f"{each}") for each in sorted(limits)),
        courses=_bands(infusions, canvas),
        months=_years(canvas),
        lowest=f"{canvas.low.normalize():f}",
        highest=f"{canvas.high.normalize():f}",
        rows=tuple(
            Row(each.on, each.said, each.is_flagged, each.is_being_corrected)
            for each in reversed(found)
        ),
        newest=f"{counting[-1].said} {unit}" if counting else _("being corrected"),
    )


class _Canvas(NamedTuple):
    """From days and values to places; a little room is left above and below."""

    first: date
    last: date
    least: Decimal
    most: Decimal

    @property
    def low(self) -> Decimal:
        return self.least - self._room if self.least > self._room else Decimal(0)

    @property
    def high(self) -> Decimal:
        return self.most + self._room

    @property
    def _room(self) -> Decimal:
        return (self.most - self.least) / 10 or abs(self.most) / 10 or Decimal(1)

    def x(self, day: date) -> int:
        share = (day - self.first) / (self.last - self.first)
        return LEFT + round(min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT))

    def y(self, value: Decimal) -> int:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - round(float(share) * (HEIGHT - TOP - BOTTOM))


def _lines(
    found: Sequence[_Found], points: Sequence[Point], gap: timedelta | None
) -> tuple[str, ...]:
    """Joined points as SVG has them; alone, a point is no line."""
    runs: list[list[Point]] = []
    last: date | None = None
    for each, point in zip(found, points, strict=True):
        if point.is_being_corrected:
            continue
        if last is not None and (gap is None or each.on - last <= gap):
            runs[-1].append(point)
        else:
            runs.append([point])
        last = each.on
    return tuple(" ".join(f"{each.x},{each.y}" for each in run) for run in runs if len(run) > 1)


def _bands(infusions: Sequence[date], canvas: _Canvas) -> tuple[Band, ...]:
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


def _years(canvas: _Canvas) -> tuple[Mark, ...]:
    """The new years, or the first and the last day where there is none."""
    firsts = [date(year, 1, 1) for year in range(canvas.first.year + 1, canvas.last.year + 1)]
    if firsts:
        return tuple(Mark(canvas.x(day), str(day.year)) for day in firsts)
    return (
        Mark(canvas.x(canvas.first), canvas.first.isoformat()),
        Mark(canvas.x(canvas.last) - 70, canvas.last.isoformat()),
    )


def flagged_results(signals: Iterable[Any]) -> frozenset[int]:
    """The ids of the results that crossed a limit."""
    return frozenset(each.result_id for each in signals)
