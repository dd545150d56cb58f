"""One test over the years as a picture: what was found, the limits, the courses, and the gaps.

Everything is laid out here in whole units of a fixed canvas, so that a template only draws. A line
joins results no further apart than the test's rhythm allows; where one was left out, or what was
found is no single number, it is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from etasu.portals.components.dates import short_day
from etasu.portals.watching.trends_canvas import Band, Canvas, Mark, bands, years
from etasu.safe_use.dates import Unit
from etasu.safe_use.facts import number_of
from etasu.safe_use.monitoring_plan import LimitCondition
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signals import Measured
from etasu.safe_use.signals_in_time import in_time

SHORTEST = timedelta(days=60)
_IN_UNIT = (LimitCondition.BELOW, LimitCondition.ABOVE, LimitCondition.AT_LEAST)


class Point(NamedTuple):
    """A result: where it stands, and what it says. One that is being corrected joins no line."""

    x: int
    y: int
    said: str
    is_flagged: bool
    is_being_corrected: bool


class Bar(NamedTuple):
    """A result that is no single number: where, from the highest it may be down, and what it says.

    One without an end goes on to the edge of the picture, and `ends` there at no number.
    """

    x: int
    top: int
    bottom: int
    ends: tuple[int, ...]
    said: str
    is_flagged: bool
    is_being_corrected: bool


class Row(NamedTuple):
    """A result as the table has it; `url` is where it is taken back, for whoever may."""

    on: date
    said: str
    is_flagged: bool
    is_being_corrected: bool
    url: str = ""


class Trend(NamedTuple):
    """One test, ready to be drawn; `rows` are all its results for a table, newest first.

    Where none of them is a number in the program's unit, nothing `is_drawn`.
    """

    name: str
    unit: str
    points: tuple[Point, ...]
    bars: tuple[Bar, ...]
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
        return any(row.is_flagged for row in self.rows)

    @property
    def is_drawn(self) -> bool:
        """Whether there is a picture of it."""
        return bool(self.points or self.bars)


class _Found(NamedTuple):
    """A result with the numbers it lies between, the same for most; none for a word."""

    on: date
    ends: tuple[Decimal | None, Decimal | None] | None
    said: str
    is_flagged: bool
    is_being_corrected: bool
    url: str

    @property
    def number(self) -> Decimal | None:
        return self.ends[0] if self.ends is not None and self.ends[0] == self.ends[1] else None


def trends(
    results: Iterable[Any],
    infusions: Sequence[date],
    flagged: frozenset[int],
    version: ProgramVersion,
    being_corrected: frozenset[int] = frozenset(),
    taken_back_at: Mapping[int, str] = {},
) -> list[Trend]:
    """Each test of which something was found, in the program's order.

    Results that are being corrected are among them, and marked. Some can be `taken_back_at` an
    address.
    """
    read: dict[str, list[Measured]] = {}
    for each in results:
        test = version.tests.get(each.test)
        if test is None or test.needs or not each.value:
            continue
        said = (each.value, each.unit, each.comparator)
        moment = each.collected_moment
        measured = Measured(each.pk, each.test, each.collected_on, *said, moment=moment)
        read.setdefault(each.test, []).append(measured)
    gaps = longest_gaps(version)
    return [
        _trend(
            code,
            [
                _found(
                    each,
                    version.tests[code].unit,
                    each.key in flagged,
                    each.key in being_corrected,
                    taken_back_at.get(each.key, ""),
                )
                for each in in_time(read[code])
            ],
            infusions,
            gaps.get(code),
            version,
        )
        for code in version.tests
        if code in read
    ]


def _found(
    read: Measured, unit: str | None, is_flagged: bool, is_being_corrected: bool, url: str
) -> _Found:
    said = f"{read.comparator}{read.value}" if read.unit == unit else read.said
    value = read.interval if read.unit == unit else None
    ends = (value.low, value.high) if value is not None else None
    return _Found(read.collected_on, ends, said, is_flagged, is_being_corrected, url)


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
    unit = test.unit or ""
    limits = {
        number
        for limit in version.limits.values()
        if limit.test == code and limit.condition in _IN_UNIT
        if (number := number_of(limit.value)) is not None
    }
    numbers = [end for each in found for end in each.ends or () if end is not None]
    counting = [each for each in found if not each.is_being_corrected]
    newest = counting[-1] if counting else None
    trend = Trend(
        name=test.name,
        unit=unit,
        points=(),
        bars=(),
        lines=(),
        limits=(),
        courses=(),
        months=(),
        lowest="",
        highest="",
        rows=tuple(
            Row(each.on, each.said, each.is_flagged, each.is_being_corrected, each.url)
            for each in reversed(found)
        ),
        newest=_with_unit(newest, unit) if newest is not None else _("being corrected"),
    )
    if not numbers:
        return trend
    first = min([found[0].on, *infusions[:1]])
    edges = (*numbers, *limits)
    canvas = Canvas(first, max(found[-1].on, first + SHORTEST), min(edges), max(edges))
    points, lines = _points_and_lines(found, canvas, unit, gap)
    return trend._replace(
        points=points,
        bars=_bars(found, canvas, unit),
        lines=lines,
        limits=tuple(Mark(canvas.y(each), f"{each}") for each in sorted(limits)),
        courses=bands(infusions, canvas),
        months=years(canvas),
        lowest=f"{canvas.low.normalize():f}",
        highest=f"{canvas.high.normalize():f}",
    )


def _with_unit(each: _Found, unit: str) -> str:
    """What a result says in full; one in another unit, or a word, says so itself."""
    return f"{each.said} {unit}".strip() if each.ends is not None else each.said


def _points_and_lines(
    found: Sequence[_Found], canvas: Canvas, unit: str, gap: timedelta | None
) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    """What is one number, and the lines that join it as SVG has them; alone, a point is no line."""
    points: list[Point] = []
    runs: list[list[Point]] = []
    last: date | None = None
    for each in found:
        if each.number is None:
            if not each.is_being_corrected:
                last = None
            continue
        said = f"{_with_unit(each, unit)} · {short_day(each.on)}"
        place = canvas.x(each.on), canvas.y(each.number)
        point = Point(*place, said, each.is_flagged, each.is_being_corrected)
        points.append(point)
        if each.is_being_corrected:
            continue
        if last is not None and (gap is None or each.on - last <= gap):
            runs[-1].append(point)
        else:
            runs.append([point])
        last = each.on
    lines = (" ".join(f"{each.x},{each.y}" for each in run) for run in runs if len(run) > 1)
    return tuple(points), tuple(lines)


def _bars(found: Sequence[_Found], canvas: Canvas, unit: str) -> tuple[Bar, ...]:
    bars = []
    for each in found:
        if each.ends is None or each.number is not None:
            continue
        low, high = each.ends
        bars.append(
            Bar(
                canvas.x(each.on),
                canvas.y(canvas.high if high is None else high),
                canvas.y(canvas.low if low is None else low),
                tuple(canvas.y(end) for end in (high, low) if end is not None),
                f"{_with_unit(each, unit)} · {short_day(each.on)}",
                each.is_flagged,
                each.is_being_corrected,
            )
        )
    return tuple(bars)


def flagged_results(signals: Iterable[Any]) -> frozenset[int]:
    """The ids of the results that crossed a limit."""
    return frozenset(each.result_id for each in signals)
