"""What a decision says: one finding per requirement, and one of three answers."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from etasu.safe_use.requirements import Requirement


class Outcome(StrEnum):
    """How one requirement stands. Only met, not applicable, lifted and overridden let pass."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    LIFTED = "lifted"
    OVERRIDDEN = "overridden"


PASSING = frozenset({Outcome.MET, Outcome.NOT_APPLICABLE, Outcome.LIFTED, Outcome.OVERRIDDEN})


class Severity(StrEnum):
    """What a requirement that is not met does: block the drug, or warn beside the answer."""

    BLOCK = "block"
    WARN = "warn"


class Check(NamedTuple):
    """What a requirement found.

    `until` is the last day the finding stays met by itself, `since` the first day it is met; None
    where no day bounds it.
    """

    outcome: Outcome
    observed: str
    until: date | None = None
    since: date | None = None


class Finding(NamedTuple):
    """One requirement and how it stands today."""

    requirement: Requirement
    outcome: Outcome
    observed: str
    until: date | None
    since: date | None = None

    @property
    def blocks(self) -> bool:
        """Whether this finding alone keeps the gate shut."""
        return self.requirement.severity is Severity.BLOCK and self.outcome not in PASSING


class Fault(NamedTuple):
    """Why the gate cannot decide: a fault in data or platform, never the patient's."""

    code: str
    observed: str
    how: str


class Slot(NamedTuple):
    """The one place an authorization fills. Course and day are None where they do not apply."""

    unit: str
    course: int | None
    day: int | None
    course_days: int | None

    @property
    def key(self) -> str:
        """The slot's name, unique for a patient and a gate while an authorization holds it."""
        parts = [self.unit]
        if self.course is not None:
            parts.append(str(self.course))
        if self.day is not None:
            parts.append(str(self.day))
        return "-".join(parts)


class Authorized(NamedTuple):
    """Every safe-use element supports it, from the first through the last day, inclusive."""

    findings: tuple[Finding, ...]
    valid_from: date
    valid_until: date
    slot: Slot | None
    under_suspension: bool


class NotAuthorized(NamedTuple):
    """At least one safe-use element does not support it. All findings, blocking or not."""

    findings: tuple[Finding, ...]


class CannotDecide(NamedTuple):
    """No answer can be given, so nothing may open."""

    faults: tuple[Fault, ...]


Decision = Authorized | NotAuthorized | CannotDecide
