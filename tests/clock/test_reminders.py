"""Reminders reach patients or visibly do not: over real sockets, through real providers' faults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from etasu.clock import reminders
from etasu.clock.reminders import send_reminders
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.models import Touch
from etasu.registry.monitoring.reminding import remind
from etasu.registry.monitoring.watches import Due
from etasu.registry.notices.models import Reminder, StoppedAddress
from etasu.registry.notices.wishes import OPTED_OUT, Wish, stop, wish
from etasu.registry.patients.models import Patient
from etasu.safe_use.messages import sms_length
from tests.clock.posting import Post, only_reminder, outcomes
from tests.clock.smtp import MailServer
from tests.factories.reminding import AT, DUE_ON, found, look, say, treated
from tests.factories.sms_provider import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reminding_program")]


@pytest.fixture(autouse=True)
def mail(mail: MailServer) -> MailServer:
    """Every test here has a mail server."""
    return mail


class TestWhatIsSaid:
    def test_what_is_due_on_one_day_is_one_text_message_that_says_nothing_of_what(
        self, post: Post, mail: MailServer
    ) -> None:
        (ana,) = treated()
        # Three monthly tests fall due.
        assert say().patients == 1
        assert post.send() == {"handed_over": 1}
        ((message,), ()) = post.taken()
        assert message["to"] == "+12125550100"
        assert message["signed_in"] == "Bearer key-1"
        assert message["text"] == (
            "Harbor REMS: An appointment is due today. See what: https://rems.example.org/p/ "
            "Reply STOP to end these messages."
        )
        assert sms_length(message["text"]).fits
        row = only_reminder()
        assert message["key"] == row.number
        assert [code for code, _ in row.covers] == [
            *("monthly-cbc", "monthly-creatinine", "monthly-urinalysis"),
        ]
        assert (row.state, row.person, row.due_on) == ("handed_over", ana.number, DUE_ON)
        assert mail.messages == []
        verbs = AuditEntry.objects.filter(subject=row.number).order_by("id")
        assert [entry.verb for entry in verbs] == ["reminder.queued", "reminder.handed_over"]

    def test_the_same_night_again_says_nothing_again(self, post: Post) -> None:
        treated(3)
        assert say().patients == 3
        assert say() == (0, 0, 0)
        post.send()
        assert say().patients == 0
        assert post.send() == {}
        assert len(post.taken()[0]) == 3

    def test_spanish_by_e_mail_with_one_click_to_stop(self, post: Post, mail: MailServer) -> None:
        treated(language="es", telephone="")
        say()
        assert post.send() == {"handed_over": 1}
        (sent,) = mail.messages
        assert sent["Subject"] == "Harbor REMS: Algo en su calendario es para hoy"
        assert "Qué es: https://rems.example.org/p/" in sent.get_content()
        assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        number = only_reminder().number
        assert f"<https://rems.example.org/p/stop/{number}:" in sent["List-Unsubscribe"]
        everything = sent.as_string().lower()
        for word in ("lemtrada", "alemtuzumab", "sclerosis", "prueba", "sangre", "orina"):
            assert word not in everything


class TestNothingToSay:
    def test_what_was_met_before_it_went_is_taken_back(self, post: Post) -> None:
        ana, ben = treated(2)
        say()
        found(ana, DUE_ON)
        # One of three tests is not all of them.
        found(ben, DUE_ON, "creatinine")
        assert post.send(AT + timedelta(minutes=5)) == {"canceled": 1, "handed_over": 1}
        assert outcomes(ana) == [("sms", "canceled", "done")]
        assert [len(each) for each in post.taken()] == [1, 0]

    def test_a_result_that_nobody_looked_at_yet_holds_it_back_for_a_moment(
        self, post: Post
    ) -> None:
        (ana,) = treated()
        say()
        Touch.objects.create(patient=ana)
        assert post.send() == {"waiting": 1}
        assert only_reminder().next_try == AT + timedelta(minutes=1)

    def test_nobody_is_reminded_after_leaving_or_on_a_record_that_was_merged(
        self, post: Post
    ) -> None:
        ana, ben, cleo = treated(3)
        say()
        left = {"ended_on": DUE_ON, "end_reason": "died"}
        Patient.objects.filter(pk=ana.pk).update(**left)
        merged = {"merged_into": cleo.pk, "merged_at": AT, "merged_by": "a"}
        Patient.objects.filter(pk=ben.pk).update(**merged)
        look(DUE_ON)
        assert post.send() == {"canceled": 2, "handed_over": 1}
        assert outcomes(ana) == [("sms", "canceled", "enrollment-ended")]
        assert [state for _, state, _ in outcomes(ben)] == ["canceled"]

    def test_a_later_reminder_takes_the_place_of_one_that_waits(self, post: Post) -> None:
        (ana,) = treated()
        say()
        say(DUE_ON + timedelta(days=7))
        assert outcomes(ana) == [("sms", "canceled", "a-later-one"), ("sms", "waiting", "")]

    def test_one_that_cannot_be_dealt_with_stops_no_other(
        self, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana, _ = treated(2)
        say()
        right = reminders.look_at

        def breaks(reminder: Reminder, known: Any, *, at: datetime) -> Any:
            if reminder.person == ana.number:
                raise ZeroDivisionError
            return right(reminder, known, at=at)

        monkeypatch.setattr(reminders, "look_at", breaks)
        assert post.send() == {"put_off": 1, "handed_over": 1}
        assert outcomes(ana) == [("sms", "waiting", "ZeroDivisionError")]

    def test_what_was_due_then_and_now_is_one_reminder(self, post: Post) -> None:
        (ana,) = treated()
        both = [Due(ana.pk, "monthly-cbc", DUE_ON, 0), Due(ana.pk, "quarterly-tsh", DUE_ON, 7)]
        assert remind(both, on=DUE_ON, by=PLATFORM, at=AT).patients == 1
        row = only_reminder()
        assert (row.offset_days, len(row.covers)) == (7, 2)


class TestWhoeverSaidSo:
    def test_stop_holds_for_the_number_and_e_mail_goes_on(
        self, post: Post, mail: MailServer
    ) -> None:
        (ana,) = treated()
        stop("sms", "+12125550100", OPTED_OUT, "sms", by=PLATFORM, at=AT)
        say()
        post.send()
        assert post.asked() == [0, 0]
        assert [message["To"] for message in mail.messages] == ["ana0@example.org"]
        stop("email", "ana0@example.org", OPTED_OUT, "link", by=PLATFORM, at=AT)
        say(DUE_ON + timedelta(days=7))
        assert outcomes(ana)[-1] == ("sms", "canceled", "opted_out")

    def test_stop_between_the_night_and_the_moment_it_would_go(self, post: Post) -> None:
        (ana,) = treated(email="")
        say()
        stop("sms", "+12125550100", OPTED_OUT, "sms", by=PLATFORM, at=AT)
        assert post.send() == {"canceled": 1}
        assert outcomes(ana) == [("sms", "canceled", "opted_out")]
        assert post.asked() == [0, 0]

    def test_stop_while_others_of_the_same_round_are_sent(
        self, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        treated(2, email="")
        say()
        right = reminders.look_at

        def stops(reminder: Reminder, known: Any, *, at: datetime) -> Any:
            verdict = right(reminder, known, at=at)
            stop("sms", "+12125550101", OPTED_OUT, "sms", by=PLATFORM, at=AT)
            return verdict

        monkeypatch.setattr(reminders, "look_at", stops)
        assert post.send() == {"handed_over": 1, "waiting": 1, "canceled": 1}
        assert [each["to"] for each in post.taken()[0]] == ["+12125550100"]

    def test_a_round_ends_before_it_may_have_become_night(self, post: Post) -> None:
        treated(3)
        say()
        assert send_reminders(AT, post.sending, seconds=0) == {}
        assert Reminder.objects.filter(state="waiting").count() == 3

    def test_channels_in_the_order_wanted_and_none_when_none_is(
        self, post: Post, mail: MailServer
    ) -> None:
        ana, ben = treated(2)
        wish(ana.number, Wish(("email", "sms"), "es"), by=PLATFORM, at=AT)
        wish(ben.number, Wish(()), by=PLATFORM, at=AT)
        say()
        assert post.send() == {"handed_over": 1}
        assert mail.messages[0]["Content-Language"] == "es"
        assert outcomes(ben) == [("sms", "canceled", "not-wanted")]

    def test_whoever_cannot_be_reached_is_for_somebody_to_look_at(self, post: Post) -> None:
        (ana,) = treated(telephone="212 555 0100 x12", email="")
        say()
        assert outcomes(ana) == [("sms", "failed", "no-address")]
        assert post.send() == {}


class TestWhen:
    @pytest.mark.parametrize(
        ("zone", "goes"),
        [
            ("America/New_York", datetime(2024, 5, 1, 12, tzinfo=UTC)),
            ("America/Los_Angeles", datetime(2024, 5, 1, 15, tzinfo=UTC)),
            ("Pacific/Honolulu", datetime(2024, 5, 1, 18, tzinfo=UTC)),
            ("America/Phoenix", datetime(2024, 5, 1, 15, tzinfo=UTC)),
        ],
    )
    def test_nobody_is_woken(self, post: Post, zone: str, goes: datetime) -> None:
        treated(time_zone=zone)
        at_night = datetime(2024, 5, 1, 11, 5, tzinfo=UTC)
        say(at=at_night)
        assert only_reminder().next_try == goes
        assert post.send(goes - timedelta(seconds=1)) == {}
        assert post.send(goes) == {"handed_over": 1}

    def test_at_most_one_a_day_and_three_a_week_and_the_rest_by_e_mail_or_later(
        self, post: Post, mail: MailServer
    ) -> None:
        ana, ben = treated(2)
        Patient.objects.filter(pk=ben.pk).update(email="")
        for day in range(4):
            at = AT + timedelta(days=day)
            for who in (ana, ben):
                remind_of(who, day, at)
            post.send(at)
            # A second one the same day never goes by text message.
            remind_of(ana, day + 20, at)
            post.send(at)
        by_day = [outcome for outcome in outcomes(ana) if outcome[0] == "sms"]
        assert [state for _, state, _ in by_day] == [
            *("handed_over", "canceled", "handed_over", "canceled", "handed_over"),
            *("canceled", "canceled", "canceled"),
        ]
        assert len(mail.messages) == 5
        last = Reminder.objects.filter(person=ben.number).order_by("id").last()
        assert last is not None
        assert (last.state, last.reason) == ("waiting", "too-many-text-messages")
        assert last.next_try == datetime(2024, 5, 8, 12, tzinfo=UTC)
        assert [len(each) for each in post.taken()] == [6, 0]


def remind_of(who: Patient, offset: int, at: datetime) -> None:
    """A reminder out of the order of the ladder."""
    Reminder.objects.create(
        program=who.program, program_version="2024-03-04", code="test-due-patient",
        person=who.number, due_on=DUE_ON, offset_days=offset, channel="sms",
        covers=[["monthly-cbc", DUE_ON.isoformat()]],
        next_try=at, queued_at=at, queued_by="a",
    )  # fmt: skip


class TestProvidersThatFail:
    def test_the_second_one_takes_over_at_once_and_the_first_one_rests(
        self, post: Post, first: Desk
    ) -> None:
        treated(4)
        say()
        first.misbehave(status=503)
        assert post.send() == {"handed_over": 4}
        assert [len(each) for each in post.taken()] == [0, 4]
        # Asked once, then left alone for a minute.
        assert post.asked() == [1, 4]
        assert post.taken()[1][0]["signed_in"] == "Basic dXM6a2V5LTI="
        first.misbehave()
        post.seconds = 61
        say(DUE_ON + timedelta(days=7))
        post.send(AT + timedelta(days=7))
        assert [len(each) for each in post.taken()] == [4, 4]

    @pytest.mark.parametrize("fault", [{"hang_up": True}, {"seconds": 3}])
    def test_whoever_says_nothing_may_have_it_and_is_asked_again(
        self, post: Post, first: Desk, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("etasu.site.sms.SECONDS_TO_WAIT", 0.3)
        treated()
        say()
        first.misbehave(**fault)
        assert post.send() == {"put_off": 1}
        first.misbehave()
        post.seconds = 61
        assert post.send(AT + timedelta(seconds=61)) == {"handed_over": 1}
        assert only_reminder().provider == "first"
        assert [len(each) for each in post.taken()] == [1, 0]

    def test_whoever_says_nothing_for_a_minute_is_down_and_the_second_one_takes_over(
        self, post: Post, first: Desk
    ) -> None:
        treated()
        say()
        first.misbehave(hang_up=True)
        assert post.send() == {"put_off": 1}
        assert post.send(AT + timedelta(seconds=59)) == {}
        post.seconds = 61
        assert post.send(AT + timedelta(seconds=61)) == {"handed_over": 1}
        first.misbehave()
        assert (only_reminder().provider, post.asked()) == ("second", [2, 1])

    def test_whoever_sends_us_elsewhere_refuses(self, post: Post, first: Desk) -> None:
        treated()
        say()
        first.misbehave(status=302)
        assert post.send() == {"handed_over": 1}
        assert only_reminder().provider == "second"

    def test_nobody_takes_it_then_the_mail_does_and_the_failure_stays_visible(
        self, post: Post, first: Desk, second: Desk, mail: MailServer
    ) -> None:
        (ana,) = treated()
        say()
        first.misbehave(status=500)
        second.misbehave(status=429)
        at = AT
        while not mail.messages:
            post.send(at)
            post.seconds += 7200
            waiting = Reminder.objects.filter(state="waiting").first()
            if waiting is None:
                break
            at = max(at, waiting.next_try)
        assert outcomes(ana) == [("sms", "failed", "HTTP 429"), ("email", "handed_over", "")]
        assert Reminder.objects.get(channel="email").instead_of == only_reminder(channel="sms")
        assert at - AT < timedelta(hours=3)

    def test_a_number_that_does_not_exist_is_never_tried_again(
        self, post: Post, first: Desk, mail: MailServer
    ) -> None:
        (ana,) = treated()
        say()
        first.misbehave(status=422, code="invalid-number")
        assert post.send() == {"another_channel": 1, "handed_over": 1}
        assert post.asked() == [1, 0]
        wrong = StoppedAddress.objects.get()
        assert (wrong.channel, wrong.address, wrong.why) == ("sms", "+12125550100", "wrong")
        first.misbehave()
        say(DUE_ON + timedelta(days=7))
        post.send(AT + timedelta(days=7))
        assert outcomes(ana)[-1] == ("email", "handed_over", "")
        # Another number is another chance.
        Patient.objects.filter(pk=ana.pk).update(telephone="212-555-0199")
        say(DUE_ON + timedelta(days=14))
        post.send(AT + timedelta(days=14))
        assert post.taken()[0][-1]["to"] == "+12125550199"

    def test_a_mailbox_that_does_not_exist_is_marked(self, post: Post, mail: MailServer) -> None:
        treated(telephone="")
        say()
        mail.behave = lambda command, begun: "550 no such user" if command == "RCPT" else ""
        assert post.send() == {"failed": 1}
        assert StoppedAddress.objects.get().why == "wrong"
        assert only_reminder().reason == "SMTPRecipientsRefused 550"

    def test_whoever_died_after_handing_over_sends_no_second_one(
        self, post: Post, first: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        treated()
        say()

        def dies(*args: Any, **kwargs: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("etasu.clock.reminders.reminders.note_handed_over", dies)
            with pytest.raises(KeyboardInterrupt):
                post.send()
        assert post.send() == {}, "somebody may still be at it"
        assert post.send(AT + timedelta(minutes=6)) == {"handed_over": 1}
        assert post.asked() == [2, 0]
        assert len(post.taken()[0]) == 1
