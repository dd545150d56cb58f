"""Live events in words: what they are, when, and how many seats are left."""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from etasu.portals.components.dates import clock, day, local_day
from etasu.portals.components.ics import Timed
from etasu.registry.patient_support.event_facts import seats_left, words_of


class ShownEvent(NamedTuple):
    """An event as everybody reads it."""

    number: str
    title: str
    about: str
    place: str
    when: str
    seats: str
    is_canceled: bool


def shown_event(event: Any) -> ShownEvent:
    """The event in the language of the page; it was counted before."""
    said = words_of(event, get_language())
    return ShownEvent(
        event.number,
        said.title,
        said.about,
        said.place,
        when_line(event),
        _seats(event),
        event.canceled_at is not None,
    )


def when_line(event: Any) -> str:
    """The day and the hours where it takes place."""
    zone = event.time_zone
    said = {
        "day": day(local_day(event.begins, zone)),
        "from": clock(event.begins, zone),
        "until": f"{clock(event.ends, zone)} {event.ends.astimezone(ZoneInfo(zone)):%Z}",
    }
    return _("%(day)s, %(from)s to %(until)s") % said


def timed(event: Any) -> Timed:
    """The event as a calendar has it, under its own title."""
    title = words_of(event, get_language()).title
    changed = event.canceled_at or event.added_at
    holds = event.canceled_at is None
    return Timed(event.number, event.begins, event.ends, title, holds, int(not holds), changed)


def _seats(event: Any) -> str:
    left = seats_left(event)
    if not left:
        return _("Every seat is taken. You can join the waiting list.")
    return ngettext("%(n)s seat is left.", "%(n)s seats are left.", left) % {"n": left}
