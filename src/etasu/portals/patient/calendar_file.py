"""A private calendar as calendars read it: whole days, nothing about health, moves told."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from etasu.registry.monitoring.calendars import ReadCalendar

READ_AGAIN = timedelta(hours=12)
# The word of RFC 5545, as it is spelled there.
CALLED_OFF = "CANCELLED"  # codespell:ignore


def calendar_file(found: ReadCalendar) -> bytes:
    """The calendar, as RFC 5545 and RFC 7986 have it."""
    host = urlsplit(settings.ETASU_SITE_URL).hostname or "localhost"
    with translation.override(found.language):
        title = found.title or _("Appointment to keep")
    made = Calendar()
    made.add("prodid", "-//Etasu//Calendar//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", title)
    made.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    made["X-PUBLISHED-TTL"] = "PT12H"
    for day, said in sorted(found.days.items()):
        event = Event()
        event.add("uid", f"{found.number.lower()}-{day:%Y%m%d}@{host}")
        # A day without a time zone: it is that day wherever the patient travels.
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("dtstamp", said.since)
        event.add("last-modified", said.since)
        event.add("sequence", said.sequence)
        event.add("status", "CONFIRMED" if said.holds else CALLED_OFF)
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        event.add("summary", title)
        made.add_component(event)
    written: bytes = made.to_ical()
    return written
