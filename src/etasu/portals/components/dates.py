"""Days and moments as American readers write them, always with the weekday."""

from __future__ import annotations

from datetime import date, datetime, time
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
    return _short(on, "D, M j, Y", "D j M Y")


def moment(value: datetime | str | None, zone: str) -> str:
    """A moment as `Thu, May 1, 2025, 11:00 AM EDT` in a time zone."""
    if not value:
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(ZoneInfo(zone))
    return f"{short_day(local.date())}{_at_clock(local)} {local.tzname()}"


def brief_moment(value: datetime, zone: str) -> str:
    """A moment without its weekday, as `May 1, 2025, 11:00 AM EDT`, for long tables."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{_short(local.date(), 'M j, Y', 'j M Y')}{_at_clock(local)} {local.tzname()}"


def local_day(value: datetime, zone: str) -> date:
    """The day of a moment in a time zone."""
    return value.astimezone(ZoneInfo(zone)).date()


def clock(value: datetime, zone: str) -> str:
    """The time of day of a moment, as `11:00 AM`."""
    return _clock(value.astimezone(ZoneInfo(zone)))


def time_of_day(value: time) -> str:
    """A time by the clock on the wall, as `11:00 AM`."""
    return _clock(value)


def _clock(local: datetime | time) -> str:
    said = local.strftime("%-I:%M %p")
    return said.replace("AM", "a. m.").replace("PM", "p. m.") if _is_spanish() else said


def _at_clock(local: datetime) -> str:
    """The time of day after its day: `, 11:00 AM`, `a las 11:00 a. m.`, `a la 1:00 p. m.`."""
    if not _is_spanish():
        return f", {_clock(local)}"
    article = "la" if local.hour % 12 == 1 else "las"
    return f" a {article} {_clock(local)}"


def _short(on: date, english: str, spanish: str) -> str:
    """A day with its month cut short; Spanish writes neither days nor months with a capital."""
    said = formats.date_format(on, _pattern(english, spanish))
    return said.lower() if _is_spanish() else said


def _pattern(english: str, spanish: str) -> str:
    return spanish if _is_spanish() else english


def _is_spanish() -> bool:
    return (translation.get_language() or "en").startswith("es")
