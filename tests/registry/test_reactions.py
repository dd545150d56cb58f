"""What follows from what: records are never refused, and nothing stays open that should not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from etasu.registry import reactions
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.actions import (
    Given,
    answer_request,
    expire_lapsed,
    reverse_authorization,
    use_authorization,
)
from etasu.registry.authorizations.models import Authorization
from etasu.registry.authorizations.requests import AuthorizationRequest, BadRequest
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.participants.facts import askers
from etasu.registry.treatment.actions import AlreadyRecorded
from etasu.registry.treatment.models import Infusion
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Mara, ready for her first course at Riverside."""
    return build_world()


def ask(world: World, gate: str, on=ON) -> Given:
    """The gate asked by the one whose job it is."""
    email = "amara-key@example.org" if gate == "authorize" else "riverside-key@example.org"
    by = askers(User.objects.get(email=email))[0]
    facility = world.riverside.number
    request = AuthorizationRequest(PROGRAM, gate, world.mara.number, on, facility=facility)
    return answer_request(request, by=by, at=AT + (on - ON))


def open_course_and_day(world: World) -> tuple[str, str]:
    """The numbers of a live course authorization and a live day authorization."""
    course, day = ask(world, "authorize"), ask(world, "infuse")
    assert course.said["outcome"] == day.said["outcome"] == "authorized"
    return course.said["number"], day.said["number"]


def states(*numbers: str) -> list[str]:
    """What became of each authorization."""
    return [Authorization.objects.get(number=number).state for number in numbers]


def give(world: World, on=ON, course: int = 1) -> Infusion:
    """An infusion recorded at Riverside."""
    return reactions.infusion_given(
        world.mara, course=course, given_on=on, facility=world.riverside, by=PLATFORM, at=AT
    )


def test_an_infusion_uses_the_authorization_of_its_day(world: World) -> None:
    _, day = open_course_and_day(world)
    infusion = give(world)
    assert infusion.authorization_number == day
    assert states(day) == ["used"]
    assert not ComplianceEvent.objects.exists()


def test_an_infusion_without_authorization_is_recorded_and_opens_an_event(world: World) -> None:
    infusion = give(world)
    event = ComplianceEvent.objects.get()
    assert infusion.authorization_number is None
    assert (event.kind, event.subject) == ("infusion-without-authorization", infusion.number)
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"infusion.recorded", "compliance_event.opened"} <= verbs


def test_more_infusions_than_the_course_has_are_recorded_all_the_same(world: World) -> None:
    for day in range(5):
        give(world, ON + timedelta(days=day))
    assert Infusion.objects.count() == 5
    assert ComplianceEvent.objects.count() == 5


def test_the_same_day_is_not_recorded_twice(world: World) -> None:
    first = give(world)
    with pytest.raises(AlreadyRecorded) as refused:
        give(world)
    assert refused.value.infusion == first
    assert Infusion.objects.count() == 1


def test_a_hold_takes_the_day_back_and_leaves_the_course(world: World) -> None:
    course, day = open_course_and_day(world)
    reactions.hold_opened(world.mara, "infection", reason="fever", on=ON, by=PLATFORM, at=AT)
    assert states(course, day) == ["live", "reversed"]


def test_the_end_of_enrollment_takes_everything_back(world: World) -> None:
    course, day = open_course_and_day(world)
    reactions.enrollment_ended(world.mara, on=ON, reason="withdrawn", by=PLATFORM, at=AT)
    assert states(course, day) == ["reversed", "reversed"]


def test_a_suspended_facility_keeps_no_open_day(world: World) -> None:
    course, day = open_course_and_day(world)
    reactions.participant_suspended(
        world.riverside, since=ON, until=None, reason="audit", by=PLATFORM, at=AT
    )
    assert states(course, day) == ["live", "reversed"]
    said = ask(world, "infuse").said
    blocking = [f["code"] for f in said["findings"] if f["blocks"]]
    assert blocking == ["facility-certified"]


def test_a_decertified_prescriber_keeps_no_open_day(world: World) -> None:
    course, day = open_course_and_day(world)
    reactions.participant_decertified(world.amara, on=ON, reason="fraud", by=PLATFORM, at=AT)
    assert states(course, day) == ["live", "reversed"]


def test_another_facility_keeps_its_day(world: World) -> None:
    _, day = open_course_and_day(world)
    reactions.participant_suspended(
        world.hillview, since=ON, until=None, reason="audit", by=PLATFORM, at=AT
    )
    assert states(day) == ["live"]


def test_a_day_taken_back_may_be_authorized_again(world: World) -> None:
    _, day = open_course_and_day(world)
    reverse_authorization(day, reason="not today", by=PLATFORM, at=AT)
    again = ask(world, "infuse")
    assert again.said["outcome"] == "authorized"
    assert again.said["day"] == 1


def test_a_day_never_accounted_for_stays_spent(world: World) -> None:
    open_course_and_day(world)
    tomorrow = ask(world, "infuse", ON + timedelta(days=1))
    assert tomorrow.said["outcome"] == "authorized"
    assert tomorrow.said["day"] == 2
    third = ask(world, "infuse", ON + timedelta(days=2))
    assert [f["code"] for f in third.said["findings"] if f["blocks"]] == ["infusion-day-left"]


def test_a_day_written_down_late_was_authorized_all_the_same(world: World) -> None:
    _, day = open_course_and_day(world)
    Authorization.objects.filter(number=day).update(
        state="expired", closed_at=AT, closed_by="platform", closed_reason="past its last day"
    )
    assert give(world).authorization_number == day
    assert states(day) == ["used"]
    assert not ComplianceEvent.objects.exists()


def test_the_last_day_of_a_course_uses_its_authorization_up(world: World) -> None:
    course, _ = open_course_and_day(world)
    give(world)
    assert states(course) == ["live"]
    ask(world, "infuse", ON + timedelta(days=1))
    give(world, ON + timedelta(days=1))
    assert states(course) == ["used"]
    assert ask(world, "authorize").said["outcome"] == "not_authorized"


@pytest.mark.parametrize(("days_ago", "bars"), [(1, False), (0, True)])
def test_a_used_fill_gives_its_slot_back_after_its_last_day(
    world: World, days_ago: int, bars: bool
) -> None:
    decision = ask(world, "infuse").decision  # refused, so it opened nothing of its own
    last = ON - timedelta(days=days_ago)
    fill = Authorization.objects.create(
        decision=decision,
        number=decision.number,
        patient=world.mara,
        gate="refill",
        slot="fill",
        unit="fill",
        valid_from=last,
        valid_until=last,
    )
    use_authorization(fill.number, by=PLATFORM, at=AT)
    expire_lapsed(world.mara, "refill", "fill", on=ON, by=PLATFORM, at=AT)
    fill.refresh_from_db()
    assert (fill.state, fill.holds_slot) == ("used", bars)
    assert AuditEntry.objects.filter(verb="authorization.slot_freed").exists() is not bars


def test_an_infusion_is_authorized_on_its_own_day_only(world: World) -> None:
    ask(world, "authorize")
    by = askers(User.objects.get(email="riverside-key@example.org"))[0]
    tomorrow = AuthorizationRequest(PROGRAM, "infuse", world.mara.number, ON + timedelta(days=1))
    with pytest.raises(BadRequest) as refused:
        answer_request(tomorrow, by=by, at=AT)
    assert [problem.field for problem in refused.value.problems] == ["planned_on"]
