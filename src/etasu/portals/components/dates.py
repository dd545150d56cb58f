"""Days and moments as American readers write them, always with the weekday."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import formats, translation


def day(value: date | str | None) -> str:
    """A day as `Thursday, May 1, 2025`; empty when there is none. Takes ISO text too."""
    if not value:
        return ""
    on = date.fromisoformat(value) if isinstance(value, str) else value
    return formats.date_format(on, _pattern("l, F j, Y", "l j \\d\\e F \\d\\e Y"))


def short_day(value: date | str | None) -> str:
    """A day as `Thu, May 1, 2025`, for tables."""
    if not value:
        return ""
    on = date.fromisoformat(value) if isinstance(value, str) else value
    return formats.date_format(on, _pattern("D, M j, Y", "D j M Y"))


def moment(value: datetime | str | None, zone: str) -> str:
    """A moment as `Thu, May 1, 2025, 11:00 AM EDT` in a time zone."""
    if not value:
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(ZoneInfo(zone))
    clock = local.strftime("%-I:%M %p")
    return f"{short_day(local.date())}, {clock} {local.tzname()}"


def brief_moment(value: datetime, zone: str) -> str:
    """A moment without its weekday, as `May 1, 2025, 11:00 AM EDT`, for long tables."""
    local = value.astimezone(ZoneInfo(zone))
    on = formats.date_format(local.date(), _pattern("M j, Y", "j M Y"))
    return f"{on}, {clock(value, zone)} {local.tzname()}"


def local_day(value: datetime, zone: str) -> date:
    """The day of a moment in a time zone."""
    return value.astimezone(ZoneInfo(zone)).date()


def clock(value: datetime, zone: str) -> str:
    """The time of day of a moment, as `11:00 AM`."""
    return value.astimezone(ZoneInfo(zone)).strftime("%-I:%M %p")


def _pattern(english: str, spanish: str) -> str:
    return spanish if (translation.get_language() or "en").startswith("es") else english
