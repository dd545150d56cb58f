"""Every constraint by its name: the database refuses what the registry says cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from etasu.registry.accounts.models import ApiKey, FormReceipt, User
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.models import Authorization, Decision, IdempotencyKey
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.education.models import Attempt as Trial
from etasu.registry.education.models import Grade, GradedAnswer, Reading
from etasu.registry.monitoring.models import Result
from etasu.registry.notices.models import Notice
from etasu.registry.participants.models import Certification, Membership, Participant
from etasu.registry.patients.models import Hold, Patient
from etasu.registry.treatment.models import Course, Dispense, Infusion
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world
from tests.registry.answered import ANSWERED
from tests.registry.costs import COSTS
from tests.registry.drawn import DRAWN
from tests.registry.getting_in import GETTING_IN
from tests.registry.helped import HELPED
from tests.registry.infusing import INFUSING
from tests.registry.laboratories import LABORATORIES
from tests.registry.nursed import NURSED
from tests.registry.reminded import REMINDED
from tests.registry.reported import REPORTED
from tests.registry.told_each_other import TOLD_EACH_OTHER
from tests.registry.trails import sql
from tests.registry.watched import WATCHED
from tests.registry.wellbeing import WELLBEING

Attempt = Callable[[World], Any]
LATER, EARLIER = ON + timedelta(days=1), ON - timedelta(days=1)


def decision(world: World, number: str, **named: Any) -> Decision:
    """A decision about Mara."""
    given = {
        "program": PROGRAM, "program_version": "2024-01-01", "gate": "authorize",
        "outcome": "authorized", "patient": world.mara, "planned_on": ON, "facts": "{}",
        "answer": "{}", "asked_at": AT, "asked_by": "a", "asked_role": "prescriber",
    }  # fmt: skip
    return Decision.objects.create(**{"number": number, **given, **named})


def authorization(world: World, number: str = "A-1", **named: Any) -> Authorization:
    """An authorization of a course, live unless said otherwise."""
    given = {
        "number": number, "patient": world.mara, "gate": "authorize", "slot": "course-1",
        "unit": "course", "course": 1, "course_days": 5, "valid_from": ON, "valid_until": LATER,
    }  # fmt: skip
    found = decision(world, number)
    return Authorization.objects.create(**{"decision": found, **given, **named})


def infusion(world: World, **named: Any) -> Infusion:
    """An infusion of Mara on the day."""
    given = {"course": 1, "given_on": ON, "recorded_at": AT, "recorded_by": "a"}
    return Infusion.objects.create(**{"patient": world.mara, **given, **named})


def dispense(world: World, **named: Any) -> Dispense:
    """A dispense for Mara on the day."""
    given = {"dispensed_on": ON, "units": 1, "recorded_at": AT, "recorded_by": "a"}
    return Dispense.objects.create(**{"patient": world.mara, **given, **named})


def membership(world: World, **named: Any) -> Membership:
    """A user who acts for Riverside."""
    user, _ = User.objects.get_or_create(email="ben@example.org", full_name="Ben")
    given = {"program": PROGRAM, "role": "nurse", "began_at": AT, "began_by": "a"}
    return Membership.objects.create(
        **{"user": user, "participant": world.riverside, **given, **named}
    )


def event(world: World, **named: Any) -> ComplianceEvent:
    """A compliance event."""
    given = {"program": PROGRAM, "kind": "k", "subject": "s", "happened_on": ON}
    opened = {"opened_at": AT, "opened_by": "a"}
    return ComplianceEvent.objects.create(**{**given, **opened, **named})


def twice(make: Callable[..., Any], **named: Any) -> Attempt:
    """The same thing made two times."""

    def attempt(world: World) -> None:
        make(world, **named)
        make(world, **named)

    return attempt


def two_authorizations(world: World) -> None:
    """A second live authorization of the same course."""
    authorization(world)
    authorization(world, "A-2")


def key_used(world: World) -> None:
    """One idempotency key, used for two decisions."""
    for number in ("A-1", "A-2"):
        IdempotencyKey.objects.create(
            actor="a", key="k", request_hash=b"", decision=decision(world, number), created_at=AT
        )


def course(world: World, number: int = 1) -> Course:
    """A course of Mara's."""
    return Course.objects.create(
        patient=world.mara, course=number, began_on=ON, recorded_at=AT, recorded_by="a"
    )


def receipt(world: World) -> FormReceipt:
    """A form received."""
    return FormReceipt.objects.create(token="t", sent_by="a", sent_at=AT)


def change(model: Any, **named: Any) -> Attempt:
    """One update of every row of a model."""
    return lambda world: model.objects.update(**named)


