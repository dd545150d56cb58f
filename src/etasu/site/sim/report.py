"""What a simulation came to: counts, the hash, how often each promise was looked at, the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

from etasu.site.sim.invariants import INVARIANTS
from etasu.site.sim.plan import Plan
from etasu.site.sim.scoring import Score


class Violation(NamedTuple):
    """A promise that was not kept: which, when, after what, and the command that shows it again."""

    code: str
    said: str
    day: date
    last: Sequence[str]
    command: str

    def lines(self) -> list[str]:
        """The same for a person."""
        after = [f"  {each}" for each in self.last]
        return [
            f"{self.code} is broken on {self.day}: {self.said}",
            "",
            "The last events:",
            *after,
            "",
            f"See it again: {self.command}",
        ]


@dataclass(frozen=True)
class SimReport:
    """One simulation, told."""

    plan: Plan
    program: str
    through: date
    events: Mapping[str, int]
    digest: str
    looked: Mapping[str, int]
    scored: Score
    messages: int
    lost: int
    patients: int
    seconds: float
    violation: Violation | None

    @property
    def patient_months(self) -> int:
        """How much was simulated."""
        return self.plan.patients * self.plan.months

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        said = asdict(self)
        said["scored"] = self.scored.as_dict()
        said["violation"] = self.violation._asdict() if self.violation else None
        return said

    def lines(self) -> list[str]:
        """The same for a person."""
        total = sum(self.events.values())
        each = self.seconds / max(1, self.patient_months)
        counts = [f"{count:>9,}  {kind}" for kind, count in sorted(self.events.items())]
        looked = [
            f"{self.looked.get(one.code, 0):>9,}  {one.code:<4} {one.says}" for one in INVARIANTS
        ]
        return [
            *counts,
            "",
            "Looked at, so many times:",
            *looked,
            "",
            *self.scored.lines(),
            "",
            f"Seed {self.plan.seed}: {self.patients} patients, {self.plan.months} months of the "
            f"program {self.program}, rounds of the clock every {self.plan.step} days.",
            f"{total:,} events, {self.messages:,} messages of laboratories, {self.lost:,} lost on "
            "their way.",
            f"{self.seconds:.1f} s, {1000 * each:.2f} ms for each patient and month.",
            f"Trace {self.digest}",
        ]
