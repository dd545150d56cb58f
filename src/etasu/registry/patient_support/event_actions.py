"""Live events: offered, called off, registered for, and attended.

Seats are given in the order people come. Whoever changes who has one holds the event's row, so no
seat is given twice and none stays empty while somebody waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.notices.outbox import AT_ONCE, CLAIMED_FOR, MOST_ATTEMPTS, pause_after
from etasu.registry.patient_support.event_facts import NO_LONGER_SO, EventWords
from etasu.registry.patient_support.models import EventMail, EventRegistration, LiveEvent

Kind = EventMail.Kind
# What a claim answers, for doors, which do not import models.
Claimed = EventMail
REMINDED_BEFORE = timedelta(hours=24)


class NotOpen(ValueError):
    """The event has begun or was called off."""


class Planned(NamedTuple):
    """An event as it is offered; `words` by language."""

    words: Mapping[str, EventWords]
    begins: datetime
    ends: datetime
    time_zone: str
    capacity: int


class Coming(NamedTuple):
    """Somebody who wants to come."""

    full_name: str
    email: str
    language: str
    wants_reminder: bool


def add_event(program: str, planned: Planned, *, by: Actor, at: datetime) -> LiveEvent:
    """Offer an event to everybody."""
    with transaction.atomic():
        made = LiveEvent.objects.create(
            program=program,
            words={language: said._asdict() for language, said in planned.words.items()},
            begins=planned.begins,
            ends=planned.ends,
            time_zone=planned.time_zone,
            capacity=planned.capacity,
            added_at=at,
            added_by=by.number,
        )
        _note("event.added", made, by, at, {"capacity": made.capacity})
    return made


def add_seats(event: LiveEvent, capacity: int, *, by: Actor, at: datetime) -> LiveEvent:
    """Let more people come; those who wait longest move up. Fewer seats than before are none."""
    with transaction.atomic():
        found = _held(event)
        if found.canceled_at is None and capacity > found.capacity:
            found.capacity = capacity
            found.save(update_fields=["capacity"])
            _note("event.seats_added", found, by, at, {"capacity": capacity})
            _move_up(found, by, at)
    return found


def call_off(event: LiveEvent, reason: str, *, by: Actor, at: datetime) -> LiveEvent:
    """Call an event off, and tell everybody who comes or waits."""
    with transaction.atomic():
        found = _held(event)
        if found.canceled_at is None:
            found.canceled_at, found.canceled_by, found.canceled_because = at, by.number, reason
            found.save(update_fields=["canceled_at", "canceled_by", "canceled_because"])
            _note("event.called_off", found, by, at)
            _tell(_coming(found), Kind.CALLED_OFF, by, at)
    return found


def register(event: LiveEvent, coming: Coming, *, by: Actor, at: datetime) -> EventRegistration:
    """Give the next seat, or a place on the waiting list.

    The same name and address again is the same person, who is written to anew. Raises NotOpen once
    the event has begun or was called off.
    """
    email, full_name = coming.email.strip().lower(), " ".join(coming.full_name.split())
    with transaction.atomic():
        found = _held(event)
        known = _coming(found).filter(email=email, full_name__iexact=full_name).first()
        is_open = found.canceled_at is None and at < found.begins
        if known is not None:
            if is_open:
                _tell_anew(known, by, at)
            return known
        if not is_open:
            raise NotOpen(found.number)
        has_seat = _seated(found).count() < found.capacity
        made = EventRegistration.objects.create(
            event=found,
            **coming._replace(email=email, full_name=full_name)._asdict(),
            registered_at=at,
            registered_by=by.number,
            seated_at=at if has_seat else None,
            seated_by=by.number if has_seat else None,
        )
        _note("event.registered", found, by, at, {"registration": made.number, "seat": has_seat})
        _tell([made], _kind_of(made), by, at)
    return made


def cancel_registration(
    registration: EventRegistration, *, by: Actor, at: datetime
) -> EventRegistration:
    """Come no more; whoever has waited longest gets the seat. A second time changes nothing."""
    with transaction.atomic():
        event = _held(registration.event)
        found = EventRegistration.objects.select_for_update(no_key=True).get(pk=registration.pk)
        if found.canceled_at is None:
            found.canceled_at, found.canceled_by = at, by.number
            found.save(update_fields=["canceled_at", "canceled_by"])
            _note("event.registration_canceled", event, by, at, {"registration": found.number})
            if at < event.begins and event.canceled_at is None:
                _move_up(event, by, at)
    return found


def note_attendance(event: LiveEvent, numbers: Iterable[str], *, by: Actor, at: datetime) -> int:
    """Note that these people were there, also without a seat; how many are new."""
    with transaction.atomic():
        found = _held(event)
        if at < found.begins:
            raise NotOpen(found.number)
        there = _coming(found).filter(number__in=list(numbers), attended_at__isnull=True)
        count = there.update(attended_at=at, attended_by=by.number)
        if count:
            _note("event.attended", found, by, at, {"people": count})
    return count


def remind_of_events(*, by: Actor, at: datetime) -> int:
    """Queue the reminders of events that begin within a day, to those who wished for one.

    Whoever got a seat within that day was written to then, and is not reminded as well.
    """
    soon = Q(event__begins__gt=at, event__begins__lte=at + REMINDED_BEFORE)
    found = EventRegistration.objects.filter(
        soon,
        event__canceled_at__isnull=True,
        canceled_at__isnull=True,
        seated_at__lte=F("event__begins") - REMINDED_BEFORE,
        wants_reminder=True,
    ).exclude(mails__kind=Kind.REMINDER)
    return _tell(found, Kind.REMINDER, by, at)


def claim_mails(*, by: Actor, at: datetime, limit: int = AT_ONCE) -> list[EventMail]:
    """The next messages to send, claimed so that no other sender has them.

    Those that are no longer so, as after the mail server was away, are closed and not sent.
    """
    with transaction.atomic():
        waiting = EventMail.objects.filter(
            sent_at__isnull=True, closed_at__isnull=True, next_try__lte=at
        )
        untrue = waiting.filter(_no_longer_so(at)).select_for_update(of=("self",), skip_locked=True)
        EventMail.objects.filter(pk__in=[each.pk for each in untrue]).update(
            closed_at=at, closed_by=by.number, last_error=NO_LONGER_SO
        )
        chosen = waiting.order_by("next_try", "id").select_for_update(skip_locked=True)[:limit]
        found = [each.pk for each in chosen]
        EventMail.objects.filter(pk__in=found).update(
            attempts=F("attempts") + 1, next_try=at + CLAIMED_FOR
        )
    kept = EventMail.objects.filter(pk__in=found).select_related("registration__event")
    return list(kept.order_by("queued_at", "id"))


def note_mail_sent(mail: EventMail, *, by: Actor, at: datetime) -> None:
    """Note that the mail server has it."""
    _mine(mail, sent_at=at, sent_by=by.number, last_error="")


def note_mail_not_sent(
    mail: EventMail, reason: str, *, is_final: bool, by: Actor, at: datetime
) -> None:
    """Note that it did not go: tried again after a pause, or given up."""
    if is_final or mail.attempts >= MOST_ATTEMPTS:
        _mine(mail, closed_at=at, closed_by=by.number, last_error=reason)
    else:
        _mine(mail, next_try=at + pause_after(mail.attempts), last_error=reason)


def _no_longer_so(at: datetime) -> Q:
    """Of whoever comes no more, about what is called off or over, or of a seat had meanwhile."""
    told_of_it = ~Q(kind=Kind.CALLED_OFF)
    return (
        Q(registration__canceled_at__isnull=False)
        | told_of_it & Q(registration__event__canceled_at__isnull=False)
        | told_of_it & Q(registration__event__ends__lte=at)
        | Q(kind=Kind.REMINDER, registration__event__begins__lte=at)
        | Q(kind=Kind.WAITING, registration__seated_at__isnull=False)
    )


def _mine(mail: EventMail, **changes: object) -> None:
    """Change what this sender claimed; what is another's by now stays."""
    EventMail.objects.filter(pk=mail.pk, attempts=mail.attempts, sent_at__isnull=True).update(
        **changes
    )


