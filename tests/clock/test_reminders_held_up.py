"""What goes later than planned: to everybody, in words that hold on the day, and never dropped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.reminder_receipts import wish_reminders
from etasu.registry.monitoring.reminding import remind
from etasu.registry.monitoring.watches import Due
from etasu.registry.notices.models import Reminder, StoppedAddress
from etasu.registry.notices.wishes import Wish
from etasu.registry.patients.models import Patient
from tests.clock.posting import Post, only_reminder, outcomes
from tests.clock.smtp import MailServer
from tests.factories.reminding import (
    AT,
    DUE_ON,
    found,
    say,
    treated,
)
from tests.factories.sms_provider import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reminding_program", "mail")]
DAY, WEEK, MINUTE = timedelta(days=1), timedelta(days=7), timedelta(minutes=1)


def texts(post: Post) -> list[str]:
    """What the first provider took, as it was said."""
    return [each["text"].partition(": ")[2].partition(".")[0] for each in post.taken()[0]]


class TestRefusedMail:
    """A server that refuses does not say by that that nobody is there."""

    @pytest.mark.parametrize(
        "refusal",
        [
            "550 5.7.1 relaying denied",
            "552 5.2.2 mailbox full",
            "552 mailbox full",
            "550 relay not permitted",
            "554 5.7.1 blocked",
        ],
    )
    def test_a_night_of_refusals_marks_nobody_and_the_mail_goes_afterwards(
        self, post: Post, mail: MailServer, refusal: str
    ) -> None:
        treated(2, telephone="")
        say()
        mail.behave = lambda command, begun: refusal if command == "RCPT" else ""
        assert post.send() == {"put_off": 2}
        assert not StoppedAddress.objects.exists()
        assert {row.reason for row in Reminder.objects.all()} == {f"refused {refusal[:3]}"}
        mail.behave = lambda command, begun: ""
        assert post.send(AT + 2 * MINUTE) == {"handed_over": 2}

    def test_refused_for_two_hours_it_goes_by_text_message(
        self, post: Post, mail: MailServer
    ) -> None:
        (ana,) = treated()
        wish_reminders(ana, Wish(("email", "sms")), by=PLATFORM, at=AT)
        say()
        mail.behave = lambda command, begun: "552 full" if command == "RCPT" else ""
        for minutes in range(0, 130, 5):
            post.send(AT + minutes * MINUTE)
        assert outcomes(ana) == [("email", "failed", "refused 552"), ("sms", "handed_over", "")]

    @pytest.mark.parametrize("asked_for", ["by hand", "another address"])
    def test_a_wrong_address_is_used_again_once_somebody_says_so_or_it_is_another(
        self, post: Post, mail: MailServer, asked_for: str
    ) -> None:
        (ana,) = treated(telephone="")
        say()
        mail.behave = lambda command, begun: "550 5.1.1 nobody here" if command == "RCPT" else ""
        assert post.send() == {"failed": 1}
        assert StoppedAddress.objects.get().why == "wrong"
        mail.behave = lambda command, begun: ""
        say(DUE_ON + WEEK)
        assert outcomes(ana)[-1] == ("sms", "failed", "wrong")
        if asked_for == "by hand":
            wish_reminders(ana, Wish(("email",)), asked_for={"email"}, by=PLATFORM, at=AT)
        else:
            Patient.objects.filter(pk=ana.pk).update(email="ana@example.com")
        say(DUE_ON + 2 * WEEK)
        assert post.send(AT + 2 * WEEK) == {"handed_over": 1}


class TestNoProvider:
    """While no provider takes text messages."""

    def test_all_of_many_patients_hear_by_mail_after_two_hours_and_operators_know(
        self, post: Post, first: Desk, second: Desk, mail: MailServer
    ) -> None:
        treated(40)
        (ida,) = treated(email="", telephone="(212) 555-0199")
        say()
        first.misbehave(status=500)
        second.misbehave(status=429)
        done: dict[str, int] = {}
        for minutes in range(0, 130, 5):
            post.seconds = minutes * 61.0
            for _ in range(5):
                done = post.send(AT + minutes * MINUTE)
            if minutes == 10:
                assert "waiting_for_provider" not in done, "a hiccup is nobody's business"
            if minutes == 40:
                assert done["waiting_for_provider"] == 41
            if minutes == 110:
                assert mail.messages == []
        assert len(mail.messages) == 40
        # Who has only a telephone waits on, and is counted.
        assert done["waiting_for_provider"] == 1
        assert outcomes(ida)[0][:2] == ("sms", "waiting")
        first.misbehave()
        post.seconds += 61
        post.send(AT + timedelta(hours=4, minutes=15))
        assert outcomes(ida) == [("sms", "handed_over", "")]

    def test_what_waits_for_the_morning_waits_for_no_provider(
        self, post: Post, first: Desk, second: Desk
    ) -> None:
        treated(email="")
        say()
        first.misbehave(status=500)
        second.misbehave(status=500)
        late = datetime(2024, 5, 2, 0, 59, 30, tzinfo=UTC)
        assert post.send(late) == {"put_off": 1}
        # By then it is 9 PM in New York.
        assert post.send(late + 2 * MINUTE) == {"waiting": 1}
        assert post.send(late + 60 * MINUTE) == {}

    def test_two_hours_count_from_the_first_try_and_not_from_the_night(
        self, post: Post, first: Desk, second: Desk, mail: MailServer
    ) -> None:
        treated(2)
        say(at=datetime(2024, 5, 1, 6, tzinfo=UTC))
        first.misbehave(status=500)
        second.misbehave(status=500)
        assert post.send(AT) == {"put_off": 2}
        assert mail.messages == []


class TestOnTheDayItGoes:
    """A reminder says what holds on the day on which it goes."""

    def test_what_was_due_when_the_worker_was_away_is_still_open(self, post: Post) -> None:
        treated()
        say(DUE_ON + 3 * DAY)
        post.send(AT + 3 * DAY)
        assert texts(post) == ["An appointment is still open"]

    def test_where_the_day_ends_early_it_is_still_open_the_next_morning(self, post: Post) -> None:
        """In Guam it is 9 PM when the night's work is done."""
        treated(time_zone="Pacific/Guam")
        say(at=datetime(2024, 5, 1, 11, 5, tzinfo=UTC))
        post.send(only_reminder().next_try)
        assert texts(post) == ["An appointment is still open"]

    def test_what_was_ahead_when_it_was_queued_is_due_when_it_goes(self, post: Post) -> None:
        treated()
        say(DUE_ON - WEEK)
        post.send(AT)
        assert texts(post) == ["An appointment is due today"]


