"""Training: what a person read and confirmed, and every attempt at an assessment.

It belongs to the person and the program, for people train before they are anybody's
representative or a prescriber of the program.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from etasu.registry.education.answer_models import (
    AnswerRead,
    SavedAnswer,
    SearchCorpus,
    SearchMiss,
    SearchText,
)

__all__ = [
    "AnswerRead",
    "Attempt",
    "Grade",
    "GradedAnswer",
    "Reading",
    "Review",
    "SavedAnswer",
    "SearchCorpus",
    "SearchMiss",
    "SearchText",
]


class Reading(models.Model):
    """How far somebody is with one edition of a module: the pages they went on from."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="readings"
    )
    program = models.TextField()
    module = models.TextField()
    edition = models.DateField()
    pages = models.JSONField(default=list)
    read_at = models.DateTimeField()
    read_by = models.TextField()

    class Meta:
        db_table = "education_reading"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_reading_of_an_edition_a_person",
                fields=["user", "program", "module", "edition"],
            )
        ]

    def __str__(self) -> str:
        return self.module


class Review(models.Model):
    """A person's statement to have read a module, with the hash of what was read. Append-only."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    program = models.TextField()
    program_version = models.TextField()
    module = models.TextField()
    edition = models.DateField()
    statement = models.TextField()
    content_hash = models.TextField()
    reviewed_on = models.DateField()
    reviewed_at = models.DateTimeField()
    reviewed_by = models.TextField()

    class Meta:
        db_table = "education_review"
        indexes: ClassVar = [models.Index(name="reviews_of_a_person", fields=["user", "program"])]

    def __str__(self) -> str:
        return self.module


class Attempt(models.Model):
    """One try at an assessment, counted from 1 for each person.

    `asked` has every question in full, so it can be shown again as it was, whatever the program
    asks later. `answers` are the choices taken so far, by item; nothing else ever changes.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts"
    )
    program = models.TextField()
    program_version = models.TextField()
    assessment = models.TextField()
    edition = models.DateField()
    number = models.IntegerField()
    asked = models.JSONField()
    answers = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    begun_by = models.TextField()

    class Meta:
        db_table = "education_attempt"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="attempts_of_a_person_are_counted",
                fields=["user", "program", "assessment", "number"],
            ),
            models.CheckConstraint(name="attempts_count_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} {self.number}"


class Grade(models.Model):
    """What an attempt came to when it was handed in. Append-only."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="grade")
    questions = models.IntegerField()
    right = models.IntegerField()
    needed = models.IntegerField()
    passed = models.BooleanField()
    graded_on = models.DateField()
    graded_at = models.DateTimeField()
    graded_by = models.TextField()

    class Meta:
        db_table = "education_grade"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_pass_has_enough_right_answers",
                condition=Q(passed=False) | Q(right__gte=F("needed"), needed__gte=1),
            ),
            models.CheckConstraint(
                name="no_more_right_answers_than_questions",
                condition=Q(right__gte=0, right__lte=F("questions")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.right}/{self.questions}"


class GradedAnswer(models.Model):
    """One question of an attempt that was handed in, and whether it was answered rightly.

    Append-only. `place` is where it was asked, `choice` the place of the choice taken.
    """

    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="answers")
    place = models.IntegerField()
    topic = models.TextField()
    item = models.TextField()
    item_version = models.IntegerField()
    choice = models.IntegerField(null=True)
    is_right = models.BooleanField()

    class Meta:
        db_table = "education_graded_answer"
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_question_is_graded_once", fields=["grade", "item"]),
            models.CheckConstraint(
                name="a_right_answer_was_chosen",
                condition=Q(is_right=False) | Q(choice__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.item
