"""Private calendars of patients: made, ended, and read by whoever has the address."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.histories import watched
from etasu.registry.monitoring.models import Watch
from etasu.registry.notices.models import CalendarFeed
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.safe_use.calendars import Published, published_next
from etasu.safe_use.obligations import OPEN, Status

LONGEST_TITLE = 60


class NewCalendar(NamedTuple):
    """A calendar, and the secret in its address, which is shown once and kept nowhere."""

    feed: CalendarFeed
    secret: str


class ReadCalendar(NamedTuple):
    """What is in a calendar now. `is_over` when it was ended, and nothing is in it."""

    number: str
    title: str
    language: str
    days: Mapping[date, Published]
    is_over: bool = False


def make_calendar(
    patient: Patient, title: str, language: str, *, by: Actor, at: datetime
) -> NewCalendar:
    """Make the patient's calendar; the one before is ended."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        end_calendar(patient, by=by, at=at)
        feed = CalendarFeed.objects.create(
            person=patient.number,
            token_hash=_hashed(secret),
            title=title.strip()[:LONGEST_TITLE],
            language=language,
            made_at=at,
            made_by=by.number,
        )
        _note("calendar.made", feed, by, at)
    return NewCalendar(feed, secret)


def end_calendar(patient: Patient, *, by: Actor, at: datetime) -> bool:
    """End the patient's calendar, for every device that reads it; False when there is none."""
    with transaction.atomic():
        held = CalendarFeed.objects.select_for_update(no_key=True)
        feed = held.filter(person=patient.number, ended_at__isnull=True).first()
        if feed is None:
            return False
        feed.ended_at, feed.ended_by = at, by.number
        feed.save(update_fields=["ended_at", "ended_by"])
        _note("calendar.ended", feed, by, at)
    return True


def has_calendar(patient: Patient) -> bool:
    """Whether the patient has a calendar."""
    return CalendarFeed.objects.filter(person=patient.number, ended_at__isnull=True).exists()


def read_calendar(secret: str, *, at: datetime) -> ReadCalendar | None:
    """What is in the calendar at that address; None when there never was one.

    Reading keeps what is said, for the next reader is told what moved since.
    """
    with transaction.atomic():
        held = CalendarFeed.objects.select_for_update(no_key=True)
        feed = held.filter(token_hash=_hashed(secret)).first()
        if feed is None:
            return None
        found = Patient.objects.filter(number=feed.person).select_related("merged_into").first()
        if feed.ended_at is not None or found is None:
            return ReadCalendar(feed.number, "", feed.language, {}, is_over=True)
        patient = answered_for(found)
        on = at.astimezone(ZoneInfo(patient.time_zone)).date()
        before = {date.fromisoformat(day): _known(said) for day, said in feed.published.items()}
        now = published_next(before, _days(patient, on), on, at)
        if now != before:
            feed.published = {day.isoformat(): _kept(said) for day, said in sorted(now.items())}
            feed.save(update_fields=["published"])
    return ReadCalendar(feed.number, feed.title, feed.language, now)


class NextTest(NamedTuple):
    """A test that is not done yet, and its due day; `name` is the program's, in English."""

    name: str
    due_on: date
    is_over: bool


def next_tests(patient: Patient, on: date) -> list[NextTest]:
    """What a patient has to do next, one of each rule, the longest overdue first."""
    version = library.current().effective(patient.program, on)
    if version is None or (patient.ended_on is not None and patient.ended_on <= on):
        return []
    kept = Watch.objects.filter(patient=patient, is_form=False, open_due_on__isnull=False)
    return [
        NextTest(version.tests[each.subject].name, each.open_due_on, each.open_due_on < on)
        for each in kept.order_by("open_due_on", "code")
        if each.open_due_on is not None and each.subject in version.tests
    ]


def _days(patient: Patient, on: date) -> set[date]:
    """The days on which the patient has something to keep up: tests, for forms are others' duty."""
    version = library.current().effective(patient.program, on)
    if version is None or (patient.ended_on is not None and patient.ended_on <= on):
        return set()
    return {
        each.due_on
        for each in watched(patient, version, on).obligations
        if each.code in version.schedules and each.status in {Status.UPCOMING, *OPEN}
    }


def _known(said: Any) -> Published:
    sequence, holds, since = said
    return Published(int(sequence), bool(holds), datetime.fromisoformat(since))


def _kept(said: Published) -> list[Any]:
    return [said.sequence, said.holds, said.since.isoformat()]


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _note(verb: str, feed: CalendarFeed, by: Actor, at: datetime) -> None:
    subject = ("calendar", feed.number)
    audit.record(verb, subject=subject, by=by, at=at, detail={"about": feed.person})
