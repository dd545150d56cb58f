"""Sending over a real socket: a server that fails, dies half-way, or refuses, loses nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from etasu.clock import sender
from etasu.clock.sender import Letterhead, send_waiting
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.notices import outbox
from etasu.registry.notices.actions import Message, queue
from etasu.registry.notices.models import Notice
from etasu.site.mail import FolderBackend
from tests.clock.smtp import MailServer, site_mail
from tests.factories.teaching import AT, PROGRAM

pytestmark = pytest.mark.django_db

SITE = Letterhead("Harbor REMS", "https://rems.example.org", "no-reply@example.org")


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server the site sends through."""
    with site_mail() as found:
        yield found


def tell(count: int = 1, *channels: str) -> list[Notice]:
    """Messages for one person, about a patient."""
    ben = User.objects.filter(email="ben@example.org").first() or User.objects.create_user(
        "ben@example.org", full_name="Ben Okafor"
    )
    told = []
    for number in range(count):
        about = Message(
            PROGRAM, "2024-01-01", "hold-opened", "hold_opened", "facility_representative",
            ("patient", "MARA-NUMBER"), str(number), channels or ("portal", "email"),
            {"patient": "MARA-NUMBER"},
        )  # fmt: skip
        told.append(queue(about, ben, by=PLATFORM, at=AT))
    assert None not in told
    return told  # type: ignore[return-value]


def states() -> Counter[str]:
    """How many messages are in each state."""
    return Counter(Notice.objects.values_list("state", flat=True))


def send_until_nothing_waits(rounds: int = 30) -> None:
    """Send, and again whenever something may be tried again."""
    at = AT
    for _ in range(rounds):
        send_waiting(at, SITE)
        waiting = Notice.objects.filter(state__in=["queued", "sending"]).order_by("next_try")
        first = waiting.first()
        if first is None:
            return
        at = max(at, first.next_try)
    raise AssertionError("something still waits")


class TestContent:
    """What leaves the house."""

    def test_an_email_says_that_there_is_a_message_and_nothing_of_it(
        self, server: MailServer
    ) -> None:
        (told,) = tell()
        assert send_waiting(AT, SITE)["sent"] == 1
        (mail,) = server.messages
        text = mail.get_content()
        assert mail["To"] == "ben@example.org"
        assert mail["From"] == "Harbor REMS <no-reply@example.org>"
        assert f"https://rems.example.org/messages/{told.number}/" in text
        assert "Tiene un mensaje de Harbor REMS." in text
        assert mail["Message-ID"] == f"<{told.number.lower()}@rems.example.org>"
        assert mail["Auto-Submitted"] == "auto-generated"
        whole = mail.as_string().lower()
        for secret in ("mara", "teaching", "hold", "okafor", "patient", "facility"):
            assert secret not in whole, secret

    def test_the_subject_is_the_same_for_every_message(self, server: MailServer) -> None:
        tell(3)
        send_waiting(AT, SITE)
        assert len({mail["Subject"] for mail in server.messages}) == 1
        assert len({mail["Message-ID"] for mail in server.messages}) == 3

    def test_what_is_only_listed_is_sent_without_an_email(self, server: MailServer) -> None:
        tell(1, "portal")
        assert send_waiting(AT, SITE)["sent"] == 1
        assert server.messages == []

    def test_nothing_goes_to_a_closed_account(self, server: MailServer) -> None:
        tell()
        User.objects.update(is_active=False)
        done = send_waiting(AT, SITE)
        assert (done["dropped"], done["given_up"], done["to_look_at"]) == (1, 0, 0)
        assert states() == {"canceled": 1}
        assert server.messages == []


