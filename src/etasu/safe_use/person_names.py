"""Whether two spellings of a name are one person's, as a signature and a form have them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import NamedTuple

# Letters that are no letter with a mark, and are written without it where a keyboard lacks them.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})
# What tells a parent from a child of one name.
_GENERATIONS = frozenset({"jr", "sr", "ii", "iii", "iv"})


class PersonName(NamedTuple):
    """A name as a form has it: given names, and what stands after them."""

    given: str
    family: str = ""

    def __str__(self) -> str:
        return f"{self.given} {self.family}".strip()


def name_of(text: str) -> PersonName:
    """A whole name in its parts: what stands after a comma is given, or else the first word."""
    before, comma, after = text.partition(",")
    if comma and not set(_parts(after)) <= _GENERATIONS:
        return PersonName(after.strip(), before.strip())
    given, _space, family = text.replace(",", " ").strip().partition(" ")
    return PersonName(given, family.strip())


def same_person_name(written: str, known: PersonName) -> bool:
    """Whether what somebody wrote is the name that is known.

    Case, accents, hyphens, spacing and the order of the parts do not matter. Middle names may be
    left out, added, or given by a letter; so may one of several family names. The first given name
    and a family name have to be there, and nothing may contradict.
    """
    said, given, family = _parts(written), _parts(known.given), _parts(known.family)
    if not said or not (given or family):
        return False
    if "".join(said) in ("".join([*given, *family]), "".join([*family, *given])):
        return True
    wanted = [*given, *family]
    if given and given[0] not in said:
        return False
    rest = Counter(said) - Counter(given[:1])
    if family and not any(each in family for each in rest):
        return False
    return _is_within(said, wanted) or _is_within(wanted, said)


def is_somebody_else(written: str, known: PersonName) -> bool:
    """Whether what somebody wrote for themselves cannot be taken for the name that is known.

    A parent may share it, and says so by what tells them apart, such as Sr. or Jr.
    """
    if not same_person_name(written, known):
        return True
    generation = set(_parts(written)) & _GENERATIONS
    return bool(generation) and generation != set(_parts(str(known))) & _GENERATIONS


def folded_name(text: str) -> str:
    """A name as compared with many others: its parts without case, accents and order."""
    return " ".join(sorted(_parts(text)))


def _is_within(fewer: list[str], more: list[str]) -> bool:
    """Whether each of these parts stands for another one of those."""
    left = list(more)
    # Whole words first, so that a letter does not take the place of one.
    for part in sorted(fewer, key=len, reverse=True):
        found = next((each for each in left if each == part), None)
        if found is None:
            found = next((each for each in left if _stands_for(part, each)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def _stands_for(one: str, other: str) -> bool:
    """Whether one is the first letter of the other."""
    return min(len(one), len(other)) == 1 and one[0] == other[0]


def _parts(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    kept = [char for char in plain if unicodedata.category(char) != "Mn" and char not in "'’ʼ`´"]
    return "".join(char if char.isalnum() else " " for char in kept).split()
