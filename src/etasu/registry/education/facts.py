"""What is on record about somebody's training."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import chain

from django.db.models import QuerySet

from etasu.registry.accounts.models import User
from etasu.registry.education.models import Attempt, Grade, Reading, Review
from etasu.safe_use.program import Party, ProgramVersion
from etasu.safe_use.training import (
    AskedItem,
    Assessment,
    Done,
    GradedAnswer,
    TrainingModule,
    steps_trained,
    training_tasks,
)


def completed(
    user: User, program: str, version: ProgramVersion, *, party: Party | None = None
) -> dict[str, date]:
    """The certification steps the person did by training, with the newest day of each, by step.

    Those of one kind of participant, or of all of them.
    """
    parties = version.parties.values() if party is None else (party,)
    tasks = chain.from_iterable(training_tasks(version, each) for each in parties)
    return steps_trained(tasks, done_by(user, program))


def done_by(user: User, program: str) -> list[Done]:
    """Everything the person read and confirmed, or passed, in any edition."""
    reviews = Review.objects.filter(user=user, program=program)
    passes = Grade.objects.filter(attempt__user=user, attempt__program=program, passed=True)
    read = reviews.values_list("module", "edition", "reviewed_on")
    passed = passes.values_list("attempt__assessment", "attempt__edition", "graded_on")
    return [Done(*row) for row in chain(read, passed)]


def reviews_of(user: User, program: str) -> dict[str, Review]:
    """The newest review of each module, by module."""
    found = Review.objects.filter(user=user, program=program).order_by("id")
    return {each.module: each for each in found}


def pages_read(user: User, program: str) -> Mapping[tuple[str, date], list[str]]:
    """The pages the person went on from, by module and edition."""
    found = Reading.objects.filter(user=user, program=program)
    return {(each.module, each.edition): each.pages for each in found}


def pages_left(user: User, program: str, module: TrainingModule) -> list[str]:
    """The pages of this edition the person has not gone on from, in order."""
    read = pages_read(user, program).get((module.code, module.edition), [])
    return [page.code for page in module.pages if page.code not in read]


def attempts_of(user: User, program: str, assessment: str) -> QuerySet[Attempt]:
    """The person's attempts, newest first, each with its grade if it was handed in."""
    found = Attempt.objects.filter(user=user, program=program, assessment=assessment)
    return found.select_related("grade").order_by("-number")


def attempt_by_number(user: User, program: str, assessment: str, number: int) -> Attempt | None:
    """One of the person's own attempts."""
    return attempts_of(user, program, assessment).filter(number=number).first()


def open_attempt(user: User, version: ProgramVersion, assessment: Assessment) -> Attempt | None:
    """The attempt begun and not handed in, as long as the questions are those of today."""
    program = version.program.code
    found = attempts_of(user, program, assessment.code).filter(
        grade__isnull=True, program_version=version.label, edition=assessment.edition
    )
    return found.first()


def grade_of(attempt: Attempt) -> Grade | None:
    """What the attempt came to; None until it is handed in."""
    return Grade.objects.filter(attempt=attempt).first()


def asked_in(attempt: Attempt) -> tuple[AskedItem, ...]:
    """The questions as the attempt asks them."""
    return tuple(AskedItem(**each | {"choices": tuple(each["choices"])}) for each in attempt.asked)


def graded_answers(attempt: Attempt) -> tuple[GradedAnswer, ...]:
    """The answers as they were graded, in the order asked; empty until it is handed in."""
    grade = grade_of(attempt)
    rows = {row.item: row for row in grade.answers.all()} if grade else {}
    return tuple(
        GradedAnswer(each, rows[each.item].choice, rows[each.item].is_right)
        for each in asked_in(attempt)
        if each.item in rows
    )


def topics_missed(user: User, program: str, assessment: str) -> tuple[str, ...]:
    """The topics missed in the attempt handed in last, in the order asked."""
    newest = attempts_of(user, program, assessment).filter(grade__isnull=False).first()
    if newest is None:
        return ()
    missed = newest.grade.answers.filter(is_right=False).order_by("place")
    return tuple(missed.values_list("topic", flat=True))
