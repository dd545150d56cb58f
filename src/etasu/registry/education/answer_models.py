"""What is kept about answers: the texts a search looks through, what it missed, and lists.

What was searched and what was read is counted, and names nobody.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q


class SearchCorpus(models.Model):
    """Everything that can be found in a program in one language, made anew when a word changes.

    `digest` is that of the texts; `words` are those they use, to tell what a slip was meant to be.
    """

    program = models.TextField()
    language = models.TextField()
    digest = models.TextField(blank=True)
    words = models.JSONField(default=list)

    class Meta:
        db_table = "education_search_corpus"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_program_is_searched_once_in_a_language", fields=["program", "language"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.program} {self.language}"


class SearchText(models.Model):
    """One text that can be found. `place` says where it stands, `language` which it is really in.

    There are a few hundred for a corpus, so a search reads them all; no index is quicker.
    """

    corpus = models.ForeignKey(SearchCorpus, on_delete=models.CASCADE, related_name="texts")
    place = models.TextField()
    audience = models.TextField()
    language = models.TextField()
    title = models.TextField()
    also = models.TextField(blank=True)
    body = models.TextField(blank=True)
    searched = SearchVectorField(null=True)

    class Meta:
        db_table = "education_search_text"
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_text_is_found_in_one_place", fields=["corpus", "place"])
        ]

    def __str__(self) -> str:
        return self.place


class SearchMiss(models.Model):
    """A word of searches that found nothing, and how often. Never a sentence, never who asked."""

    program = models.TextField()
    language = models.TextField()
    word = models.TextField()
    times = models.IntegerField()
    last_on = models.DateField()

    class Meta:
        db_table = "education_search_miss"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_missed_word_is_counted_once", fields=["program", "language", "word"]
            ),
            models.CheckConstraint(
                name="a_missed_word_is_one_word",
                condition=Q(word__regex=r"^[^[:space:][:digit:][:punct:]]{3,30}$"),
            ),
            models.CheckConstraint(name="a_missed_word_was_missed", condition=Q(times__gte=1)),
        ]

    def __str__(self) -> str:
        return "missed word"


class AnswerRead(models.Model):
    """How often an answer was opened in a month, which is named by its first day."""

    program = models.TextField()
    answer = models.TextField()
    month = models.DateField()
    times = models.IntegerField()

    class Meta:
        db_table = "education_answer_read"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_answer_is_counted_once_a_month", fields=["program", "answer", "month"]
            ),
            models.CheckConstraint(name="a_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(name="an_answer_was_read", condition=Q(times__gte=1)),
        ]

    def __str__(self) -> str:
        return self.answer


class SavedAnswer(models.Model):
    """An answer on somebody's list. `person` is the number of a user or of a patient."""

    program = models.TextField()
    person = models.TextField()
    answer = models.TextField()
    saved_at = models.DateTimeField()
    saved_by = models.TextField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.TextField(null=True)

    class Meta:
        db_table = "education_saved_answer"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_answer_is_on_a_list_once",
                fields=["program", "person", "answer"],
                condition=Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_removed_answer_says_by_whom",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.answer
