"""Messages: queued once, beside what caused them, and settled by one sender alone."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.notices import actions, outbox
from etasu.registry.notices.actions import Message, queue
from etasu.registry.notices.facts import (
    how_many_unread,
    how_many_waiting,
    inbox,
    notice_of,
    undelivered,
)
from etasu.registry.notices.models import Notice
from tests.factories.teaching import AT, PROGRAM

LATER = AT + timedelta(hours=1)


def person(name: str = "ben") -> User:
    """Somebody to tell."""
    known = User.objects.filter(email=f"{name}@example.org").first()
    return known or User.objects.create_user(f"{name}@example.org", full_name=name.title())


def message(occasion: str = "once", *channels: str) -> Message:
    """A message about a participant."""
    subject = ("participant", "7QK2M-X0B4T-N")
    channels = channels or ("portal", "email")
    return Message(
        PROGRAM, "2024-01-01", "certified", "e", "prescriber", subject, occasion, channels
    )


def tell(occasion: str = "once", name: str = "ben") -> Notice:
    """A message queued for somebody."""
    queued = queue(message(occasion), person(name), by=PLATFORM, at=AT)
    assert queued is not None
    return queued


def verbs() -> list[str]:
    """What the audit trail says of messages."""
    return list(AuditEntry.objects.filter(subject_kind="notice").values_list("verb", flat=True))


@pytest.mark.django_db
class TestQueue:
    """Before anything is sent."""

    def test_the_same_message_is_queued_once_for_each_person(self) -> None:
        tell()
        assert queue(message(), person(), by=PLATFORM, at=LATER) is None
        tell(name="ana")
        tell("another time")
        assert Notice.objects.count() == 3
        assert verbs() == ["notice.queued"] * 3

    def test_what_caused_it_takes_it_along_when_it_fails(self) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            tell()
            raise ZeroDivisionError
        assert not Notice.objects.exists()
        assert verbs() == []
        # The key is free again.
        tell()

    def test_a_channel_this_site_does_not_have_is_noted(self) -> None:
        queue(message("letter", "portal", "mail"), person(), by=PLATFORM, at=AT)
        assert AuditEntry.objects.get().detail["not_sent_by"] == ["mail"]
        assert not Notice.objects.get().by_email

    def test_a_message_is_listed_from_the_moment_it_is_due(self) -> None:
        queue(message(), person(), due=LATER, by=PLATFORM, at=AT)
        assert not inbox(person(), AT)
        assert outbox.claim(at=AT) == []
        assert [each.code for each in inbox(person(), LATER)] == ["certified"]
        assert len(outbox.claim(at=LATER)) == 1

    def test_nobody_reads_the_messages_of_another(self) -> None:
        told = tell()
        assert notice_of(person(), told.number, AT) == told
        assert notice_of(person("ana"), told.number, AT) is None

    def test_reading_is_noted_the_first_time(self) -> None:
        told, ben = tell(), Actor(person().number, "prescriber")
        tell("second")
        assert how_many_unread(person(), AT) == 2
        actions.mark_read(told, by=ben, at=AT)
        actions.mark_read(told, by=ben, at=LATER)
        assert Notice.objects.get(pk=told.pk).read_at == AT
        assert how_many_unread(person(), AT) == 1
        assert verbs().count("notice.read") == 1

    def test_what_is_canceled_is_neither_sent_nor_listed(self) -> None:
        actions.cancel(tell(), reason="renewed meanwhile", by=PLATFORM, at=AT)
        assert outbox.claim(at=LATER) == []
        assert not inbox(person(), LATER)
        assert how_many_unread(person(), LATER) == 0
        assert Notice.objects.get().last_error == "renewed meanwhile"

    def test_what_was_sent_cannot_be_canceled(self) -> None:
        tell()
        (claimed,) = outbox.claim(at=AT)
        outbox.note_sent(claimed, by=PLATFORM, at=AT)
        assert actions.cancel(claimed, reason="too late", by=PLATFORM, at=LATER).state == "sent"


@pytest.mark.django_db
class TestOutbox:
    """Claiming, failing and giving up."""

    def test_a_claim_holds_for_minutes_and_then_falls_to_the_next(self) -> None:
        tell()
        (first,) = outbox.claim(at=AT)
        assert (first.state, first.attempts) == ("sending", 1)
        assert outbox.claim(at=AT + outbox.CLAIMED_FOR - timedelta(seconds=1)) == []
        (second,) = outbox.claim(at=AT + outbox.CLAIMED_FOR)
        assert second.attempts == 2
        # Whoever lost the claim has no say any more.
        assert not outbox.note_failure(first, "too slow", by=PLATFORM, at=LATER)
        assert not outbox.note_sent(first, by=PLATFORM, at=LATER)
        assert outbox.note_sent(second, by=PLATFORM, at=LATER)
        assert Notice.objects.get().sent_at == LATER
        assert verbs() == ["notice.queued", "notice.sent"]

    def test_each_failure_waits_longer_and_the_last_is_there_to_see(self) -> None:
        tell()
        at, waits = AT, []
        for _ in range(outbox.MOST_ATTEMPTS):
            (claimed,) = outbox.claim(at=at)
            assert not undelivered(PROGRAM)
            outbox.note_failure(claimed, "ConnectionRefusedError", by=PLATFORM, at=at)
            left = Notice.objects.get()
            waits.append(left.next_try - at)
            at = left.next_try
        assert waits[:4] == [timedelta(minutes=n) for n in (1, 2, 4, 8)]
        assert max(waits) == timedelta(hours=1)
        assert sum(waits[:-1], timedelta()) > timedelta(hours=16)
        assert Notice.objects.get().state == "failed"
        assert [each.last_error for each in undelivered(PROGRAM)] == ["ConnectionRefusedError"]
        assert how_many_waiting(at) == {"waiting": 0, "to_look_at": 1}
        assert verbs() == ["notice.queued", "notice.failed"]

    def test_what_was_given_up_can_be_tried_again(self) -> None:
        told = tell()
        (claimed,) = outbox.claim(at=AT)
        outbox.note_failure(claimed, "refused 550", is_final=True, by=PLATFORM, at=AT)
        # It is still there to be read in the portal.
        assert inbox(person(), AT)[0].pk == told.pk
        actions.try_again(told, by=PLATFORM, at=LATER)
        (again,) = outbox.claim(at=LATER)
        assert (again.pk, again.attempts) == (told.pk, 1)
        assert actions.try_again(told, by=PLATFORM, at=LATER).state == "sending"

    def test_the_longest_waiting_goes_first(self) -> None:
        for number in range(5):
            queue(message(str(number)), person(), due=AT - timedelta(hours=number), by=PLATFORM,
                  at=AT - timedelta(hours=9))  # fmt: skip
        claimed = outbox.claim(at=AT, limit=2)
        assert [AT - each.due for each in claimed] == [timedelta(hours=4), timedelta(hours=3)]


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    """Several at once."""

    def test_two_senders_never_have_the_same_message(self) -> None:
        for number in range(60):
            tell(str(number))
        claims: list[list[int]] = []

        def send() -> None:
            mine: list[int] = []
            while claimed := outbox.claim(at=AT, limit=7):
                mine += [each.pk for each in claimed]
                for each in claimed:
                    outbox.note_sent(each, by=PLATFORM, at=AT)
            claims.append(mine)
            connection.close()

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        every = [number for mine in claims for number in mine]
        assert len(every) == len(set(every)) == 60
        assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}

    def test_a_message_queued_by_several_at_once_is_there_once(self) -> None:
        ben, answers = person(), []

        def ask() -> None:
            answers.append(queue(message(), ben, by=PLATFORM, at=AT) is not None)
            connection.close()

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(answers) == [False] * 5 + [True]
        assert Notice.objects.count() == 1


@pytest.mark.django_db
def test_claiming_reads_the_index_of_what_waits() -> None:
    tell()
    waiting = Notice.objects.filter(state__in=["queued", "sending"], next_try__lte=AT).order_by(
        "next_try", "id"
    )
    with connection.cursor() as db:
        db.execute("SET LOCAL enable_seqscan = off")
    assert "notices_to_send" in waiting.explain()
