"""A private calendar as calendars read it: whole days, nothing about health, moves told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Event

from etasu.portals.components.ics import CALLED_OFF, Timed, new_calendar, timed_event, uid_of
from etasu.registry.monitoring.calendars import ReadCalendar
from etasu.registry.patient_support.lab_facts import CalendarEntry

READ_AGAIN = timedelta(hours=12)


def calendar_file(found: ReadCalendar, appointments: Iterable[CalendarEntry] = ()) -> bytes:
    """The calendar: the days of what is due, and appointments with their time and nothing else."""
    with translation.override(found.language):
        title = found.title or _("Appointment to keep")
    made = new_calendar(title)
    made.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    made["X-PUBLISHED-TTL"] = "PT12H"
    for day, said in sorted(found.days.items()):
        event = Event()
        event.add("uid", uid_of(f"{found.number}-{day:%Y%m%d}"))
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
    for each in appointments:
        made.add_component(timed_event(Timed(*each[:3], title, *each[3:])))
    written: bytes = made.to_ical()
    return written
