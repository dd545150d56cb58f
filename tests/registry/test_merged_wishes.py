"""Two records become one, and what the patient said about reminders on either still counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.numbers import new_number
from etasu.registry.authorizations.records import records_merged, records_unmerged
from etasu.registry.monitoring.calendars import ReadCalendar, read_calendar
from etasu.registry.monitoring.reminder_checks import known_about, look_at
from etasu.registry.monitoring.reminding import NOT_WANTED
from etasu.registry.notices.calendar_feeds import Whose, end_calendar, has_calendar, make_calendar
from etasu.registry.notices.models import Reminder
from etasu.registry.notices.reminders import queue_all
from etasu.registry.notices.wishes import Wish, wish
from etasu.registry.patient_support.line_messages import email_of
from etasu.registry.patients.duplicates import open_review
from etasu.registry.patients.models import DuplicateReview, Patient
from etasu.registry.patients.wishing import own_calendar, wish_of, wishes_of_patients
from tests.factories.reminding import AT, DUE_ON, look, only_this_program, say, treated

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
NONE, TEXTS, MAIL = Wish(()), Wish(("sms",)), Wish(("email",))


@pytest.fixture(autouse=True)
def program() -> Iterator[None]:
    library.use(only_this_program())
    yield
    library.use(None)


def verdicts(patient: Patient) -> list[tuple[str, str]]:
    """What becomes now of whatever waits for a record."""
    waiting = list(Reminder.objects.filter(person=patient.number, state="waiting"))
    known = known_about(waiting, at=AT)
    found = [look_at(each, known, at=AT) for each in waiting]
    return [(each.answer.value, each.reason) for each in found]


def merged(ana: Patient, twin: Patient) -> tuple[Patient, DuplicateReview]:
    """The record that is answered for, and the comparison."""
    (review,) = open_review(ana, twin, ["name"], by=PLATFORM, at=AT)
    records_merged(review, twin, reason="the same", by=PLATFORM, at=AT)
    look(DUE_ON)
    ana.refresh_from_db()
    return Patient.objects.get(pk=twin.pk), review


def two() -> tuple[Patient, Patient]:
    ana, twin = treated(2, birth_date=date(1980, 1, 1))
    return ana, twin


def read(secret: str) -> ReadCalendar:
    found = read_calendar(secret, may_hold=lambda number: True, at=LATER)
    assert found is not None
    return found


def test_who_wants_no_reminders_gets_none_by_the_record_that_is_answered_for() -> None:
    ana, twin = two()
    wish(ana.number, NONE, by=PLATFORM, at=AT)
    held, review = merged(ana, twin)
    assert wish_of(held) == NONE
    assert email_of(held) == ("", NOT_WANTED)
    say(DUE_ON + timedelta(days=7))
    (told,) = Reminder.objects.filter(person=held.number)
    assert (told.state, told.reason) == ("canceled", NOT_WANTED)
    records_unmerged(review, reason="two people", by=PLATFORM, at=LATER)
    ana.refresh_from_db()
    assert (wish_of(ana), wish_of(Patient.objects.get(pk=twin.pk))) == (NONE, Wish())


def test_of_what_was_said_on_both_records_the_newest_counts() -> None:
    ana, twin = two()
    wish(ana.number, NONE, by=PLATFORM, at=AT)
    wish(twin.number, TEXTS, by=PLATFORM, at=LATER)
    held, _ = merged(ana, twin)
    assert wishes_of_patients([held]) == {held.number: TEXTS}
    wish(ana.number, MAIL, by=PLATFORM, at=LATER + timedelta(hours=1))
    assert wish_of(held) == MAIL


@pytest.mark.parametrize("silent", [0, 1])
def test_of_two_words_at_one_moment_the_one_that_lets_less_through_counts(silent: int) -> None:
    both = two()
    for each, patient in enumerate(both):
        wish(patient.number, NONE if each == silent else TEXTS, by=PLATFORM, at=AT)
    held, _ = merged(*both)
    assert wish_of(held) == NONE


def test_a_calendar_of_either_record_is_seen_and_ended_for_every_device() -> None:
    ana, twin = two()
    old = make_calendar(Whose(ana.number), "", "en", by=PLATFORM, at=AT).secret
    own = make_calendar(Whose(twin.number), "", "en", by=PLATFORM, at=AT).secret
    helps = make_calendar(Whose(ana.number, "partner"), "", "en", by=PLATFORM, at=AT).secret
    held, _ = merged(ana, twin)
    assert has_calendar(own_calendar(held))
    assert read(old).days
    assert end_calendar(own_calendar(held), by=PLATFORM, at=LATER)
    assert not has_calendar(own_calendar(held))
    assert (read(old).is_over, read(own).is_over, read(helps).is_over) == (True, True, False)
    assert not end_calendar(own_calendar(held), by=PLATFORM, at=LATER)


def test_a_new_calendar_ends_the_one_of_the_record_merged_into_it() -> None:
    ana, twin = two()
    old = make_calendar(Whose(ana.number), "", "en", by=PLATFORM, at=AT).secret
    held, _ = merged(ana, twin)
    new = make_calendar(own_calendar(held), "", "en", by=PLATFORM, at=LATER).secret
    assert (read(old).is_over, read(new).is_over) == (True, False)


def test_what_waits_for_a_merged_record_is_said_once_by_the_one_that_is_answered_for() -> None:
    (ana,) = treated(1)
    # The other record is a new one, of which nothing is due yet.
    twin = Patient.objects.get(pk=ana.pk)
    twin.pk, twin.number = None, new_number()
    twin.save(force_insert=True)
    say()
    assert verdicts(ana) == [("go", "")] and verdicts(twin) == []
    held, _ = merged(ana, twin)
    assert verdicts(ana) == [("drop", "another-record-is-answered-for")]
    assert verdicts(held) == [("go", "")]
    (handed,) = Reminder.objects.filter(person=held.number)
    said = Reminder.objects.get(person=ana.number)
    assert (handed.code, handed.due_on, handed.covers) == (said.code, said.due_on, said.covers)
    say(DUE_ON, AT + timedelta(minutes=1))
    assert Reminder.objects.filter(person=held.number).count() == 1


def test_what_waits_for_both_records_is_said_of_all_that_either_waits_for() -> None:
    ana, twin = two()
    say()
    more = Reminder.objects.get(person=ana.number)
    more.pk, more.number, more.occasion = None, new_number(), "another"
    more.covers = [["tsh", "2025-06-01"]]
    queue_all([more], by=PLATFORM, at=AT)
    both = Reminder.objects.get(person=ana.number, state="waiting").covers
    assert len(both) > 1
    held, _ = merged(ana, twin)
    (said,) = Reminder.objects.filter(person=held.number, state="waiting")
    assert sorted(said.covers) == sorted(both)


def test_what_waits_for_both_records_is_said_once_and_who_wants_nothing_hears_nothing() -> None:
    ana, twin = two()
    say()
    wish(ana.number, NONE, by=PLATFORM, at=AT)
    held, _ = merged(ana, twin)
    assert Reminder.objects.filter(person=held.number).count() == 1
    assert verdicts(held) == [("another_channel", NOT_WANTED)]
