"""What a laboratory's own code may mean, by its words: suggested to a person, and never decided."""

from __future__ import annotations

import re
from typing import NamedTuple

from etasu.programs.codes import loinc_names
from etasu.safe_use.monitoring_plan import TestDefinition
from etasu.safe_use.program import ProgramVersion

MOST = 5
# From so many letters on, a word cut short is the same word: `platelet ct`.
SHORTEST_BEGINNING = 4


class Candidate(NamedTuple):
    """A test with the LOINC code of it that fits best, and how many words they share."""

    test: TestDefinition
    loinc: str
    name: str
    shared: int


def candidates(said: str, version: ProgramVersion) -> list[Candidate]:
    """The tests of the program that the words of a code fit, what fits best first."""
    asked = _words(said)
    found = [_best(asked, test) for test in version.tests.values() if test.loinc and not test.needs]
    fits = sorted((each for each in found if each.shared), key=lambda each: -each.shared)
    return fits[:MOST]


def _best(asked: set[str], test: TestDefinition) -> Candidate:
    own = _words(f"{test.code} {test.name}")
    names = loinc_names()
    options = [
        Candidate(test, code, name, _shared(asked, own | _words(name)))
        for code in test.loinc
        for name in [names.get(code, test.name)]
    ]
    return max(options, key=lambda each: each.shared)


def _shared(asked: set[str], known: set[str]) -> int:
    return sum(any(_is_same(word, other) for other in known) for word in asked)


def _is_same(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= SHORTEST_BEGINNING and long.startswith(short))


# Words that nearly every test has say nothing.
_EMPTY = frozenset("by in of or and the with blood serum plasma volume presence test count".split())


def _words(text: str) -> set[str]:
    plain = text.casefold()
    # `TSH3` is looked for as it stands and without its number.
    found = {*re.findall(r"[a-z0-9]{2,}", plain), *re.findall(r"[a-z]{3,}", plain)}
    return found - _EMPTY