class TestFailing:
    """A server that cannot be relied upon."""

    def test_three_failures_and_then_it_works(self, server: MailServer) -> None:
        server.behave = lambda command, begun: (
            "451 try later" if command == "MAIL" and begun <= 3 else ""
        )
        (told,) = tell()
        send_until_nothing_waits()
        assert len(server.messages) == 1
        sent = Notice.objects.get(pk=told.pk)
        assert (sent.state, sent.attempts) == ("sent", 4)
        # One, two and four minutes were waited between the attempts.
        assert sent.sent_at == AT + timedelta(minutes=7)

    def test_a_server_that_is_away_is_asked_again_when_it_is_back(self, server: MailServer) -> None:
        tell(25)
        server.stop()
        done = send_waiting(AT, SITE)
        # Only what was claimed had to wait; nobody knocked 25 times.
        assert (done["sent"], done["put_off"]) == (0, outbox.AT_ONCE)
        assert set(Notice.objects.exclude(last_error="").values_list("last_error", flat=True)) == {
            "ConnectionRefusedError"
        }
        server.start()
        send_until_nothing_waits()
        assert states() == {"sent": 25}
        assert len(server.messages) == 25

    def test_a_server_killed_half_way_through_loses_nothing(self, server: MailServer) -> None:
        def die_in_the_fourth(command: str, begun: int) -> str | None:
            return None if begun == 4 and command in ("RCPT", "TAKEN") else ""

        server.behave = die_in_the_fourth
        tell(9)
        send_until_nothing_waits()
        assert states() == {"sent": 9}
        assert len({mail["Message-ID"] for mail in server.messages}) == 9

    def test_a_message_taken_without_a_word_arrives_again_as_a_known_copy(
        self, server: MailServer
    ) -> None:
        server.behave = lambda command, begun: None if command == "TAKEN" and begun == 1 else ""
        tell()
        send_until_nothing_waits()
        assert len(server.messages) == 2
        assert len({mail["Message-ID"] for mail in server.messages}) == 1
        assert states() == {"sent": 1}

    def test_a_sender_that_died_before_it_could_say_so_is_followed_by_another(
        self, server: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def dies(*given: object, **named: object) -> bool:
            raise KeyboardInterrupt

        tell()
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(outbox, "note_sent", dies)
            send_waiting(AT, SITE)
        assert states() == {"sending": 1}
        assert send_waiting(AT + timedelta(seconds=5), SITE)["sent"] == 0
        assert send_waiting(AT + outbox.CLAIMED_FOR, SITE)["sent"] == 1
        assert len({mail["Message-ID"] for mail in server.messages}) == 1
        assert states() == {"sent": 1}

    def test_an_address_that_does_not_exist_is_given_up_at_once_and_stops_no_other(
        self, server: MailServer
    ) -> None:
        server.behave = lambda command, begun: (
            "550 no such user ben@example.org" if command == "RCPT" and begun == 1 else ""
        )
        tell(3)
        done = send_waiting(AT, SITE)
        assert (done["sent"], done["given_up"]) == (2, 1)
        failed = Notice.objects.get(state="failed")
        assert failed.last_error == "SMTPRecipientsRefused 550"

    def test_a_full_mailbox_is_tried_again(self, server: MailServer) -> None:
        server.behave = lambda command, begun: (
            "452 mailbox full" if command == "RCPT" and begun == 1 else ""
        )
        tell()
        send_until_nothing_waits()
        assert states() == {"sent": 1}

    def test_after_a_day_away_it_is_visibly_given_up(
        self, server: MailServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.stop()
        tell()
        send_until_nothing_waits(40)
        assert states() == {"failed": 1}
        assert Notice.objects.get().attempts == outbox.MOST_ATTEMPTS
        # It is still there to be looked at, though nothing was given up this time.
        done = send_waiting(AT + timedelta(days=3), SITE)
        assert (done["given_up"], done["to_look_at"]) == (0, 1)
        assert "ben@example.org" not in caplog.text

    def test_without_the_claim_the_checker_would_see_a_message_sent_by_two(
        self, server: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The fault planted: a claim that holds for no time."""
        monkeypatch.setattr(outbox, "CLAIMED_FOR", timedelta(0))
        tell()
        (first,) = outbox.claim(at=AT)
        (second,) = outbox.claim(at=AT)
        assert first.pk == second.pk


def test_without_a_server_each_message_is_a_file(tmp_path: Path) -> None:
    (told,) = tell()
    backend = FolderBackend(file_path=tmp_path / "mail")
    for _ in range(2):
        sender.email(told, SITE, backend).send()
    (written,) = (tmp_path / "mail").iterdir()
    assert re.fullmatch(r"[\w.-]+\.eml", written.name)
    assert b"https://rems.example.org/messages/" in written.read_bytes()
