"""Results with plausible values: a personal usual value, and from month to month a little off it.

What is usual is known by LOINC code, so any program's tests get numbers; a test without a known
code is kept as done, without a value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from etasu.safe_use.monitoring_plan import Limit, LimitCondition, TestDefinition
from etasu.safe_use.program import ProgramVersion
from etasu.site.seed.chance import Chance


class Usual(NamedTuple):
    """What most adults have: the middle, how people differ, how one person varies, decimals."""

    middle: float
    between_people: float
    within_person: float
    decimals: int


# Textbook adult values in the units the codes are reported in.
USUAL: Mapping[str, Usual] = {
    "777-3": Usual(245, 0.18, 0.07, 0),
    "6690-2": Usual(6.4, 0.20, 0.11, 1),
    "751-8": Usual(3.8, 0.24, 0.15, 1),
    "731-0": Usual(1.5, 0.30, 0.12, 1),
    "742-7": Usual(0.5, 0.20, 0.15, 1),
    "711-2": Usual(0.15, 0.30, 0.20, 2),
    "704-7": Usual(0.04, 0.30, 0.20, 2),
    "718-7": Usual(13.6, 0.07, 0.03, 1),
    "4544-3": Usual(41, 0.07, 0.03, 0),
    "789-8": Usual(4.6, 0.07, 0.03, 1),
    "2160-0": Usual(0.80, 0.15, 0.06, 2),
    "98979-8": Usual(98, 0.12, 0.05, 0),
    "13945-1": Usual(1, 0.40, 0.30, 0),
    "5821-4": Usual(1, 0.40, 0.30, 0),
    "5807-3": Usual(0, 0.0, 0.0, 0),
    "2890-2": Usual(62, 0.30, 0.15, 0),
    "3016-3": Usual(1.9, 0.30, 0.12, 2),
    "3024-7": Usual(1.2, 0.10, 0.05, 1),
    "3051-0": Usual(3.1, 0.10, 0.05, 1),
    "1742-6": Usual(20, 0.30, 0.14, 0),
    "1920-8": Usual(21, 0.25, 0.12, 0),
    "1975-2": Usual(0.5, 0.25, 0.15, 1),
    "24467-3": Usual(760, 0.25, 0.10, 0),
}
WORDS: Mapping[str, str] = {
    "5794-3": "negative",
    "20454-5": "negative",
    "56888-1": "negative",
    "2106-3": "negative",
    "21440-3": "negative",
    "82675-0": "negative",
}
# Of a hundred values that have a limit, how many cross it: few enough to stand out.
REMARKABLE = 0.1
# How much of last month's deviation is left this month.
_MEMORY = 0.6


class Assay:
    """One test of a program version as results of it are written."""

    __slots__ = ("code", "limits", "parts", "unit", "usual", "word")

    def __init__(self, test: TestDefinition, version: ProgramVersion) -> None:
        self.code = test.code
        self.unit = test.unit
        self.parts = tuple(Assay(version.tests[part], version) for part in test.needs)
        crossed = [_crossing(limit) for limit in version.limits.values() if limit.test == test.code]
        self.limits = [each for each in crossed if each is not None]
        self.usual = next((USUAL[code] for code in test.loinc if code in USUAL), None)
        self.word = next((WORDS[code] for code in test.loinc if code in WORDS), None)


class Body:
    """One person's values, as they wander around what is usual for this person."""

    __slots__ = ("_chance", "_now", "_own")

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._own: dict[str, float] = {}
        self._now: dict[str, float] = {}

    def value(self, assay: Assay) -> tuple[str | None, str | None]:
        """The value measured now, with its unit; a word has none, and a panel has neither."""
        usual = assay.usual
        if usual is None or assay.parts:
            return assay.word, None
        code, bell = assay.code, self._chance.bell
        if code not in self._own:
            self._own[code] = bell(0.0, usual.between_people)
            self._now[code] = 0.0
        now = self._now[code] * _MEMORY + bell(0.0, usual.within_person)
        self._now[code] = now
        measured = usual.middle * math.exp(self._own[code] + now)
        if assay.limits and self._chance.happens(REMARKABLE):
            measured = self._chance.pick(assay.limits) * self._chance.between(95, 105) / 100
        return f"{measured:.{usual.decimals}f}", assay.unit


def _crossing(limit: Limit) -> float | None:
    """A value that crosses the limit by far; None for limits not about one number."""
    if limit.condition is LimitCondition.BELOW:
        return float(limit.value or 0) * 0.7
    return float(limit.value or 0) * 1.4 if limit.condition is LimitCondition.ABOVE else None
