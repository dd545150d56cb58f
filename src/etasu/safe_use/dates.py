"""Calendar arithmetic as safe use means it: calendar months, calendar days, business days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SATURDAY, _SUNDAY = 5, 6
# A holiday on a Saturday is observed the day before, one on a Sunday the day after.
_OBSERVED_SHIFT = {_SATURDAY: -1, _SUNDAY: 1}


class Unit(StrEnum):
    """What a span is counted in."""

    DAYS = "days"
    BUSINESS_DAYS = "business days"
    MONTHS = "months"
    YEARS = "years"


class Span(NamedTuple):
    """A length of time with its unit: `30 days`, `12 months`, `5 business days`."""

    count: int  # type: ignore[assignment]  # tuples have a method of this name
    unit: Unit

    def __str__(self) -> str:
        """The span in words, singular when it is one."""
        unit = self.unit.value
        return f"{self.count} {unit[:-1] if self.count == 1 else unit}"

    def after(self, start: date) -> date:
        """The day this span after `start`; months and years clamp to the month's last day."""
        if self.unit is Unit.DAYS:
            return start + timedelta(days=self.count)
        if self.unit is Unit.BUSINESS_DAYS:
            return add_business_days(start, self.count)
        months = self.count * 12 if self.unit is Unit.YEARS else self.count
        return add_months(start, months)


def add_months(start: date, months: int) -> date:
    """The same day `months` calendar months later; a day that does not exist becomes the last.

    Source: domain rules for the monitoring horizon (2023-08-31 and 48 months is 2027-08-31).
    """
    years, month_index = divmod(start.year * 12 + start.month - 1 + months, 12)
    month = month_index + 1
    return date(years, month, min(start.day, monthrange(years, month)[1]))


def months_between(start: date, end: date) -> int:
    """How many whole calendar months have passed from `start` through `end`; none before it."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return max(0, months - (add_months(start, months) > end))


def add_business_days(start: date, days: int) -> date:
    """The `days`-th business day after `start`, leaving out weekends and US federal holidays."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if is_business_day(day):
            days -= 1
    return day


def is_business_day(day: date) -> bool:
    """Whether offices work: not a weekend, not an observed US federal holiday.

    Source: 5 USC 6103(a) and (b); a holiday on Saturday is observed on the Friday before, one on
    Sunday on the Monday after.
    """
    return day.weekday() < _SATURDAY and day not in _holidays_around(day.year)


def say_date(day: date) -> str:
    """The day as Americans write it: `May 6, 2025`."""
    return f"{MONTH_NAMES[day.month - 1]} {day.day}, {day.year}"


def say_days(count: int) -> str:
    """A number of days in words: `1 day`, `31 days`."""
    return "1 day" if count == 1 else f"{count} days"


@lru_cache(maxsize=64)
def _holidays_around(year: int) -> frozenset[date]:
    days = _fixed_holidays(year) | {_new_years_day(year + 1)}
    return frozenset(days | _floating_holidays(year))


def _fixed_holidays(year: int) -> set[date]:
    fixed = [(7, 4), (11, 11), (12, 25)]
    if year >= 2021:  # Juneteenth was made a federal holiday by Public Law 117-17
        fixed.append((6, 19))
    return {_new_years_day(year), *(_observed(date(year, month, day)) for month, day in fixed)}


def _new_years_day(year: int) -> date:
    return _observed(date(year, 1, 1))


def _observed(day: date) -> date:
    return day + timedelta(days=_OBSERVED_SHIFT.get(day.weekday(), 0))


def _floating_holidays(year: int) -> set[date]:
    monday, thursday = 0, 3
    last_of_may = date(year, 5, 31)
    return {
        _nth(year, 1, monday, 3),  # Birthday of Martin Luther King, Jr.
        _nth(year, 2, monday, 3),  # Washington's Birthday
        last_of_may - timedelta(days=last_of_may.weekday()),  # Memorial Day
        _nth(year, 9, monday, 1),  # Labor Day
        _nth(year, 10, monday, 2),  # Columbus Day
        _nth(year, 11, thursday, 4),  # Thanksgiving Day
    }


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
