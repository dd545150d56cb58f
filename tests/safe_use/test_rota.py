"""The rota: on the wall and in time, on both days on which the clock is changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etasu.safe_use import rota
from etasu.safe_use.rota import Gap, OfficeHours, Shift, Weekday, Weekly

ZONE = "America/New_York"
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
# The clock is put forward on March 8 and back on November 1.
FORWARD, BACK = date(2026, 3, 8), date(2026, 11, 1)
EVERY_DAY = frozenset(Weekday)
HALF_HOUR = timedelta(minutes=30)
DAYS = 14
CLOCKS = st.times().map(lambda t: t.replace(minute=t.minute // 30 * 30, second=0, microsecond=0))


def weekly(
    begins: time, ends: time, nurse: str = "a", days: Iterable[Weekday] = EVERY_DAY
) -> Weekly:
    return Weekly(nurse, frozenset(days), begins, ends, FIRST - timedelta(days=1), LAST)


def halves_of(begins: datetime, ends: datetime) -> set[datetime]:
    """Every half hour between two moments, counted and not reckoned."""
    count = int((ends - begins) / HALF_HOUR)
    return {begins + each * HALF_HOUR for each in range(count)}


def year() -> set[datetime]:
    begins = datetime.combine(FIRST, time(0), ZoneInfo(ZONE)).astimezone(UTC)
    ends = datetime.combine(LAST + timedelta(days=1), time(0), ZoneInfo(ZONE)).astimezone(UTC)
    return halves_of(begins, ends)


YEAR = year()


def uncovered(shifts: Iterable[Shift]) -> set[datetime]:
    """The half hours of the year in which nobody is on duty, looked for one by one."""
    left = set(YEAR)
    for each in shifts:
        left -= halves_of(each.begins, each.ends)
    return left


def alarmed(shifts: list[Shift]) -> dict[datetime, date]:
    """Each half hour some night told of as uncovered, and the first day on which it did."""
    told: dict[datetime, date] = {}
    day = FIRST
    while day <= LAST:
        # What is asked of the record is no more than the days looked at.
        first, last = rota.at_wall(day, time(0), ZONE), rota.at_wall(
            day + timedelta(days=DAYS), time(0), ZONE)  # fmt: skip
        near = [each for each in shifts if each.ends > first and each.begins < last]
        for gap in rota.gaps_ahead(near, day, DAYS, ZONE):
            for each in halves_of(gap.begins, gap.ends):
                told.setdefault(each, day)
        day += timedelta(days=1)
    return told


WEEKLIES = st.lists(
    st.builds(
        weekly,
        CLOCKS,
        CLOCKS,
        st.sampled_from("abc"),
        st.sets(st.sampled_from(list(Weekday)), min_size=3),
    ),
    min_size=1,
    max_size=4,
)


def check_alarms(weeklies: list[Weekly]) -> None:
    """No half hour of a year is uncovered without an alarm before it; none is told of wrongly."""
    shifts = [each for one in weeklies for each in rota.shifts_of(one, ZONE)]
    truly, told = uncovered(shifts), alarmed(shifts)
    assert truly - told.keys() == set()
    assert (told.keys() & YEAR) - truly == set()
    late = [
        each
        for each in truly
        if told[each] > FIRST and told[each] + timedelta(days=DAYS - 1) > local_day(each)
    ]
    assert late == []


def local_day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(ZONE)).date()


@settings(max_examples=8, deadline=None)
@given(WEEKLIES)
def test_no_hour_of_a_year_is_uncovered_without_an_alarm(weeklies: list[Weekly]) -> None:
    check_alarms(weeklies)


def by_the_wall(shifts: Iterable[Shift], begins: datetime, ends: datetime) -> tuple[Gap, ...]:
    """The fault: gaps reckoned on the wall, where the hour that comes twice is seen once."""
    zone = ZoneInfo(ZONE)

    def bare(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=None)

    found = honest(
        [Shift(each.nurse, bare(each.begins), bare(each.ends)) for each in shifts],
        bare(begins),
        bare(ends),
    )
    return tuple(Gap(*(m.replace(tzinfo=zone).astimezone(UTC) for m in each)) for each in found)


honest = rota.gaps


def test_an_alarm_that_reckons_on_the_wall_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever leaves when the clock shows two for the first time misses the hour that follows.
    leaves = datetime.combine(BACK, time(1), ZoneInfo(ZONE)).astimezone(UTC)
    begins = leaves + timedelta(hours=1)
    shifts = [
        *(Shift("a", leaves - timedelta(days=n), leaves - timedelta(days=n - 1))
          for n in range(1, 310)),
        *(Shift("a", begins + timedelta(days=n), begins + timedelta(days=n + 1))
          for n in range(62)),
    ]  # fmt: skip
    assert uncovered(shifts) == {leaves, leaves + HALF_HOUR} == alarmed(shifts).keys() & YEAR
    monkeypatch.setattr(rota, "gaps", by_the_wall)
    assert uncovered(shifts) - alarmed(shifts).keys() == {leaves, leaves + HALF_HOUR}


@given(CLOCKS, CLOCKS)
@settings(max_examples=10, deadline=None)
def test_two_shifts_that_meet_on_the_wall_leave_no_gap(one: time, other: time) -> None:
    halves = [weekly(one, other), weekly(other, one, "b")]
    shifts = [each for half in halves for each in rota.shifts_of(half, ZONE)]
    if one == other:
        halves = halves[:1]
    assert uncovered(shifts) == set()
    assert all(timedelta(0) < each.ends - each.begins <= rota.LONGEST for each in shifts)


def test_a_shift_around_the_clock_has_25_hours_when_the_clock_is_put_back() -> None:
    around = weekly(time(7), time(7))
    hours = {
        local_day(each.begins): (each.ends - each.begins).total_seconds() / 3600
        for each in rota.shifts_of(around, ZONE)
    }
    assert hours[BACK - timedelta(days=1)] == 25 and hours[FORWARD - timedelta(days=1)] == 23
    assert set(hours.values()) == {23, 24, 25}


def test_a_shift_of_which_the_clock_leaves_nothing_is_none() -> None:
    lost = [local_day(each.begins) for each in rota.shifts_of(weekly(time(2), time(3)), ZONE)]
    assert FORWARD not in lost and FORWARD + timedelta(days=1) in lost


def test_who_is_on_duty_is_who_came_first_and_each_once() -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    shifts = [
        Shift("late", at - hour, at + hour),
        Shift("first", at - 3 * hour, at + hour),
        Shift("first", at - 2 * hour, at + hour),
        Shift("gone", at - 3 * hour, at),
        Shift("next", at + hour, at + 2 * hour),
    ]
    assert rota.on_duty(shifts, at) == ("first", "late")
    assert rota.on_duty([], at) == ()
    assert rota.gaps(shifts, at, at + 3 * hour) == (Gap(at + 2 * hour, at + 3 * hour),)
    assert rota.gaps(shifts, at, at + hour) == ()
    assert rota.gaps([], at, at + hour)[0].hours == 1


@pytest.mark.parametrize(
    ("own", "there", "is_open", "told"),
    [
        ("mine", ("other",), True, ("mine",)),
        ("mine", ("other", "mine"), False, ("mine",)),
        ("mine", ("other",), False, ("other",)),
        ("", ("other", "third"), True, ("other", "third")),
        ("mine", (), False, ()),
        ("", (), True, ()),
    ],
)
def test_whose_turn_it_is(
    own: str, there: tuple[str, ...], is_open: bool, told: tuple[str, ...]
) -> None:
    assert rota.whose_turn(own, there, is_office_open=is_open) == told


def test_calls_are_taken_in_the_hours_of_the_zone_of_the_line() -> None:
    week = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY)
    hours = (OfficeHours(week, time(8, 30), time(20)),)

    def at(day: int, *clock: int) -> datetime:
        return rota.at_wall(date(2026, 5, day), time(*clock), ZONE)

    friday, monday = 1, 4
    assert not rota.is_open(hours, at(friday, 8, 29), ZONE)
    assert rota.is_open(hours, at(friday, 8, 30), ZONE)
    assert rota.is_open(hours, at(friday, 19, 59), ZONE)
    assert not rota.is_open(hours, at(friday, 20), ZONE)
    assert not rota.is_open(hours, at(friday + 1, 12), ZONE)
    assert rota.opens_next(hours, at(friday, 9), ZONE) == at(monday, 8, 30)
    assert rota.opens_next(hours, at(friday, 8), ZONE) == at(friday, 8, 30)
    assert rota.opens_next((), at(friday, 8), ZONE) is None


def test_a_call_is_promised_in_what_is_left_of_the_day_where_somebody_is() -> None:
    # Four in the afternoon in Honolulu, ten in the evening in New York.
    at = datetime(2026, 5, 2, 2, tzinfo=UTC)
    there = rota.windows_ahead(at, "Pacific/Honolulu", 2)
    assert [each.part for each in there] == [
        *("afternoon", "evening"), *("morning", "afternoon", "evening"),
    ]  # fmt: skip
    assert there[0].ends - at == timedelta(hours=1)
    assert [each.part for each in rota.windows_ahead(at, ZONE, 1)] == []
    window = rota.window_of(FORWARD, "morning", ZONE)
    assert (window.begins.hour, window.ends.hour) == (12, 16)


def test_half_of_the_answers_took_at_most_the_median() -> None:
    assert rota.median_hours([]) is None
    spans = [timedelta(hours=each) for each in (9, 1, 2, 30)]
    assert rota.median_hours(spans) == 2
    assert rota.median_hours(spans[:3]) == 2
