"""The day of a specimen, as whoever took it would write it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from etasu.safe_use.lab_reports import day_where_taken

EAST = ZoneInfo("America/New_York")
EVENING = datetime(2025, 3, 2, 1, 30, tzinfo=UTC)


def test_an_evening_sent_in_utc_is_the_day_of_the_sender() -> None:
    assert day_where_taken(EVENING, EAST) == date(2025, 3, 1)


def test_a_moment_with_an_offset_of_its_own_keeps_the_day_written() -> None:
    early = datetime(2025, 3, 2, 0, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert day_where_taken(early, ZoneInfo("America/Los_Angeles")) == date(2025, 3, 2)


def test_where_nobody_knows_the_sender_the_day_is_the_one_written() -> None:
    assert day_where_taken(EVENING, None) == date(2025, 3, 2)