def certification(world: World) -> Certification:
    """A certification of Riverside on the day."""
    return Certification.objects.create(
        participant=world.riverside, certified_from=ON, recorded_at=AT, recorded_by="a",
        program_version="2024-01-01",
    )  # fmt: skip


def api_key(world: World) -> ApiKey:
    """A key revoked by nobody."""
    user = User.objects.create_user("system@example.org", full_name="System")
    return ApiKey.objects.create(
        user=user, name="n", key_hash=b"h", created_at=AT, created_by="a", revoked_at=AT
    )


def hold(world: World) -> Hold:
    """A hold closed without a reason."""
    return Hold.objects.create(
        patient=world.mara, code="c", reason="r", opened_on=ON, opened_at=AT, opened_by="a",
        closed_at=AT, closed_by="a",
    )  # fmt: skip


def result(world: World) -> Result:
    """A result replaced by nobody."""
    return Result.objects.create(
        patient=world.mara, test="t", collected_on=ON, recorded_at=AT, recorded_by="a",
        replaced_at=AT,
    )  # fmt: skip


def trainee() -> User:
    """Somebody who trains."""
    user, _ = User.objects.get_or_create(email="nia@example.org", full_name="Nia")
    return user


def reading(world: World) -> Reading:
    """Nia's reading of a module."""
    return Reading.objects.create(
        user=trainee(), program=PROGRAM, module="m", edition=ON, read_at=AT, read_by="a"
    )


def trial(world: World, number: int = 1) -> Trial:
    """Nia's attempt."""
    return Trial.objects.create(
        user=trainee(), program=PROGRAM, program_version="2024-01-01", assessment="a",
        edition=ON, number=number, asked=[], begun_at=AT, begun_by="a",
    )  # fmt: skip


def grade(world: World, **named: Any) -> Grade:
    """The grade of Nia's attempt, one of two right."""
    given = {"questions": 2, "right": 1, "needed": 2, "passed": False}
    moment = {"graded_on": ON, "graded_at": AT, "graded_by": "a"}
    return Grade.objects.create(attempt=trial(world), **{**given, **moment, **named})


def graded_twice(world: World) -> None:
    """One question of an attempt, graded two times."""
    known = grade(world)
    for place in (0, 1):
        graded(known, place=place)


def graded(known: Grade, **named: Any) -> GradedAnswer:
    """A question that was answered wrongly."""
    given = {"place": 0, "topic": "t", "item": "i", "item_version": 1, "is_right": False}
    return GradedAnswer.objects.create(grade=known, **{**given, **named})


def notice(world: World, **named: Any) -> Notice:
    """A message for Nia, queued unless said otherwise."""
    given = {
        "key": "k", "program": PROGRAM, "program_version": "2024-01-01", "code": "c", "event": "e",
        "audience": "prescriber", "recipient": trainee(), "subject_kind": "participant",
        "subject": "s", "by_email": True, "due": AT, "next_try": AT, "queued_at": AT,
        "queued_by": "a",
    }  # fmt: skip
    return Notice.objects.create(**{**given, **named})


