"""What laboratories measure: personal values that wander from month to month, and true illness.

The values are those of `seed.laboratory`, known by LOINC code. An illness multiplies some of them
from its first day on; that it happened is the truth signals are scored against.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from etasu.site.seed.chance import Chance
from etasu.site.seed.laboratory import USUAL, WORDS

# How much of last month's deviation is left this month.
MEMORY = 0.6
# How long an illness takes to show in full.
SHOWS_AFTER = 14
PROTEIN = "20454-5"
# What each illness does to values, by LOINC code.
EFFECTS: Mapping[str, tuple[Mapping[str, float], ...]] = {
    "platelets": ({"777-3": 0.12},),
    "kidney": ({"2160-0": 2.4, "13945-1": 30.0},),
    "thyroid": ({"3016-3": 8.0}, {"3016-3": 0.02}),
    "liver": ({"1742-6": 14.0, "1920-8": 12.0, "1975-2": 5.0},),
}
LASTS = {"platelets": 75, "kidney": 150, "thyroid": 270, "liver": 90}


class Illness(NamedTuple):
    """Something that truly happened to somebody, whether or not anybody noticed."""

    kind: str
    onset: date
    over: date
    effects: Mapping[str, float]

    def runs_on(self, day: date) -> bool:
        """Whether a specimen of that day would show it."""
        return self.onset <= day < self.over


class Body:
    """One person's values. The same chance gives the same person."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._own = {code: chance.bell(0.0, usual.between_people) for code, usual in USUAL.items()}
        self._now = dict.fromkeys(USUAL, 0.0)
        self.illnesses: list[Illness] = []

    def fall_ill(self, percent_a_year: Mapping[str, float], first: date, last: date) -> None:
        """Decide what truly happens between two days; each illness once at most."""
        years = (last - first).days / 365.25
        for kind in sorted(percent_a_year):
            if self._chance.happens(100 * (1 - (1 - percent_a_year[kind] / 100) ** years)):
                onset = first + timedelta(days=self._chance.between(30, (last - first).days))
                over = onset + timedelta(days=LASTS[kind])
                effects = self._chance.pick(EFFECTS[kind])
                self.illnesses.append(Illness(kind, onset, over, effects))

    def measure(self, loinc: str, day: date) -> str | None:
        """What a specimen of that day would read; None for what has no usual value."""
        if loinc in WORDS:
            return "2+" if loinc == PROTEIN and self._is_ill(day, "kidney") else WORDS[loinc]
        usual = USUAL.get(loinc)
        if usual is None:
            return None
        self._now[loinc] = self._now[loinc] * MEMORY + self._chance.bell(0.0, usual.within_person)
        factor = math.prod(self._factors(loinc, day))
        value = usual.middle * math.exp(self._own[loinc] + self._now[loinc]) * factor
        return f"{value:.{usual.decimals}f}"

    def _is_ill(self, day: date, kind: str) -> bool:
        return any(each.kind == kind and each.runs_on(day) for each in self.illnesses)

    def _factors(self, loinc: str, day: date) -> Iterator[float]:
        for each in self.illnesses:
            if each.runs_on(day) and loinc in each.effects:
                shown = min(1.0, ((day - each.onset).days + 1) / SHOWS_AFTER)
                yield each.effects[loinc] ** shown
