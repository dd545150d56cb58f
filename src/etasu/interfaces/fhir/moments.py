"""When something was: the day it was where the specimen was taken, and the moment if it is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from etasu.interfaces.fhir.elements import Period
from etasu.safe_use.lab_reports import day_where_taken


class Moment(NamedTuple):
    """A day, and the moment if a time of day and its zone were written too."""

    day: date | None
    at: datetime | None = None


NEVER = Moment(None)


@lru_cache(maxsize=8192)
def moment(text: str | None, zone: tzinfo | None = None) -> Moment:
    """A dateTime of FHIR. `zone` is where the sender is, for moments that are told in UTC."""
    try:
        if not text or len(text) < 10:
            return NEVER
        if len(text) == 10:
            return Moment(date.fromisoformat(text))
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            return Moment(at.date())
        # Raises for a moment that is in no year the database gives back.
        at.astimezone(UTC)
        return Moment(day_where_taken(at, zone), at)
    except (ValueError, OverflowError):
        return _day_alone(text or "")


def _day_alone(text: str) -> Moment:
    try:
        return Moment(date.fromisoformat(text[:10]))
    except ValueError:
        return NEVER


def began(period: Period | None, zone: tzinfo | None) -> Moment:
    """When something that took a while began; its end where nothing else is said."""
    if period is None:
        return NEVER
    return moment(period.start or period.end, zone)
