"""Live events: seats in the order people come, also when they come at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from etasu.clock.events import write_to_those_who_come
from etasu.clock.sender import Letterhead
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.patient_support.event_actions import (
    Coming,
    NotOpen,
    Planned,
    add_event,
    add_seats,
    call_off,
    cancel_registration,
    note_attendance,
    register,
)
from etasu.registry.patient_support.event_facts import (
    EventWords,
    event_by_number,
    events_ahead,
    registrations_of,
    seats_left,
    undelivered,
    words_of,
)
from etasu.registry.patient_support.models import EventMail, EventRegistration, LiveEvent
from tests.clock.smtp import MailServer, site_mail
from tests.factories.teaching import AT, PROGRAM

ADA, VISITOR = Actor("ada", "administrator"), Actor("visitor", "anonymous")
BEGINS = AT + timedelta(days=10)
SITE = Letterhead("Harbor REMS", "https://rems.example.org", "no-reply@example.org")


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server on a socket."""
    with site_mail() as server:
        yield server


def offered(capacity: int = 2) -> LiveEvent:
    words = {
        "en": EventWords("An evening with experts", "Ask them.", "Hall 1"),
        "es": EventWords("Una tarde con expertos", "Pregúnteles.", "Sala 1"),
    }
    ends = BEGINS + timedelta(hours=2)
    planned = Planned(words, BEGINS, ends, "America/New_York", capacity)
    return add_event(PROGRAM, planned, by=ADA, at=AT)


def comes(
    event: LiveEvent, name: str, *, reminder: bool = False, at: datetime = AT
) -> EventRegistration:
    coming = Coming(name, f"{name}@Example.org", "es" if name == "eva" else "en", reminder)
    return register(event, coming, by=VISITOR, at=at)


def seated(event: LiveEvent) -> list[str]:
    rows = registrations_of(event).filter(seated_at__isnull=False)
    return [each.email.partition("@")[0] for each in rows]


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_get_five_seats_and_every_seat_given_up_is_taken() -> None:
    event = offered(5)
    ready = threading.Barrier(12)
    got: list[EventRegistration] = []

    def come(number: int) -> None:
        try:
            ready.wait()
            made = comes(event, f"p{number % 11}")
            got.append(made)
            if made.seated_at is not None and number < 6:
                cancel_registration(made, by=VISITOR, at=AT)
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 12
    left = registrations_of(event)
    given = left.filter(seated_at__isnull=False)
    assert given.count() == min(5, left.count())
    # Nobody waits who came before somebody with a seat.
    waiting = left.filter(seated_at__isnull=True).order_by("id").first()
    last = given.order_by("-id").first()
    assert last is not None and (waiting is None or waiting.pk > last.pk)
    addresses = [each.email for each in left]
    assert len(addresses) == len(set(addresses))


@pytest.mark.django_db
def test_who_waits_moves_up_in_order_and_each_is_told_once(mail: MailServer) -> None:
    event = offered(1)
    ana, eva, ida = (comes(event, name, reminder=True) for name in ("ana", "eva", "ida"))
    assert comes(event, "ana") == ana and comes(event, "Ana") == ana
    assert seated(event) == ["ana"]
    counted = event_by_number(PROGRAM, event.number)
    assert counted is not None and (counted.seated, counted.waiting) == (1, 2)  # type: ignore[attr-defined]
    assert seats_left(counted) == 0
    write_to_those_who_come(AT, SITE)
    cancel_registration(ana, by=VISITOR, at=AT)
    cancel_registration(ana, by=VISITOR, at=AT)
    assert seated(event) == ["eva"]
    add_seats(event, 2, by=ADA, at=AT)
    add_seats(event, 1, by=ADA, at=AT)
    assert seated(event) == ["eva", "ida"]
    write_to_those_who_come(AT, SITE)
    done = write_to_those_who_come(BEGINS - timedelta(hours=20), SITE)
    assert done["reminded"] == done["sent"] == 2
    assert write_to_those_who_come(BEGINS - timedelta(hours=19), SITE)["reminded"] == 0
    to_eva = [each for each in mail.messages if each["To"] == "eva@example.org"]
    kinds = EventMail.objects.filter(registration=eva).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["waiting", "moved_up", "reminder"] and len(to_eva) == 3
    for each in mail.messages:
        # Neither what it is about nor who it is to stands in a message.
        text = each["Subject"] + each.get_content()
        assert "expert" not in text.lower() and PROGRAM not in text
        assert "https://rems.example.org/registration/" in text
    assert AuditEntry.objects.filter(verb="event.moved_up").count() == 2


@pytest.mark.django_db
def test_two_of_one_household_both_come_and_who_asks_again_is_written_to_anew(
    mail: MailServer,
) -> None:
    event = offered()
    ana = comes(event, "ana")
    bo = register(event, Coming("Bo", ana.email, "en", False), by=VISITOR, at=AT)
    assert bo != ana and bo.seated_at is not None
    mail.behave = lambda command, _begun: "550 nobody" if command == "RCPT" else ""
    write_to_those_who_come(AT, SITE)
    untold = [each.registration for each in undelivered(PROGRAM)]
    assert untold == [bo, ana], "the newest first"
    mail.behave = lambda _command, _begun: ""
    assert comes(event, "ana") == ana
    assert [each.registration for each in undelivered(PROGRAM)] == [bo]
    write_to_those_who_come(AT, SITE)
    later = AT + timedelta(hours=1)
    comes(event, "ana", at=later)
    write_to_those_who_come(later, SITE)
    assert [each["To"] for each in mail.messages] == [ana.email] * 2
    assert len({each["Message-ID"] for each in mail.messages}) == 2
    call_off(event, "The speaker is ill.", by=ADA, at=AT)
    assert comes(event, "ana") == ana, "of what is off nobody hears that they have a seat"
    assert EventMail.objects.filter(kind="seat", sent_at__isnull=True).count() == 1


