"""Who is on duty, and when nobody is: shifts, the hours between them, and whose turn it is.

A rota is written by the clock on the wall and kept as moments, so that it holds on the two days a
year on which a day has 23 or 25 hours. Two shifts that meet on the wall meet in time, for both
ends of a shift are read from the wall by the same rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)
_DAY = timedelta(days=1)
# A shift around the clock, on the day that has 25 hours.
LONGEST = timedelta(hours=25)


class Weekday(StrEnum):
    """A day of the week, in its order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Shift(NamedTuple):
    """Somebody on duty from one moment to another, the last one left out."""

    nurse: str
    begins: datetime
    ends: datetime


class Gap(NamedTuple):
    """Nobody is on duty from one moment to another."""

    begins: datetime
    ends: datetime

    @property
    def hours(self) -> float:
        """How long it is."""
        return (self.ends - self.begins).total_seconds() / 3600


class Weekly(NamedTuple):
    """The same shift on some days of every week, from the first day to the last.

    One that ends at the hour it begins lasts around the clock.
    """

    nurse: str
    weekdays: frozenset[Weekday]
    begins: time
    ends: time
    first: date
    last: date


class OfficeHours(NamedTuple):
    """Days of the week, and the hours in which calls are taken on them."""

    weekdays: tuple[Weekday, ...]
    begins: time
    ends: time


class Window(NamedTuple):
    """A part of a day in which somebody may be called back."""

    part: str
    begins: datetime
    ends: datetime


# The parts of a day, by the clock of whoever is called: none of it in the hours of the night.
PARTS = {
    "morning": (time(8), time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time(21)),
}
# As much of a part of a day has to be left for a call to be promised in it.
_LEFT = timedelta(hours=1)


def weekday_of(day: date) -> Weekday:
    """Which day of the week it is."""
    return tuple(Weekday)[day.weekday()]


def at_wall(day: date, clock: time, zone: str) -> datetime:
    """The moment at which the clock on the wall shows that time.

    Of an hour that comes twice it is the first; one that is skipped is as long after midnight as
    if it were not.
    """
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def shifts_of(weekly: Weekly, zone: str) -> Iterator[Shift]:
    """Each shift of it, in order; one of which the clock leaves nothing is none."""
    day = weekly.first
    while day <= weekly.last:
        if weekday_of(day) in weekly.weekdays:
            last = day if weekly.begins < weekly.ends else day + _DAY
            begins, ends = at_wall(day, weekly.begins, zone), at_wall(last, weekly.ends, zone)
            if begins < ends:
                yield Shift(weekly.nurse, begins, ends)
        day += _DAY


def on_duty(shifts: Iterable[Shift], at: datetime) -> tuple[str, ...]:
    """Who is on duty at the moment, each once, whoever came first before the others."""
    there = sorted((each.begins, each.nurse) for each in shifts if each.begins <= at < each.ends)
    return tuple(dict.fromkeys(nurse for _, nurse in there))


def gaps(shifts: Iterable[Shift], begins: datetime, ends: datetime) -> tuple[Gap, ...]:
    """When nobody is on duty between the two moments, in order."""
    found, covered = [], begins
    for each in sorted(shifts, key=lambda one: one.begins):
        if covered >= ends:
            break
        if each.begins > covered:
            found.append(Gap(covered, min(each.begins, ends)))
        covered = max(covered, each.ends)
    if covered < ends:
        found.append(Gap(covered, ends))
    return tuple(found)


def gaps_ahead(shifts: Iterable[Shift], on: date, days: int, zone: str) -> tuple[Gap, ...]:
    """When nobody is on duty from the day through so many days, whole days where the line is."""
    first, last = at_wall(on, MIDNIGHT, zone), at_wall(on + days * _DAY, MIDNIGHT, zone)
    return gaps(shifts, first, last)


def is_open(hours: Iterable[OfficeHours], at: datetime, zone: str) -> bool:
    """Whether calls are taken at the moment."""
    local = at.astimezone(ZoneInfo(zone))
    return any(
        weekday_of(local) in each.weekdays and each.begins <= local.time() < each.ends
        for each in hours
    )


def opens_next(hours: Sequence[OfficeHours], at: datetime, zone: str) -> datetime | None:
    """When calls are taken next, from the moment on; None where they never are."""
    today = at.astimezone(ZoneInfo(zone)).date()
    # A week and a day: today's hours may be over.
    days = [today + count * _DAY for count in range(8)]
    found = [
        at_wall(day, each.begins, zone)
        for day in days
        for each in hours
        if weekday_of(day) in each.weekdays
    ]
    return min((each for each in found if each > at), default=None)


def whose_turn(own: str, on_duty_now: Sequence[str], *, is_office_open: bool) -> tuple[str, ...]:
    """Who is told that a patient waits: the nurse who looks after them, or whoever is on duty.

    `own` is empty for a patient without a nurse of their own. Nobody at all means that the rota has
    a gap: then everybody is told, for a nurse of one's own may be asleep.
    """
    if own and (is_office_open or own in on_duty_now):
        return (own,)
    return tuple(on_duty_now)


def windows_ahead(at: datetime, zone: str, days: int) -> tuple[Window, ...]:
    """The parts of today and of the days after it in which a call can be promised."""
    today = at.astimezone(ZoneInfo(zone)).date()
    found = [window_of(today + count * _DAY, part, zone) for count in range(days) for part in PARTS]
    return tuple(each for each in found if each.ends - at >= _LEFT)


def window_of(day: date, part: str, zone: str) -> Window:
    """That part of that day where somebody is; raises KeyError for a part there is not."""
    begins, ends = PARTS[part]
    return Window(part, at_wall(day, begins, zone), at_wall(day, ends, zone))


def median_hours(spans: Collection[timedelta]) -> float | None:
    """The hours half of these took at most; None of none."""
    ordered = sorted(each.total_seconds() / 3600 for each in spans)
    return ordered[(len(ordered) - 1) // 2] if ordered else None
