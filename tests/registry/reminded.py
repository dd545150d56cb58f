"""What each constraint refuses of reminders, and of what patients want about them."""

from __future__ import annotations

from datetime import timedelta

from etasu.registry.notices.models import CalendarFeed, Reminder, StoppedAddress
from tests.factories.teaching import AT, ON
from tests.registry.getting_in import Attempt, a, both

HANDED_OVER = {"state": "handed_over", "handed_over_at": AT, "handed_over_by": "a"}
REMINDED: dict[str, Attempt] = {
    "a_reminder_goes_once_by_each_channel": both(
        Reminder, person="p", due_on=ON, offset_days=0, channel="sms"
    ),
    "a_person_gets_one_text_message_a_day": lambda w: [
        a(Reminder, person="p", sms_day=ON, due_on=ON + timedelta(days=more))(w) for more in (0, 1)
    ],
    "a_reminder_goes_by_a_known_channel": a(Reminder, channel="pigeon"),
    "a_reminder_has_a_known_state": a(Reminder, state="lost"),
    "a_reminder_handed_over_says_when_by_whom_and_where": a(Reminder, **HANDED_OVER, address=""),
    "a_delivered_reminder_says_when_and_by_whom": a(
        Reminder, **{**HANDED_OVER, "state": "delivered", "address": "+1"}
    ),
    "a_reminder_that_ended_says_when_by_whom_and_why": a(Reminder, state="failed"),
    "an_address_is_stopped_once_for_a_reason": both(
        StoppedAddress, channel="sms", address="+1", why="wrong"
    ),
    "an_address_is_stopped_for_a_known_reason": a(StoppedAddress, why="tired"),
    "an_address_in_use_again_says_by_whom": a(StoppedAddress, ended_at=AT),
    "a_person_has_one_calendar_for_each_reader": both(CalendarFeed, person="p"),
    "an_ended_calendar_says_by_whom": a(CalendarFeed, ended_at=AT),
}
