"""What follows when somebody has read a module or handed in an assessment."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.education import actions as education
from etasu.registry.education.models import Attempt, Grade, Review
from etasu.registry.participants.representatives import hand_over
from etasu.registry.participants.training import credit_training, trained_for
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.training import TrainingModule


def module_reviewed(
    user: User,
    version: ProgramVersion,
    module: TrainingModule,
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> Review:
    """Keep that somebody read a module, and note the steps it does for their participants."""
    with transaction.atomic():
        review = education.review_module(user, version, module, on=on, by=by, at=at)
        _credit_everywhere(user, version, by=by, at=at)
    return review


def assessment_handed_in(
    attempt: Attempt,
    version: ProgramVersion,
    pass_percent: int | None,
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> Grade:
    """Grade an attempt; one that passes does the step for the person's participants."""
    with transaction.atomic():
        grade = education.hand_in(attempt, pass_percent, on=on, by=by, at=at)
        if grade.passed:
            _credit_everywhere(attempt.user, version, by=by, at=at)
    return grade


def _credit_everywhere(user: User, version: ProgramVersion, *, by: Actor, at: datetime) -> None:
    for participant in trained_for(user, version):
        credit_training(participant, user, version, by=by, at=at)
    hand_over(user, by=by, at=at)
