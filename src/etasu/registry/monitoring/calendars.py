"""Private calendars as whoever has the address reads them, and what a patient has to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from etasu.programs import library
from etasu.registry.monitoring.histories import watched
from etasu.registry.monitoring.models import Watch
from etasu.registry.notices.calendar_feeds import hash_of
from etasu.registry.notices.models import CalendarFeed
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.patients.today import day_of, has_left
from etasu.safe_use.calendars import Published, published_next
from etasu.safe_use.monitoring_plan import TestDefinition
from etasu.safe_use.obligations import OPEN, Status


class ReadCalendar(NamedTuple):
    """What is in a calendar now. `is_over` when it was ended, and nothing is in it."""

    number: str
    title: str
    language: str
    days: Mapping[date, Published]
    is_over: bool = False
    person: str = ""


def read_calendar(
    secret: str, *, may_hold: Callable[[str], bool], at: datetime
) -> ReadCalendar | None:
    """What is in the calendar at that address; None when there never was one.

    `may_hold` says of a care partner, by number, whether the days are shared with them still.
    Reading keeps what is said, for the next reader is told what moved since.
    """
    with transaction.atomic():
        held = CalendarFeed.objects.select_for_update(no_key=True)
        feed = held.filter(token_hash=hash_of(secret)).first()
        if feed is None:
            return None
        found = Patient.objects.filter(number=feed.person).select_related("merged_into").first()
        is_closed = bool(feed.holder) and not may_hold(feed.holder)
        if feed.ended_at is not None or is_closed or found is None:
            return ReadCalendar(feed.number, "", feed.language, {}, is_over=True)
        patient = answered_for(found)
        on = day_of(patient, at)
        before = {date.fromisoformat(day): _known(said) for day, said in feed.published.items()}
        now = published_next(before, days_to_keep(patient, on), on, at)
        if now != before:
            feed.published = {day.isoformat(): _kept(said) for day, said in sorted(now.items())}
            feed.save(update_fields=["published"])
    return ReadCalendar(feed.number, feed.title, feed.language, now, person=patient.number)


class NextTest(NamedTuple):
    """A test that is not done yet, and its due day."""

    definition: TestDefinition
    due_on: date
    is_over: bool

    @property
    def test(self) -> str:
        """The test's code."""
        return self.definition.code


def next_tests(patient: Patient, on: date) -> list[NextTest]:
    """What a patient has to do next, one of each rule, the longest overdue first."""
    version = library.current().effective(patient.program, on)
    if version is None or has_left(patient, on):
        return []
    kept = Watch.objects.filter(patient=patient, is_form=False, open_due_on__isnull=False)
    return [
        NextTest(version.tests[each.subject], each.open_due_on, each.open_due_on < on)
        for each in kept.order_by("open_due_on", "code")
        if each.open_due_on is not None and each.subject in version.tests
    ]


def days_to_keep(patient: Patient, on: date) -> set[date]:
    """The days on which the patient has something to keep up: tests, for forms are others' duty."""
    version = library.current().effective(patient.program, on)
    if version is None or has_left(patient, on):
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
