"""How a person's name may be written, and its two parts as forms ask for them."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

LONGEST_NAME = 200
_BESIDE_LETTERS = frozenset(" '’ʼ-‐.,")
_TITLES = frozenset(
    ("dr", "dra", "prof", "profesor", "profesora", "mr", "mrs", "ms", "miss", "mx", "sr", "sra")
)
_DEGREES = frozenset(
    (
        "md",
        "do",
        "np",
        "pa",
        "pa-c",
        "rn",
        "phd",
        "pharmd",
        "rph",
        "dnp",
        "aprn",
        "fnp",
        "msn",
        "bsn",
    )
)
_GENERATIONS = frozenset(("jr", "sr", "ii", "iii", "iv"))
# Words that begin a family name of several words.
_PARTICLES = frozenset(
    (
        *("de", "del", "la", "las", "los", "da", "das", "do", "dos", "di", "du", "des"),
        *("van", "von", "der", "den", "ter", "ten", "zu", "bin", "ibn", "al", "el", "st"),
    )
)


class NameParts(NamedTuple):
    """First and last name; both empty where nobody can tell one from the other."""

    first: str
    last: str


def name_ok(text: str) -> bool:
    """Whether this can be a person's name: letters with what stands between them, and not long."""
    if not 0 < len(text) <= LONGEST_NAME:
        return False
    return any(char.isalpha() for char in text) and all(map(_may_stand_in_name, text))


def place_name_ok(text: str) -> bool:
    """Whether this can be the name of a place or company, which may have numbers and signs too."""
    if not 0 < len(text) <= LONGEST_NAME or not any(char.isalnum() for char in text):
        return False
    return all(_may_stand_in_name(char) or char in "0123456789&#/()+:" for char in text)


def name_parts(full_name: str) -> NameParts:
    """First and last name, without titles; empty where the name can be parted in two ways.

    Of three words and more the middle one may belong to either part, unless it is an initial or
    the last name begins with a word like `de`.
    """
    words, generation = _bare_words(full_name)
    if len(words) < 2:
        return NameParts("", "")
    at = _last_name_at(words)
    if at is None:
        return NameParts("", "")
    last = " ".join([*words[at:], *generation])
    return NameParts(" ".join(words[:at]), last)


def told_or_parted(full_name: str, first: str, last: str) -> NameParts:
    """The parts somebody gave, where together they are this name; otherwise what can be told."""
    given = NameParts(first.strip(), last.strip())
    words, generation = _bare_words(full_name)
    if all(given) and _bare_words(f"{given.first} {given.last}") == (words, generation):
        return given
    return name_parts(full_name)


def _last_name_at(words: list[str]) -> int | None:
    """Where the last name begins; None when it may begin in two places."""
    middle = range(1, len(words) - 1)
    particles = [at for at in middle if _plain(words[at]) in _PARTICLES]
    at = particles[0] if particles else len(words) - 1
    # Between the first word and the last name only initials are surely given names.
    return at if all(len(_plain(each)) == 1 for each in words[1:at]) else None


def _bare_words(full_name: str) -> tuple[list[str], list[str]]:
    """The words without titles and degrees, and what tells the generation."""
    words = full_name.replace(",", " ").split()
    while len(words) > 1 and _plain(words[0]) in _TITLES:
        words = words[1:]
    generation: list[str] = []
    while len(words) > 1 and _is_behind(words[-1]):
        if _plain(words[-1]) in _GENERATIONS:
            generation = [words[-1], *generation]
        words = words[:-1]
    return words, generation


def _is_behind(word: str) -> bool:
    """Whether the last word is no part of the name: a degree, in capitals, or a generation."""
    plain = _plain(word)
    return plain in _GENERATIONS or (plain in _DEGREES and sum(map(str.isupper, word)) > 1)


def _plain(word: str) -> str:
    return word.replace(".", "").casefold()


def _may_stand_in_name(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM" or char in _BESIDE_LETTERS
