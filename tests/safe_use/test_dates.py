"""The calendar, by known days and by counting every day the slow way."""

from datetime import date, timedelta

import pytest

from etasu.safe_use.dates import (
    MONTH_NAMES,
    Span,
    Unit,
    add_business_days,
    add_months,
    is_business_day,
    say_date,
    say_days,
)

FIRST, LAST = date(2015, 1, 1), date(2060, 12, 31)
EVERY_DAY = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def slow_add_months(start, months):
    """Counts months one by one and looks the length up in a table."""
    year, month = start.year, start.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = 29 if leap and month == 2 else LENGTHS[month - 1]
    return date(year, month, start.day if start.day <= length else length)


def slow_holidays(year):
    """The federal holidays of one year as observed, each found by looking at every day."""
    days = [day for day in EVERY_DAY_AND_A_YEAR if day.year == year]
    on = {
        "new year": [d for d in days if (d.month, d.day) == (1, 1)][0],
        "king": [d for d in days if d.month == 1 and d.weekday() == 0][2],
        "washington": [d for d in days if d.month == 2 and d.weekday() == 0][2],
        "memorial": [d for d in days if d.month == 5 and d.weekday() == 0][-1],
        "independence": [d for d in days if (d.month, d.day) == (7, 4)][0],
        "labor": [d for d in days if d.month == 9 and d.weekday() == 0][0],
        "columbus": [d for d in days if d.month == 10 and d.weekday() == 0][1],
        "veterans": [d for d in days if (d.month, d.day) == (11, 11)][0],
        "thanksgiving": [d for d in days if d.month == 11 and d.weekday() == 3][3],
        "christmas": [d for d in days if (d.month, d.day) == (12, 25)][0],
    }
    if year > 2020:
        on["juneteenth"] = [d for d in days if (d.month, d.day) == (6, 19)][0]
    shift = {5: -1, 6: 1}
    return {day + timedelta(days=shift.get(day.weekday(), 0)) for day in on.values()}


EVERY_DAY_AND_A_YEAR = [date(2014, 1, 1) + timedelta(days=n) for n in range(48 * 366)]
SLOW_HOLIDAYS = set().union(*(slow_holidays(year) for year in range(2014, 2062)))
SLOW_BUSINESS_DAYS = [
    day for day in EVERY_DAY_AND_A_YEAR if day.weekday() not in (5, 6) and day not in SLOW_HOLIDAYS
]


@pytest.mark.parametrize("months", [1, 3, 6, 12, 48])
def test_months_added_to_every_day_until_2060_agree_with_counting(months):
    before = date.min
    for day in EVERY_DAY:
        after = add_months(day, months)
        assert after == slow_add_months(day, months)
        assert before <= after
        assert after.day == day.day or (after + timedelta(days=1)).day == 1
        before = after


def test_two_years_from_every_day_end_the_day_before_the_anniversary():
    two_years = Span(2, Unit.YEARS)
    for day in EVERY_DAY:
        anniversary = two_years.after(day)
        assert anniversary.year == day.year + 2
        if (day.month, day.day) == (2, 29):
            assert anniversary == date(day.year + 2, 2, 28)
        else:
            assert (anniversary.month, anniversary.day) == (day.month, day.day)


def test_every_day_until_2060_is_a_business_day_exactly_when_the_slow_list_has_it():
    slow = set(SLOW_BUSINESS_DAYS)
    wrong = [day for day in EVERY_DAY if is_business_day(day) != (day in slow)]
    assert wrong == []


@pytest.mark.parametrize("count", [1, 2, 5, 10])
def test_business_days_added_to_every_day_agree_with_the_slow_list(count):
    position = 0
    for day in EVERY_DAY:
        while SLOW_BUSINESS_DAYS[position] <= day:
            position += 1
        assert add_business_days(day, count) == SLOW_BUSINESS_DAYS[position + count - 1]


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2023, 8, 31), 48, date(2027, 8, 31)),
        (date(2023, 2, 28), 48, date(2027, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 12, 31), 2, date(2025, 2, 28)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2024, 1, 15), -1, date(2023, 12, 15)),
        (date(2024, 1, 15), 0, date(2024, 1, 15)),
    ],
)
def test_a_day_that_does_not_exist_becomes_the_last_of_the_month(start, months, expected):
    assert add_months(start, months) == expected


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2021, 12, 31), False),  # New Year's Day 2022 is a Saturday
        (date(2023, 1, 2), False),  # New Year's Day 2023 is a Sunday
        (date(2020, 6, 19), True),  # before Juneteenth was a holiday
        (date(2021, 6, 18), False),  # Juneteenth 2021 is a Saturday
        (date(2020, 7, 3), False),
        (date(2021, 7, 5), False),
        (date(2024, 11, 11), False),
        (date(2024, 11, 28), False),
        (date(2024, 11, 29), True),
        (date(2024, 12, 25), False),
        (date(2024, 5, 27), False),
        (date(2024, 5, 31), True),
        (date(2024, 9, 2), False),
        (date(2024, 10, 14), False),
        (date(2024, 1, 15), False),
        (date(2024, 2, 19), False),
        (date(2024, 3, 4), True),
        (date(2024, 3, 2), False),
        (date(2024, 3, 3), False),
    ],
)
def test_offices_are_closed_on_weekends_and_observed_federal_holidays(day, works):
    assert is_business_day(day) is works


def test_no_business_days_later_is_the_same_day():
    assert add_business_days(date(2024, 3, 2), 0) == date(2024, 3, 2)


@pytest.mark.parametrize(
    ("span", "start", "expected"),
    [
        (Span(30, Unit.DAYS), date(2024, 2, 1), date(2024, 3, 2)),
        (Span(5, Unit.BUSINESS_DAYS), date(2024, 12, 20), date(2024, 12, 30)),
        (Span(12, Unit.MONTHS), date(2024, 2, 29), date(2025, 2, 28)),
        (Span(2, Unit.YEARS), date(2025, 3, 1), date(2027, 3, 1)),
    ],
)
def test_a_span_is_counted_in_its_own_unit(span, start, expected):
    assert span.after(start) == expected


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (Span(1, Unit.DAYS), "1 day"),
        (Span(30, Unit.DAYS), "30 days"),
        (Span(1, Unit.BUSINESS_DAYS), "1 business day"),
        (Span(0, Unit.MONTHS), "0 months"),
        (Span(1, Unit.YEARS), "1 year"),
        (Span(2, Unit.YEARS), "2 years"),
    ],
)
def test_a_span_is_said_in_words(span, words):
    assert str(span) == words


def test_days_are_said_as_americans_write_them():
    assert [say_date(date(2025, month, month)) for month in (1, 5, 12)] == [
        "January 1, 2025",
        "May 5, 2025",
        "December 12, 2025",
    ]
    assert MONTH_NAMES[1:4] + MONTH_NAMES[5:11] == (
        "February",
        "March",
        "April",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
    )
    assert [say_days(count) for count in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