class TestTakenBack:
    """The newer reminder says what the older one would have said."""

    def test_it_covers_what_waited_and_is_worded_for_what_presses_most(self, post: Post) -> None:
        (ana,) = treated(email="")
        open_, ahead = DUE_ON, date(2024, 7, 1)
        late = Due(ana.pk, "monthly-cbc", open_, 30)
        remind([late], on=open_ + 30 * DAY, by=PLATFORM, at=AT + 30 * DAY)
        soon = Due(ana.pk, "quarterly-tsh", ahead, -7)
        remind([soon], on=ahead - WEEK, by=PLATFORM, at=AT + 54 * DAY)
        assert outcomes(ana) == [("sms", "canceled", "a-later-one"), ("sms", "waiting", "")]
        row = only_reminder(state="waiting")
        assert row.covers == [["monthly-cbc", "2024-05-01"], ["quarterly-tsh", "2024-07-01"]]
        post.send(AT + 54 * DAY)
        assert texts(post) == ["An appointment is still open"]

    def test_what_it_was_first_about_may_be_done_and_the_rest_is_said(self, post: Post) -> None:
        (ana,) = treated(email="")
        late = Due(ana.pk, "monthly-cbc", DUE_ON, 30)
        remind([late], on=DUE_ON + 30 * DAY, by=PLATFORM, at=AT + 30 * DAY)
        soon = Due(ana.pk, "quarterly-tsh", date(2024, 7, 1), -7)
        remind([soon], on=date(2024, 6, 24), by=PLATFORM, at=AT + 54 * DAY)
        found(ana, date(2024, 6, 24), "tsh")
        post.send(AT + 55 * DAY)
        assert texts(post) == ["An appointment is still open"]

    def test_what_presses_most_may_be_done_and_the_rest_is_ahead(self, post: Post) -> None:
        (ana,) = treated(email="")
        late = Due(ana.pk, "monthly-cbc", DUE_ON, 30)
        remind([late], on=DUE_ON + 30 * DAY, by=PLATFORM, at=AT + 30 * DAY)
        soon = Due(ana.pk, "quarterly-tsh", date(2024, 7, 1), -7)
        remind([soon], on=date(2024, 6, 24), by=PLATFORM, at=AT + 54 * DAY)
        found(ana, date(2024, 6, 24), "cbc-with-differential")
        post.send(AT + 55 * DAY)
        assert texts(post) == ["An appointment is coming up"]
