"""What a program says about a day of treatment: what is given before, what is watched, how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from etasu.safe_use.entries import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRules(Entry):
    """What every infusion day of the program has in common.

    `vials` are those of one day. Vital signs are taken before the infusion, and again while it runs
    where `vitals_during` says so. The patient stays `observation_hours` after its end.
    """

    dose: Decimal
    dose_unit: str
    vials: int
    infusion_hours: int
    observation_hours: int
    vitals_during: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Premedication(Entry):
    """What is given before the infusion; `days` are those of the course, none means every day.

    One that is not `needed` is offered, and not missed.
    """

    name: str
    days: tuple[int, ...] = ()
    needed: bool = True

    def is_for(self, day: int) -> bool:
        """Whether it is given on that day of the course."""
        return not self.days or day in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSign(Entry):
    """A vital sign that is taken, as the test of that code. Values outside are asked about."""

    test: str
    least: Decimal
    most: Decimal

    def is_likely(self, value: Decimal) -> bool:
        """Whether nobody needs to be asked whether it is right."""
        return self.least <= value <= self.most


def premedications_on(known: Mapping[str, Premedication], day: int) -> tuple[Premedication, ...]:
    """What is given before the infusion on that day of a course, in the program's order."""
    return tuple(each for each in known.values() if each.is_for(day))


def unlikely_values(
    signs: Mapping[str, VitalSign], values: Mapping[str, Decimal]
) -> tuple[str, ...]:
    """The codes of the vital signs whose value somebody should look at once more."""
    return tuple(
        code for code, value in values.items() if code in signs and not signs[code].is_likely(value)
    )
