"""When a reminder may go, and what fits into a text message."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.safe_use.calendars import Published, published_next
from etasu.safe_use.messages import Keyword, keyword_in, sms_length
from etasu.safe_use.reminding import (
    MOST_SMS_A_WEEK,
    Quiet,
    address_by,
    in_order,
    next_sms_day,
    not_before,
    start_of,
)

ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix"),
    *("America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "Pacific/Guam"),
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC, microsecond=0)
)
HOURS = st.builds(time, st.integers(0, 23), st.sampled_from((0, 30)))


def is_quiet(moment: datetime, quiet: Quiet) -> bool:
    """By the clock on the wall, minute by minute told apart from the code under test."""
    local = moment.astimezone(ZoneInfo(quiet.zone)).time()
    now = local.hour * 60 + local.minute
    begins, ends = (each.hour * 60 + each.minute for each in (quiet.begins, quiet.ends))
    return (now - begins) % 1440 < (ends - begins) % 1440


@given(MOMENTS, st.sampled_from(ZONES), HOURS, HOURS)
def test_nobody_is_reached_in_their_quiet_hours_nor_later_than_needed(
    at: datetime, zone: str, begins: time, ends: time
) -> None:
    quiet = Quiet(zone, begins, ends)
    goes = not_before(at, quiet)
    assert goes >= at
    assert not is_quiet(goes, quiet)
    # Waiting ends within a day and the hour that a clock change can add.
    assert goes - at <= timedelta(hours=25)
    assert (goes == at) == (not is_quiet(at, quiet))


def test_the_hours_a_clock_skips_and_repeats_are_kept() -> None:
    for zone, day in product(("America/New_York", "America/Los_Angeles"), (10, 31)):
        # On March 10, 2024 two o'clock is skipped, on November 3 one o'clock comes twice.
        night = datetime(2024, 3, day, 9, tzinfo=UTC) if day == 10 else datetime(
            2024, 11, 3, 5, tzinfo=UTC)  # fmt: skip
        for ends in (time(1, 30), time(2, 30), time(3)):
            quiet = Quiet(zone, time(21), ends)
            for minute in range(0, 360, 10):
                goes = not_before(night + timedelta(minutes=minute), quiet)
                later = not_before(goes + timedelta(minutes=1), quiet)
                assert not is_quiet(goes, quiet)
                assert later - goes <= timedelta(hours=25)


def test_a_day_begins_when_the_night_is_over() -> None:
    quiet = Quiet("America/Los_Angeles")
    assert start_of(date(2024, 5, 1), quiet) == datetime(2024, 5, 1, 15, tzinfo=UTC)


@given(st.lists(st.integers(0, 40), max_size=60))
def test_no_day_has_two_and_no_seven_days_have_four(asked: list[int]) -> None:
    first = date(2024, 5, 1)
    sent: set[date] = set()
    for day in asked:
        on = next_sms_day(first + timedelta(days=day), sent)
        assert on not in sent and on >= first + timedelta(days=day)
        sent.add(on)
    for start in sorted(sent):
        week = {start + timedelta(days=more) for more in range(7)}
        assert len(sent & week) <= MOST_SMS_A_WEEK


@pytest.mark.parametrize(
    ("text", "units", "most"),
    [
        ("a" * 160, 160, 160),
        ("mañana ¿qué? ¡sí", 16, 70),
        ("mañana ¿qué? ¡no!", 17, 160),
        ("10 € [ok]", 12, 160),
        ("á" * 71, 71, 70),
        ("😀", 2, 70),
    ],
)
def test_a_text_message_is_counted_in_its_alphabet(text: str, units: int, most: int) -> None:
    assert sms_length(text) == (units, most)
    assert sms_length(text).fits == (units <= most)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("STOP", (Keyword.STOP, "en")),
        ("  stop!!", (Keyword.STOP, "en")),
        ("Stop sending me these", (Keyword.STOP, "en")),
        ("Alto.", (Keyword.STOP, "es")),
        ("Start", (Keyword.START, "en")),
        ("AYUDA", (Keyword.HELP, "es")),
        ("please don't stop", None),
        ("", None),
        ("1", None),
    ],
)
def test_an_answer_is_understood(text: str, meant: tuple[Keyword, str] | None) -> None:
    assert keyword_in(text) == meant


@pytest.mark.parametrize(
    ("channel", "said", "address"),
    [
        ("sms", "(212) 555-0100", "+12125550100"),
        ("sms", "1-212-555-0100", "+12125550100"),
        ("sms", "212 555 0100 ext. 7", ""),
        ("sms", "555-0100", ""),
        ("email", " Ana@Example.org ", "ana@example.org"),
        ("email", "ana", ""),
    ],
)
def test_an_address_is_always_written_the_same(channel: str, said: str, address: str) -> None:
    assert address_by(channel, telephone=said, email=said) == address


@pytest.mark.parametrize(
    ("wanted", "offered", "tried"),
    [
        (["email", "sms"], ["sms", "email"], ["email", "sms"]),
        (None, ["email", "sms"], ["sms", "email"]),
        (["sms"], ["email"], []),
        ([], ["sms", "email"], []),
        (["pigeon", "email"], ["pigeon", "email"], ["email"]),
    ],
)
def test_channels_are_tried_as_somebody_wants_them(
    wanted: list[str] | None, offered: list[str], tried: list[str]
) -> None:
    assert in_order(wanted, offered) == tried


def test_a_calendar_tells_what_moved_and_forgets_nothing_that_was() -> None:
    on, at = date(2024, 5, 10), datetime(2024, 5, 10, tzinfo=UTC)
    past, kept, gone, new = (on + timedelta(days=day) for day in (-5, 3, 8, 9))
    first = published_next({}, [past, kept, gone], past, at)
    assert set(first.values()) == {Published(0, True, at)}
    later = at + timedelta(days=1)
    second = published_next(first, [kept, new], on, later)
    assert second[past] == first[past] and second[kept] == first[kept]
    assert second[gone] == Published(1, False, later)
    assert second[new] == Published(0, True, later)
    third = published_next(second, [kept, gone, new], on, later)
    assert third[gone] == Published(2, True, later)
    assert published_next(third, [kept, gone, new], on, at) == third
