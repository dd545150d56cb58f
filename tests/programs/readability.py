"""How many years at school a text asks for: known formulas over words, sentences and syllables."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SENTENCE = re.compile(r"[.!?:;]+(?:\s|$)")
_WORD = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ']+")
_ENGLISH_VOWELS = re.compile(r"[aeiouy]+")
# Two strong vowels, or a stressed weak one beside another, are two syllables.
_SPANISH_VOWELS = re.compile(r"[iuü]?[aeoáéó][iuü]?|[iuüíú]+")


def school_grade(paragraphs: Iterable[str]) -> float:
    """Flesch-Kincaid grade of English paragraphs: 6 is read by most people of twelve."""
    words, sentences = _counted(paragraphs)
    syllables = sum(_english_syllables(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def spanish_ease(paragraphs: Iterable[str]) -> float:
    """Fernández Huerta's ease of Spanish paragraphs: 70 to 80 is read in the sixth grade."""
    words, sentences = _counted(paragraphs)
    syllables = sum(len(_SPANISH_VOWELS.findall(word.lower())) or 1 for word in words)
    return 206.84 - 60 * syllables / len(words) - 1.02 * len(words) / sentences


def _counted(paragraphs: Iterable[str]) -> tuple[list[str], int]:
    words: list[str] = []
    sentences = 0
    for paragraph in paragraphs:
        found = _WORD.findall(paragraph)
        if found:
            words += found
            sentences += max(1, len(_SENTENCE.findall(paragraph)))
    return words, max(1, sentences)


def _english_syllables(word: str) -> int:
    plain = word.lower().strip("'")
    silent = plain.endswith("e") and not plain.endswith(("le", "ee"))
    silent |= plain.endswith("ed") and not plain.endswith(("ted", "ded"))
    return max(1, len(_ENGLISH_VOWELS.findall(plain)) - silent)
