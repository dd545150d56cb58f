"""Private calendars: made for whoever reads them, and ended for every device at once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.notices.models import CalendarFeed

LONGEST_TITLE = 60


class Whose(NamedTuple):
    """Whose days are in a calendar, and who reads it: a care partner by number, or the patient.

    `formerly` are other numbers the patient goes by, on which one may have been made.
    """

    person: str
    holder: str = ""
    formerly: tuple[str, ...] = ()


class NewCalendar(NamedTuple):
    """A calendar, and the secret in its address, which is shown once and kept nowhere."""

    feed: CalendarFeed
    secret: str


def make_calendar(
    whose: Whose, title: str, language: str, *, by: Actor, at: datetime
) -> NewCalendar:
    """Make a calendar; the one before is ended."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        end_calendar(whose, by=by, at=at)
        feed = CalendarFeed.objects.create(
            person=whose.person,
            holder=whose.holder,
            token_hash=hash_of(secret),
            title=title.strip()[:LONGEST_TITLE],
            language=language,
            made_at=at,
            made_by=by.number,
        )
        _note("calendar.made", feed, by, at)
    return NewCalendar(feed, secret)


def end_calendar(whose: Whose, *, by: Actor, at: datetime) -> bool:
    """End a calendar, for every device that reads it; False when there is none."""
    with transaction.atomic():
        feeds = list(_open(whose).select_for_update(no_key=True).order_by("pk"))
        for feed in feeds:
            feed.ended_at, feed.ended_by = at, by.number
            feed.save(update_fields=["ended_at", "ended_by"])
            _note("calendar.ended", feed, by, at)
    return bool(feeds)


def has_calendar(whose: Whose) -> bool:
    """Whether there is one now."""
    return _open(whose).exists()


def hash_of(secret: str) -> str:
    """What the database keeps of an address."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _open(whose: Whose) -> QuerySet[CalendarFeed]:
    return CalendarFeed.objects.filter(
        person__in=(whose.person, *whose.formerly), holder=whose.holder, ended_at__isnull=True
    )


def _note(verb: str, feed: CalendarFeed, by: Actor, at: datetime) -> None:
    subject = ("calendar", feed.number)
    audit.record(verb, subject=subject, by=by, at=at, detail={"about": feed.person})
