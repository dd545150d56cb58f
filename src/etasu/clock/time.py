"""The one place, with the request middleware, that reads the clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now_utc() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today_in(zone: str) -> date:
    """Today's date in one time zone, by its usual name such as `America/Chicago`.

    Raises `zoneinfo.ZoneInfoNotFoundError` for a name that is not a time zone.
    """
    return now_utc().astimezone(ZoneInfo(zone)).date()