def _move_up(event: LiveEvent, by: Actor, at: datetime) -> None:
    free = event.capacity - _seated(event).count()
    waiting = _coming(event).filter(seated_at__isnull=True).order_by("id")
    moved = list(waiting[: max(0, free)])
    for each in moved:
        each.seated_at, each.seated_by = at, by.number
        each.save(update_fields=["seated_at", "seated_by"])
        _note("event.moved_up", event, by, at, {"registration": each.number})
    _tell(moved, Kind.MOVED_UP, by, at)


def _held(event: LiveEvent) -> LiveEvent:
    return LiveEvent.objects.select_for_update(no_key=True).get(pk=event.pk)


def _coming(event: LiveEvent) -> QuerySet[EventRegistration]:
    return EventRegistration.objects.filter(event=event, canceled_at__isnull=True)


def _seated(event: LiveEvent) -> QuerySet[EventRegistration]:
    return _coming(event).filter(seated_at__isnull=False)


def _tell(people: Iterable[EventRegistration], kind: str, by: Actor, at: datetime) -> int:
    rows = [
        EventMail(registration=each, kind=kind, next_try=at, queued_at=at, queued_by=by.number)
        for each in people
    ]
    return len(EventMail.objects.bulk_create(rows, ignore_conflicts=True))


def _tell_anew(registration: EventRegistration, by: Actor, at: datetime) -> None:
    """Say once more how they stand; what still waits to be sent says it by itself."""
    kind = _kind_of(registration)
    _tell([registration], kind, by, at)
    gone = Q(sent_at__isnull=False) | Q(closed_at__isnull=False)
    EventMail.objects.filter(gone, registration=registration, kind=kind).update(
        attempts=0,
        next_try=at,
        last_error="",
        queued_at=at,
        queued_by=by.number,
        sent_at=None,
        sent_by=None,
        closed_at=None,
        closed_by=None,
    )


def _kind_of(registration: EventRegistration) -> str:
    return Kind.WAITING if registration.seated_at is None else Kind.SEAT


def _note(
    verb: str,
    event: LiveEvent,
    by: Actor,
    at: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    audit.record(verb, subject=("event", event.number), by=by, at=at, detail=dict(detail or {}))
