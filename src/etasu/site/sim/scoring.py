"""Signals against the truth: what was noticed, how soon, and what was raised for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import Any, NamedTuple

from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.site.sim.bodies import Illness
from etasu.site.sim.world import Person, World


class Score(NamedTuple):
    """How many illnesses there were, how many could be seen and were; how long it took; the rest.

    `examined` are those of whom a specimen taken meanwhile is on record. `false_alarms` are signals
    without such an illness, `signals` all of them.
    """

    illnesses: int
    examined: int
    noticed: int
    days: Sequence[int]
    signals: int
    false_alarms: int
    patient_months: int

    @property
    def sensitivity(self) -> float | None:
        """The share that was noticed of those whose blood came in; None without any."""
        return self.noticed / self.examined if self.examined else None

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        return {**self._asdict(), "sensitivity": self.sensitivity}

    def lines(self) -> list[str]:
        """The same for a person."""
        share = "none to notice" if self.sensitivity is None else f"{100 * self.sensitivity:.0f}%"
        days = f"{median(self.days):.0f} days in the middle, {max(self.days)} at most" if (
            self.days
        ) else "-"  # fmt: skip
        often = 100 * self.false_alarms / max(1, self.patient_months)
        return [
            f"True illnesses: {self.illnesses}; examined meanwhile: {self.examined}; noticed: "
            f"{self.noticed} ({share}); from onset to signal: {days}.",
            f"Signals: {self.signals}, of which {self.false_alarms} without such an illness: "
            f"{often:.1f} in 100 patient-months.",
        ]


def score(world: World) -> Score:
    """Compare what was raised with what truly happened."""
    raised = list(SignalRow.objects.select_related("result").order_by("pk"))
    true: set[int] = set()
    days, examined, noticed, illnesses = [], 0, 0, 0
    for person in world.people:
        own = [each for each in raised if each.patient_id == person.pk]
        for illness in person.body.illnesses:
            if illness.onset > world.day:
                continue
            illnesses += 1
            tests = _tests(world, illness)
            found = [each for each in own if _shows(each.result, illness, tests)]
            true |= {each.pk for each in found}
            examined += bool(found) or _is_examined(person, illness, tests)
            noticed += bool(found)
            if found:
                days.append((min(each.raised_at for each in found).date() - illness.onset).days)
    months = sum((world.day - each.enrolled_on).days for each in world.people) // 30
    false_alarms = len(raised) - len(true)
    return Score(illnesses, examined, noticed, days, len(raised), false_alarms, months)


def _tests(world: World, illness: Illness) -> list[str]:
    known = world.shapes.version_on(world.day).tests.values()
    return [each.code for each in known if set(each.loinc) & set(illness.effects)]


def _shows(result: Result, illness: Illness, tests: list[str]) -> bool:
    # Protein in urine belongs to the kidney, and has words instead of a factor.
    is_of_it = result.test in tests or illness.kind == "kidney" and "urine" in result.test
    return is_of_it and illness.runs_on(result.collected_on)


def _is_examined(person: Person, illness: Illness, tests: list[str]) -> bool:
    found = Result.objects.filter(patient=person.pk, test__in=tests, replaced_at__isnull=True)
    first: date = illness.onset
    return found.filter(collected_on__gte=first, collected_on__lt=illness.over).exists()
