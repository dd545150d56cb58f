"""Safety staff hear of a case when days are left, when it is late, and once each time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from etasu.clock.safety import find_what_was_missed, remind_of_cases
from etasu.portals.standing.wording import words_of
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.notices.models import Notice
from etasu.registry.participants.actions import add_member
from etasu.registry.safety.actions import (
    Report,
    Source,
    Statement,
    acknowledge_hand_over,
    hand_over,
    receive_report,
)
from etasu.registry.safety.models import SafetyCase
from etasu.safe_use.safety_plan import CaseKind
from tests.factories.teaching import AT, PROGRAM

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NIA = Actor("nia", "infusion_nurse")


@pytest.fixture
def case() -> SafetyCase:
    """A report, and somebody who looks after them."""
    selma = User.objects.create_user("selma@example.org", full_name="Selma")
    add_member(selma, None, "safety_reviewer", program=PROGRAM, by=PLATFORM, at=AT)
    said = Statement("Fell ill with hives", "patient")
    report = Report(PROGRAM, Source.PATIENT, CaseKind.ADVERSE_EVENT, said)
    return receive_report(report, by=NIA, at=AT)


def told() -> list[str]:
    """What was said, the first first, without the receipt."""
    due = Notice.objects.filter(event="safety_due").order_by("id")
    return [words_of(each, "", "UTC").title for each in due]


def test_they_are_told_at_each_step_and_once(case: SafetyCase) -> None:
    for day, count in ((9, 0), (10, 1), (11, 0), (13, 1), (15, 0), (16, 1), (30, 0)):
        assert remind_of_cases(AT + day * DAY) == {"told": count}, day
        assert remind_of_cases(AT + day * DAY) == {"told": 0}
    number = case.number
    assert told() == [
        f"Case {number} has 5 days left at most",
        f"Case {number} has 2 days left at most",
        f"Case {number} is late",
    ]


def test_a_clock_that_stood_still_tells_the_step_that_was_reached(case: SafetyCase) -> None:
    assert remind_of_cases(AT + 14 * DAY) == {"told": 1}
    assert told() == [f"Case {case.number} has 2 days left at most"]


def test_a_case_the_sponsor_acknowledged_is_not_told_of(case: SafetyCase) -> None:
    kept = hand_over([case], program=PROGRAM, recipient="Sponsor", by=NIA, at=AT)
    assert remind_of_cases(AT + 10 * DAY) == {"told": 1}
    acknowledge_hand_over(kept, acknowledgment="ACK", by=NIA, at=AT + 10 * DAY)
    assert remind_of_cases(AT + 16 * DAY) == {"told": 0}


def test_no_message_says_what_happened_or_to_whom(case: SafetyCase) -> None:
    remind_of_cases(AT + 16 * DAY)
    for each in Notice.objects.all():
        said = words_of(each, "", "UTC")
        text = f"{said.title} {said.text} {each.facts}".lower()
        assert not any(word in text for word in ("hives", "ill ", "exemplin", "patient"))


def test_the_night_finds_nothing_to_make_up_for(case: SafetyCase) -> None:
    assert find_what_was_missed(AT + DAY) == {"missed": 0}
