"""What a private calendar says: which days, how often each changed, and which no longer hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple


class Published(NamedTuple):
    """A day as it was said last: its sequence, whether it holds, and since when."""

    sequence: int
    holds: bool
    since: datetime


def published_next(
    before: Mapping[date, Published], days: Collection[date], on: date, at: datetime
) -> dict[date, Published]:
    """What is said now: new days, days that hold, and days to come that no longer do.

    A day that is over stays as it was said last, met or not; one to come that holds no longer
    stays as canceled, so that calendars which took it over let go of it.
    """
    said = dict(before)
    for day in days:
        known = before.get(day)
        if known is None:
            said[day] = Published(0, True, at)
        elif not known.holds:
            said[day] = Published(known.sequence + 1, True, at)
    for day, known in before.items():
        if day >= on and known.holds and day not in days:
            said[day] = Published(known.sequence + 1, False, at)
    return said
