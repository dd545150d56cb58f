"""Confirming what was read, and trying an assessment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.education import facts
from etasu.registry.education.models import Attempt, Grade, GradedAnswer, Review
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.training import Assessment, TrainingModule, draw, grade


class NotAllRead(ValueError):
    """Somebody wants to confirm a module with pages left to read, named in `pages`."""

    def __init__(self, pages: list[str]) -> None:
        super().__init__(f"{len(pages)} pages are left to read")
        self.pages = pages


class NotAllAnswered(ValueError):
    """Somebody wants to hand in an attempt with questions left to answer."""


def review_module(
    user: User,
    version: ProgramVersion,
    module: TrainingModule,
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> Review:
    """Keep that the person read this edition, with the hash of what it said; once a day.

    Raises NotAllRead while a page is left.
    """
    program = version.program.code
    with transaction.atomic():
        _only_one_at_a_time(user)
        left = facts.pages_left(user, program, module)
        if left:
            raise NotAllRead(left)
        known = facts.reviews_of(user, program).get(module.code)
        if known and (known.edition, known.reviewed_on) == (module.edition, on):
            return known
        review = Review.objects.create(
            user=user,
            program=program,
            program_version=version.label,
            module=module.code,
            edition=module.edition,
            statement=module.statement,
            content_hash=module.digest,
            reviewed_on=on,
            reviewed_at=at,
            reviewed_by=by.number,
        )
        said = {"module": module.code, "edition": module.edition.isoformat()}
        _note("training.reviewed", user, by, at, {**said, "hash": module.digest})
    return review


def begin_attempt(
    user: User, version: ProgramVersion, assessment: Assessment, *, by: Actor, at: datetime
) -> Attempt:
    """The person's open attempt, or a new one that asks first about what was missed last."""
    program = version.program.code
    with transaction.atomic():
        _only_one_at_a_time(user)
        known = facts.open_attempt(user, version, assessment)
        if known is not None:
            return known
        newest = facts.attempts_of(user, program, assessment.code).first()
        number = newest.number + 1 if newest else 1
        missed = facts.topics_missed(user, program, assessment.code)
        attempt = Attempt.objects.create(
            user=user,
            program=program,
            program_version=version.label,
            assessment=assessment.code,
            edition=assessment.edition,
            number=number,
            asked=[each._asdict() for each in draw(assessment, number, user.number, missed)],
            begun_at=at,
            begun_by=by.number,
        )
        said = {"assessment": assessment.code, "attempt": number}
        _note("assessment.begun", user, by, at, said)
    return attempt


def hand_in(
    attempt: Attempt, pass_percent: int | None, *, on: date, by: Actor, at: datetime
) -> Grade:
    """Grade the answers kept; an attempt handed in before keeps the grade it has.

    Raises NotAllAnswered while a question is left.
    """
    with transaction.atomic():
        locked = Attempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
        known = facts.grade_of(locked)
        if known is not None:
            return known
        found = grade(facts.asked_in(locked), locked.answers, pass_percent)
        if any(each.choice is None for each in found.answers):
            raise NotAllAnswered(f"attempt {locked.number} of {locked.assessment}")
        kept = Grade.objects.create(
            attempt=locked,
            questions=len(found.answers),
            right=found.right,
            needed=found.needed,
            passed=found.passed,
            graded_on=on,
            graded_at=at,
            graded_by=by.number,
        )
        GradedAnswer.objects.bulk_create(
            GradedAnswer(
                grade=kept,
                place=place,
                topic=each.asked.topic,
                item=each.asked.item,
                item_version=each.asked.version,
                choice=each.choice,
                is_right=each.is_right,
            )
            for place, each in enumerate(found.answers)
        )
        said = {"assessment": locked.assessment, "attempt": locked.number}
        said |= {"right": found.right, "questions": len(found.answers), "passed": found.passed}
        _note("assessment.handed_in", locked.user, by, at, said)
    return kept


def _only_one_at_a_time(user: User) -> None:
    # Two tabs of one person: the second waits and finds what the first one made.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _note(verb: str, user: User, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    audit.record(verb, subject=("user", user.number), by=by, at=at, detail=detail)
