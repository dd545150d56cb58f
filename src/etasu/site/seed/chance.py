"""Everything left to chance in invented data, drawn from one seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


class Chance:
    """The same draws in the same order for the same seed, on every machine."""

    def __init__(self, *seed: object) -> None:
        self._random = Random("/".join(str(each) for each in seed))
        self.fraction = self._random.random
        self.bell = self._random.gauss

    def happens(self, percent: float) -> bool:
        """True in that many of a hundred cases."""
        return self.fraction() * 100 < percent

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` through `high`; `low` when there is no room."""
        return low + int(self.fraction() * (high - low + 1)) if high > low else low

    def pick(self, choices: Sequence[Thing]) -> Thing:
        """One of the choices."""
        return choices[int(self.fraction() * len(choices))]
