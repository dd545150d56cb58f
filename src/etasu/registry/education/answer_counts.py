"""What is read and what is missed, in numbers that name nobody.

A count is no change to anybody's record, so it says neither who nor when, but in which month.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum

from etasu.registry.education.answer_models import AnswerRead, SearchMiss

# A word somebody typed may be a name. It shows only when several searches had it.
SHOWN_FROM = 3
# How many different words are kept for a program and language; a flood of them adds no more.
MOST_WORDS = 2000
_FORGOTTEN_AFTER = timedelta(days=400)
_SHORTEST, _LONGEST = 3, 30

_READ = """
INSERT INTO education_answer_read (program, answer, month, times) VALUES (%s, %s, %s, 1)
ON CONFLICT (program, answer, month) DO UPDATE SET times = education_answer_read.times + 1
"""
_MISSED = """
INSERT INTO education_search_miss (program, language, word, times, last_on)
VALUES (%s, %s, %s, 1, %s) ON CONFLICT (program, language, word)
DO UPDATE SET times = education_search_miss.times + 1, last_on = excluded.last_on
"""


class WordMissed(NamedTuple):
    """A word that leads nowhere, and how often it was searched."""

    word: str
    language: str
    times: int
    last_on: date


def count_read(program: str, answer: str, on: date) -> None:
    """Count that an answer was opened."""
    with connection.cursor() as db:
        db.execute(_READ, [program, answer, on.replace(day=1)])


def count_missed(program: str, language: str, words: Iterable[str], on: date) -> None:
    """Count the words of a search that found nothing: each by itself, and letters only."""
    kept = SearchMiss.objects.filter(program=program, language=language)
    kept.filter(last_on__lt=on - _FORGOTTEN_AFTER).delete()
    room = MOST_WORDS - kept.count()
    with connection.cursor() as db:
        for word in words:
            is_word = word.isalpha() and _SHORTEST <= len(word) <= _LONGEST
            if is_word and (room > 0 or kept.filter(word=word).exists()):
                db.execute(_MISSED, [program, language, word, on])


def missed_words(program: str, limit: int) -> list[WordMissed]:
    """The words searched most often that led nowhere."""
    found = SearchMiss.objects.filter(program=program, times__gte=SHOWN_FROM)
    rows = found.order_by("-times", "word")[:limit]
    return [WordMissed(each.word, each.language, each.times, each.last_on) for each in rows]


def most_read(program: str, since: date, limit: int) -> list[tuple[str, int]]:
    """The answers opened most often since the month of that day, each with how often."""
    found = AnswerRead.objects.filter(program=program, month__gte=since.replace(day=1))
    rows = found.values_list("answer").annotate(all_times=Sum("times"))
    return [(code, times) for code, times in rows.order_by("-all_times", "answer")[:limit]]