@pytest.mark.django_db
def test_called_off_is_told_to_all_and_takes_nobody_any_more(mail: MailServer) -> None:
    event = offered()
    comes(event, "ana")
    call_off(event, "The speaker is ill.", by=ADA, at=AT)
    call_off(event, "Again.", by=ADA, at=AT)
    event.refresh_from_db()
    assert event.canceled_because == "The speaker is ill."
    with pytest.raises(NotOpen):
        comes(event, "eva")
    assert list(EventMail.objects.values_list("kind", flat=True)) == ["seat", "called_off"]
    assert add_seats(event, 9, by=ADA, at=AT).capacity == 2
    assert [each.pk for each in events_ahead(PROGRAM, AT)] == [event.pk]
    assert words_of(event, "es-mx").title == "Una tarde con expertos"
    assert words_of(event, "fr").title == words_of(event, None).title == "An evening with experts"


@pytest.mark.django_db
def test_attendance_is_noted_once_it_has_begun_also_of_who_had_no_seat() -> None:
    event = offered(1)
    people = [comes(event, name) for name in ("ana", "eva")]
    numbers = [each.number for each in people]
    with pytest.raises(NotOpen):
        note_attendance(event, numbers, by=ADA, at=AT)
    assert note_attendance(event, [*numbers, "nobody"], by=ADA, at=BEGINS) == 2
    assert note_attendance(event, numbers, by=ADA, at=BEGINS) == 0
    with pytest.raises(NotOpen):
        register(event, Coming("Late", "late@example.org", "en", False), by=VISITOR, at=BEGINS)
    cancel_registration(people[0], by=VISITOR, at=BEGINS)
    assert EventRegistration.objects.get(pk=people[1].pk).seated_at is None


@pytest.mark.django_db
def test_a_message_that_does_not_go_is_tried_again_and_told_when_given_up(
    mail: MailServer,
) -> None:
    event = offered()
    comes(event, "ana")
    mail.behave = lambda command, _begun: "451 later" if command == "RCPT" else ""
    assert write_to_those_who_come(AT, SITE)["put_off"] == 1
    row = EventMail.objects.get()
    assert row.sent_at is None and row.next_try > AT and not undelivered(PROGRAM)
    mail.behave = lambda command, _begun: "550 nobody" if command == "RCPT" else ""
    write_to_those_who_come(row.next_try, SITE)
    assert [each.pk for each in undelivered(PROGRAM)] == [row.pk]


@pytest.mark.django_db
def test_after_the_mail_server_was_away_only_what_is_still_so_is_sent(mail: MailServer) -> None:
    near, off = offered(1), offered()
    ana, eva, _ida = (comes(near, name, reminder=True) for name in ("ana", "eva", "ida"))
    comes(off, "uma")
    mail.behave = lambda command, _begun: "451 later" if command == "RCPT" else ""
    assert write_to_those_who_come(AT, SITE)["put_off"] == 4
    cancel_registration(ana, by=VISITOR, at=AT)
    call_off(off, "The speaker is ill.", by=ADA, at=AT)
    assert write_to_those_who_come(BEGINS - timedelta(hours=20), SITE)["reminded"] == 1
    mail.behave = lambda _command, _begun: ""
    # Of Eva the seat she got, of Ida that she waits, of Uma that it is called off.
    write_to_those_who_come(BEGINS + timedelta(minutes=30), SITE)
    sent = EventMail.objects.filter(sent_at__isnull=False).order_by("registration", "kind")
    assert [each.kind for each in sent] == ["moved_up", "waiting", "called_off"]
    assert EventMail.objects.get(registration=eva, kind="reminder").last_error == "no longer so"
    assert len(mail.messages) == 3 and not undelivered(PROGRAM)


@pytest.mark.django_db
def test_nothing_but_that_it_is_off_is_told_of_what_is_over(mail: MailServer) -> None:
    off = offered()
    for event in (offered(), off):
        comes(event, "ana")
    call_off(off, "The speaker is ill.", by=ADA, at=AT)
    write_to_those_who_come(BEGINS + timedelta(hours=2), SITE)
    assert [each.kind for each in EventMail.objects.filter(sent_at__isnull=False)] == ["called_off"]


@pytest.mark.django_db
def test_who_got_a_seat_on_the_last_day_is_not_reminded_as_well(mail: MailServer) -> None:
    event = offered()
    late = BEGINS - timedelta(hours=5)
    register(event, Coming("Eva", "eva@example.org", "en", True), by=VISITOR, at=late)
    comes(event, "ana", reminder=True)
    assert write_to_those_who_come(late, SITE) == {"reminded": 1, "sent": 3}
