"""What is simulated: how many people, how long, how often things go wrong, and what truly happens.

Rates of illness are of the order the prescribing information of such drugs names, and higher where
too few would happen to test anything. They are parameters, not claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Channel:
    """How many of a hundred messages of a laboratory meet with something on their way."""

    lost: float = 4
    doubled: float = 4
    late: float = 6
    corrected: float = 4
    withdrawn: float = 2
    correction_first: float = 1
    identifiers_disagree: float = 2
    another_patient: float = 1
    without_identifier: float = 1
    code_unknown: float = 3
    other_units: float = 5
    without_zone: float = 8
    cut_off: float = 1


@dataclass(frozen=True, slots=True)
class Rates:
    """How many of a hundred times something happens, where nothing else is said."""

    channel: Channel = field(default_factory=Channel)
    # Of a hundred patients, in a year after the first infusion.
    illness: Mapping[str, float] = field(
        default_factory=lambda: {"platelets": 4, "kidney": 2, "thyroid": 12, "liver": 2}
    )
    test_missed: float = 5
    form_missed: float = 10
    asked_too_early: float = 15
    asked_by_machine: float = 70
    given_unasked: float = 2
    written_down_late: float = 6
    wrong_patient: float = 3
    course_stopped: float = 5
    # Of a hundred infusion days, and of a hundred forms about a patient where one can be stated.
    reaction: float = 8
    event_stated: float = 4
    form_after_course_late: float = 10
    signal_ignored: float = 12
    renewal_missed: float = 25
    # Of a hundred verbs, how many break off in the middle of their transaction.
    crash: float = 1.5
    # Of a hundred rounds of the clock.
    outage: float = 4
    clock_back: float = 1
    # Of a hundred patients.
    hold: float = 25
    leaves: float = 12
    dies: float = 4
    transfer: float = 10
    extension: float = 15
    waiver: float = 25
    says_stop: float = 20
    moves: float = 15
    wrong_number: float = 8
    # Of a hundred text messages, how many the provider does not acknowledge.
    unsure: float = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """One simulation. The same plan, on the same software, has the same trace.

    `step` is how many days pass between two rounds of the laboratories and the clock.
    """

    seed: int
    patients: int = 200
    months: int = 60
    step: int = 1
    program: str | None = None
    stop_at: date | None = None
    rates: Rates = field(default_factory=Rates)

    def command(self, stop_at: date | None = None) -> str:
        """The command line that runs it again, through that day if one is given."""
        said = f"etasu sim --seed {self.seed} --patients {self.patients} --months {self.months}"
        said += f" --step {self.step}"
        said += f" --program {self.program}" if self.program else ""
        until = stop_at or self.stop_at
        return f"{said} --stop-at {until}" if until else said
