"""Live events as the doors read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from etasu.registry.patient_support.models import EventMail, EventRegistration, LiveEvent

# Signed with it, so that nobody can cancel for others by guessing.
REGISTRATION_SALT = "etasu.events.registration"
# Why a message was closed that nobody needs any more.
NO_LONGER_SO = "no longer so"
_COMING = Q(registrations__canceled_at__isnull=True)
SEATED = Q(registrations__seated_at__isnull=False) & _COMING
WAITING = Q(registrations__isnull=False, registrations__seated_at__isnull=True) & _COMING


class EventWords(NamedTuple):
    """What an event is called, what it is about, and where it is, in one language."""

    title: str
    about: str
    place: str


def events_ahead(program: str, at: datetime) -> QuerySet[LiveEvent]:
    """Events that are not over, canceled ones too, the next one first."""
    found = with_counts(LiveEvent.objects.filter(program=program, ends__gt=at))
    return found.order_by("begins", "id")


def all_events(program: str) -> QuerySet[LiveEvent]:
    """Every event of the program, the latest first."""
    return with_counts(LiveEvent.objects.filter(program=program)).order_by("-begins", "-id")


def event_by_number(program: str, number: str) -> LiveEvent | None:
    """The event of that number, with how many are seated and wait."""
    return with_counts(LiveEvent.objects.filter(program=program, number=number)).first()


def with_counts(events: QuerySet[LiveEvent]) -> QuerySet[LiveEvent]:
    """The same events, each with how many have a seat, and how many wait for one."""
    return events.annotate(
        seated=Count("registrations", filter=SEATED), waiting=Count("registrations", filter=WAITING)
    )


def seats_left(event: Any) -> int:
    """How many seats nobody has, of an event that was counted."""
    left: int = event.capacity - event.seated
    return max(0, left)


def registrations_of(event: LiveEvent) -> QuerySet[EventRegistration]:
    """Everybody who comes or waits, in the order they came."""
    return event.registrations.filter(canceled_at__isnull=True).order_by("id")


def registration_by_number(number: str) -> EventRegistration | None:
    """The registration of that number."""
    return EventRegistration.objects.filter(number=number).select_related("event").first()


def words_of(event: LiveEvent, language: str | None) -> EventWords:
    """The event's words in the language, in the first one where there are none in it."""
    said = event.words.get((language or "")[:2]) or next(iter(event.words.values()))
    return EventWords(said["title"], said["about"], said["place"])


def undelivered(program: str) -> QuerySet[EventMail]:
    """Messages about events that could not be sent and were given up, the newest first."""
    found = EventMail.objects.filter(registration__event__program=program)
    given_up = found.filter(closed_at__isnull=False, sent_at__isnull=True)
    untold = given_up.exclude(last_error=NO_LONGER_SO).select_related("registration__event")
    return untold.order_by("-closed_at", "-id")