DAY = {"unit": "infusion_day", "gate": "infuse", "slot": "infusion_day-1-6"}
ATTEMPTS: dict[str, Attempt] = {
    "an_entry_names_its_actor": lambda w: AuditEntry.objects.create(
        at=AT, actor="", role="r", verb="v", subject_kind="k", subject="s"
    ),
    "a_revoked_key_says_by_whom": api_key,
    "a_form_is_received_once": twice(receipt),
    "a_certification_begins_before_it_ends": change(
        Participant, certified_from=ON, certified_until=EARLIER
    ),
    "a_prescriber_is_in_a_program_once": lambda w: Participant.objects.create(
        program=PROGRAM, kind="prescriber", name="Again", npi=w.amara.npi,
        registered_at=AT, registered_by="a",
    ),
    "one_certification_a_day": twice(certification),
    "a_membership_is_held_once": twice(membership),
    "an_ended_membership_says_by_whom": lambda w: membership(w, ended_at=AT),
    "an_enrollment_begins_before_it_ends": change(
        Patient, ended_on=ON, enrolled_on=LATER, end_reason="r"
    ),
    "an_ended_enrollment_says_why": change(Patient, ended_on=ON),
    "a_closed_hold_says_by_whom_and_why": hold,
    "a_course_is_there_once": twice(course),
    "courses_count_from_one": lambda w: course(w, 0),
    "one_infusion_a_day": twice(infusion),
    "an_authorization_is_used_once": lambda w: (
        infusion(w, authorization_number="A-1"),
        infusion(w, authorization_number="A-1", given_on=LATER),
    ),
    "a_struck_infusion_says_by_whom_and_why": lambda w: infusion(w, struck_at=AT, struck_by="a"),
    "a_dispense_authorization_is_used_once": twice(dispense, authorization_number="A-1"),
    "a_dispense_has_units": lambda w: dispense(w, units=0),
    "a_replaced_result_says_by_whom": result,
    "an_event_is_opened_once": twice(event),
    "a_closed_event_says_by_whom_and_why": lambda w: event(w, closed_at=AT, closed_by="a"),
    "a_decision_has_one_of_three_outcomes": lambda w: decision(w, "A-1", outcome="maybe"),
    "a_slot_is_authorized_once": two_authorizations,
    "an_authorization_has_a_known_state": lambda w: authorization(
        w, state="open", closed_at=AT, closed_by="a", closed_reason="r"
    ),
    "a_live_authorization_holds_its_slot": lambda w: authorization(w, holds_slot=False),
    "no_more_infusion_days_than_the_course_has": lambda w: authorization(w, day=6, **DAY),
    "an_infusion_day_names_its_day": lambda w: authorization(w, **DAY),
    "a_closed_authorization_says_by_whom_and_why": lambda w: authorization(
        w, state="used", closed_at=AT, closed_by="a"
    ),
    "an_authorization_begins_before_it_ends": lambda w: authorization(w, valid_until=EARLIER),
    "a_key_is_used_once": key_used,
    "a_notice_has_a_known_state": lambda w: notice(w, state="lost"),
    "a_sent_notice_says_when_and_by_whom": lambda w: notice(w, state="sent", sent_at=AT),
    "a_notice_given_up_says_when_by_whom_and_why": lambda w: notice(
        w, state="failed", closed_at=AT, closed_by="a"
    ),
    "a_notice_read_says_by_whom": lambda w: notice(w, read_at=AT),
    "one_reading_of_an_edition_a_person": twice(reading),
    "attempts_of_a_person_are_counted": twice(trial),
    "attempts_count_from_one": lambda w: trial(w, 0),
    "a_pass_has_enough_right_answers": lambda w: grade(w, passed=True),
    "no_more_right_answers_than_questions": lambda w: grade(w, right=3),
    "a_question_is_graded_once": graded_twice,
    "a_right_answer_was_chosen": lambda w: graded(grade(w), is_right=True),
    **COSTS,
    **DRAWN,
    **NURSED,
    **GETTING_IN,
    **HELPED,
    **TOLD_EACH_OTHER,
    **INFUSING,
    **LABORATORIES,
    **REMINDED,
    **REPORTED,
    **WATCHED,
    **WELLBEING,
    **ANSWERED,
}  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    """Dr. Amara, Riverside and Mara."""
    return build_world()


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_constraint_refuses_what_it_is_for(world: World, name: str) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        ATTEMPTS[name](world)
    assert refusal.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


def test_every_constraint_of_the_models_is_tried() -> None:
    named = {
        constraint.name
        for model in apps.get_models()
        if model.__module__.startswith("etasu.")
        for constraint in model._meta.constraints
    }
    assert named <= set(ATTEMPTS), "say in ATTEMPTS what the new constraint refuses"


def test_every_check_in_the_database_is_tried(world: World) -> None:
    found = {
        name
        for (name,) in sql(
            "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'x')"
            " AND conname NOT LIKE '%%\\_check'"  # Django's own, of a field's type
            " AND connamespace = current_schema()::regnamespace"
            " AND conrelid IN (SELECT oid FROM pg_class WHERE relname = ANY(%s))",
            [m._meta.db_table for m in apps.get_models() if m.__module__.startswith("etasu.")],
        )
    }
    assert found and found <= set(ATTEMPTS)


@pytest.mark.parametrize("closing", ["closed_at", "closed_by", "closed_reason"])
def test_a_closed_authorization_lacks_nothing(world: World, closing: str) -> None:
    whole = {"closed_at": AT, "closed_by": "a", "closed_reason": "r"}
    with pytest.raises(IntegrityError), transaction.atomic():
        authorization(world, state="reversed", holds_slot=False, **{**whole, closing: None})
    authorization(world, state="reversed", holds_slot=False, **whole)


def test_a_live_authorization_is_not_closed(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        authorization(world, closed_at=AT, closed_by="a", closed_reason="r")


def test_a_slot_given_back_can_be_authorized_again(world: World) -> None:
    closed = {"closed_at": AT, "closed_by": "a", "closed_reason": "r"}
    authorization(world, state="reversed", holds_slot=False, **closed)
    authorization(world, "A-2")
