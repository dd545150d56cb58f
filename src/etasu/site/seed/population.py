"""How many there are of whom, and their stories one sheet of rows after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from etasu.site.seed.chance import Chance
from etasu.site.seed.desk import Desk
from etasu.site.seed.history import History
from etasu.site.seed.shape import first_day_of_history
from etasu.site.seed.sites import ALWAYS_THERE, Country


class Size(NamedTuple):
    """How many patients and participants; `detail` keeps the single values of panels too."""

    patients: int
    participants: Mapping[str, int]
    others: int
    detail: bool


SIZES: Mapping[str, Size] = {
    "s": Size(200, {"prescriber": 24, "facility": 24, "pharmacy": 6}, 3, True),
    "m": Size(10_000, {"prescriber": 420, "facility": 160, "pharmacy": 24}, 5, True),
    "l": Size(100_000, {"prescriber": 3_800, "facility": 1_400, "pharmacy": 90}, 12, False),
}
CHUNK = 400


class Population:
    """The participants first, then the patients, each with a chance of their own."""

    def __init__(self, desk: Desk, size: Size, seed: int) -> None:
        self._desk = desk
        self._size = size
        self._seed = seed
        self._begins = first_day_of_history(desk.program.versions, desk.today)
        self._country = Country(desk, Chance(seed, "participants"), self._begins)

    def settle(self) -> None:
        """Tell every participant's story."""
        for kind in self._desk.version_on(self._desk.today).parties:
            how_many = self._size.participants.get(kind, self._size.others)
            self._country.settle(kind, max(how_many, ALWAYS_THERE))

    def enroll(self) -> Iterator[int]:
        """Tell the patients' stories; after each handful, how many are told."""
        for index in range(self._size.patients):
            chance = Chance(self._seed, "patient", index)
            on = self._enrolls_on(chance)
            prescriber = self._country.prescriber_on(chance, on)
            History(self._desk, chance, self._country, prescriber, on).tell()
            if (index + 1) % CHUNK == 0:
                yield index + 1
        yield self._size.patients

    def _enrolls_on(self, chance: Chance) -> date:
        # The program grows: later years enroll more than earlier ones.
        span = max((self._desk.today - self._begins).days - 60, 1)
        days = min(59 + int(math.sqrt(chance.fraction()) * span), span + 58)
        return min(self._begins + timedelta(days=days), self._desk.today - timedelta(days=1))
