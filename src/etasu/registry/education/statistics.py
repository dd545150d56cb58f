"""How people did in an assessment: question by question, and altogether."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Min, Q

from etasu.registry.education.models import Attempt, Grade, GradedAnswer


class QuestionCount(NamedTuple):
    """One question in one wording: how often it was asked, and how often missed."""

    topic: str
    item: str
    version: int
    shown: int
    missed: int

    @property
    def missed_percent(self) -> int:
        """How many of a hundred times it was missed, rounded."""
        return round(100 * self.missed / self.shown) if self.shown else 0


class Tries(NamedTuple):
    """An assessment altogether: `first_time` are people who passed with their first attempt."""

    people: int
    passed: int
    first_time: int
    handed_in: int
    left_open: int


def question_counts(program: str, assessment: str) -> list[QuestionCount]:
    """Every question ever graded, the one most often missed first; each wording by itself."""
    found = GradedAnswer.objects.filter(
        grade__attempt__program=program, grade__attempt__assessment=assessment
    )
    rows = found.values("topic", "item", "item_version").annotate(
        shown=Count("id"), missed=Count("id", filter=Q(is_right=False))
    )
    counts = [
        QuestionCount(row["topic"], row["item"], row["item_version"], row["shown"], row["missed"])
        for row in rows
    ]
    return sorted(counts, key=lambda each: (-each.missed / each.shown, each.item, each.version))


def tries(program: str, assessment: str) -> Tries:
    """How many people tried, passed, and passed at once."""
    attempts = Attempt.objects.filter(program=program, assessment=assessment)
    grades = Grade.objects.filter(attempt__in=attempts)
    passes = grades.filter(passed=True)
    first = passes.values("attempt__user").annotate(number=Min("attempt__number"))
    return Tries(
        people=attempts.values("user").distinct().count(),
        passed=first.count(),
        first_time=sum(row["number"] == 1 for row in first),
        handed_in=grades.count(),
        left_open=attempts.filter(grade__isnull=True).count(),
    )
