"""What a program watches after treatment: tests, rhythms, limits, and forms that are owed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from etasu.safe_use.dates import Span
from etasu.safe_use.entries import Entry, Spoken
from etasu.safe_use.requirement_base import EVERYONE, AppliesTo


class LimitCondition(StrEnum):
    """How a result is compared with a limit's `value`; each names when the limit is crossed."""

    BELOW = "below"
    ABOVE = "above"
    AT_LEAST = "at_least"
    FALL_PERCENT = "fall_percent"  # at least `value` percent below the result before
    RISE_PERCENT = "rise_percent"  # more than `value` percent above the baseline
    TIMES_UPPER_LIMIT = "times_upper_limit"  # more than `value` times the laboratory's upper limit
    BELOW_RANGE = "below_range"  # below the laboratory's own range; takes no `value`
    ABOVE_RANGE = "above_range"
    READS = "reads"  # the word `value`, such as positive
    AT_LEAST_GRADE = "at_least_grade"  # on a test strip: negative, trace, 1+, 2+, 3+, 4+


class Urgency(StrEnum):
    """How soon somebody must act on a result."""

    INFORMATION = "information"
    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDefinition(Entry):
    """A laboratory test or examination, and the codes that count as it."""

    __test__ = False  # so that no test runner collects it

    name: str
    loinc: tuple[str, ...] = ()
    unit: str | None = None
    needs: tuple[str, ...] = ()
    spoken: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Entry):
    """A test or examination that falls due again and again after an anchor event."""

    test: str
    every: Span
    anchor: str
    remind_days: tuple[int, ...] = ()
    applies_to: AppliesTo = EVERYONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon(Entry):
    """How long monitoring goes on after the last infusion."""

    after: str
    length: Span
    extendable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness(Entry):
    """How many days after its due day something not done counts as overdue, and as escalated."""

    overdue_after_days: int
    escalated_after_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Entry):
    """A result that must be acted on, when the limits `together_with` are crossed as well.

    The other limit counts when it was crossed in the `together_days` around. Near an infusion,
    within `infusion_days` after one, `infusion_note` is said beside it, and nothing is muted.
    """

    test: str
    condition: LimitCondition
    value: str | None
    unit: str | None
    action: str
    urgency: Urgency
    together_with: tuple[str, ...] = ()
    together_days: int | None = None
    infusion_days: int | None = None
    infusion_note: str | None = None
    reflex: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Entry):
    """Within how many hours a clinician must acknowledge a crossed limit, and who hears next."""

    urgency: Urgency
    within_hours: int
    escalates_to: tuple[str, ...]


def answer_until(responses: Iterable[Response], urgency: Urgency, at: datetime) -> datetime | None:
    """By when a clinician must have acknowledged what was raised at that moment.

    None where the program sets no time for it.
    """
    hours = min((each.within_hours for each in responses if each.urgency is urgency), default=None)
    return None if hours is None else at + timedelta(hours=hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Entry):
    """A form owed after an event, once or at intervals."""

    form: str
    owed_by: str
    after: str
    within: Span | None = None
    every: Span | None = None
    until: str | None = None
    even_if_not_done: bool = False
    remind_days: tuple[int, ...] = ()
