"""What each constraint refuses of cases of side effects, and of what is done with them."""

from __future__ import annotations

from etasu.registry.safety.models import (
    CaseAssessment,
    CaseInformation,
    DuplicateLink,
    FollowUpQuestion,
    HandedCase,
    HandOver,
    SafetyCase,
)
from tests.factories.teaching import AT, World
from tests.registry.getting_in import Attempt, a, both
from tests.registry.rows import row


def linked_to_itself(world: World) -> None:
    """A case that is a duplicate of itself."""
    case = row(SafetyCase)
    row(DuplicateLink, case=case, same_as=case)


REPORTED: dict[str, Attempt] = {
    "a_report_is_received_once": both(SafetyCase, occasion="o"),
    "what_is_said_is_kept_once": both(CaseInformation, case=SafetyCase, occasion="o"),
    "a_question_asks_something": a(FollowUpQuestion, text=""),
    "an_assessment_is_serious_or_not_or_unknown": a(CaseAssessment, seriousness="perhaps"),
    "an_assessment_is_expected_or_not_or_unknown": a(CaseAssessment, expectedness="perhaps"),
    "an_assessment_says_why": a(CaseAssessment, reason=""),
    "a_case_is_a_duplicate_of_one": both(DuplicateLink, case=SafetyCase),
    "no_case_is_a_duplicate_of_itself": linked_to_itself,
    "an_unlinked_duplicate_says_by_whom_and_why": a(DuplicateLink, unlinked_at=AT),
    "an_acknowledged_hand_over_says_by_whom_and_how": a(HandOver, acknowledged_at=AT),
    "a_case_is_in_a_hand_over_once": both(HandedCase, hand_over=HandOver, case=SafetyCase),
}
