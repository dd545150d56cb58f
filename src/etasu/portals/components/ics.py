"""Calendar files: one calendar, and what takes place from one moment to another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

# The word of RFC 5545, as it is spelled there.
CALLED_OFF = "CANCELLED"  # codespell:ignore


class Timed(NamedTuple):
    """Something with a beginning and an end; `changes` is how often it was told otherwise."""

    number: str
    begins: datetime
    ends: datetime
    summary: str
    holds: bool
    changes: int
    since: datetime


def new_calendar(title: str) -> Calendar:
    """An empty calendar, as RFC 5545 and RFC 7986 have it."""
    made = Calendar()
    made.add("prodid", "-//Etasu//Calendar//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", title)
    return made


def uid_of(name: str) -> str:
    """What calendars know an entry by, the same for good."""
    return f"{name.lower()}@{urlsplit(settings.ETASU_SITE_URL).hostname or 'localhost'}"


def timed_event(timed: Timed) -> Event:
    """The entry; one that holds no longer stays as called off, so that calendars let go of it."""
    event = Event()
    event.add("uid", uid_of(timed.number))
    event.add("dtstart", timed.begins.astimezone(UTC))
    event.add("dtend", timed.ends.astimezone(UTC))
    event.add("dtstamp", timed.since.astimezone(UTC))
    event.add("last-modified", timed.since.astimezone(UTC))
    event.add("sequence", timed.changes)
    event.add("status", "CONFIRMED" if timed.holds else CALLED_OFF)
    event.add("class", "PRIVATE")
    event.add("summary", timed.summary)
    return event
