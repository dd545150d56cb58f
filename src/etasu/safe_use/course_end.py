"""Where a course of treatment stands, when the form about it falls due, and whether vials add up.

Source: program `duties.yaml`; domain rules for the infusion checklist and for stock and returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.courses import RUNNING_DAYS
from etasu.safe_use.monitoring_plan import Duty

COURSE_END = "course_end"


class CourseOutcome(StrEnum):
    """How a course went. Only the two in the middle are declared; the others are seen."""

    RUNNING = "running"
    STOPPED_EARLY = "stopped_early"
    NOT_GIVEN = "not_given"
    COMPLETED = "completed"


DECLARED = (CourseOutcome.STOPPED_EARLY, CourseOutcome.NOT_GIVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFacts:
    """What is known of one course: its infusion days, and how many it was to have.

    `declared_on` is the day on which somebody said that it goes no further, and `unused_until` the
    last day of an authorization that nobody used.
    """

    doses: int | None
    given: tuple[date, ...] = ()
    declared_on: date | None = None
    unused_until: date | None = None


class DeclaredEnd(NamedTuple):
    """That a course goes no further, as somebody said: how it went, from which day on, and when."""

    outcome: CourseOutcome
    on: date
    said_at: datetime


class CourseStanding(NamedTuple):
    """How a course stands; `ended_on` is its last infusion day, or the day it was given up."""

    outcome: CourseOutcome
    ended_on: date | None


def standing_of_course(facts: CourseFacts, on: date) -> CourseStanding:
    """How the course stands on the day.

    One that was begun and is neither complete nor given up counts as stopped early once it can no
    longer be a running one. It is not given up any more once it was given on a later day.
    """
    days = sorted(set(facts.given))
    if not days:
        return _never_given(facts, on)
    if facts.doses is not None and len(days) >= facts.doses:
        return CourseStanding(CourseOutcome.COMPLETED, days[-1])
    is_past = on > days[0] + timedelta(days=RUNNING_DAYS)
    is_given_up = facts.declared_on is not None and days[-1] <= facts.declared_on
    if is_given_up or is_past:
        return CourseStanding(CourseOutcome.STOPPED_EARLY, days[-1])
    return CourseStanding(CourseOutcome.RUNNING, None)


def is_given_after_all(end: DeclaredEnd, given_on: date, began: datetime) -> bool:
    """Whether an infusion shows that the course goes on, whatever was said of its end.

    One that began after that was said does, and one on a day on which none was to be. One that
    began before, and is written down late, was part of what was said.
    """
    is_none_of_that_day = end.outcome is CourseOutcome.NOT_GIVEN and given_on >= end.on
    return is_none_of_that_day or began > end.said_at


def form_due(duty: Duty, facts: CourseFacts, on: date) -> date | None:
    """When the form about the course falls due; None while there is nothing to write about.

    It is counted from the last infusion, and so moves on with each further one. A course that was
    never given owes it too, where the program says so, counted from the day that was clear.
    """
    if duty.within is None or duty.after != COURSE_END:
        return None
    if facts.given:
        return duty.within.after(max(facts.given))
    standing = standing_of_course(facts, on)
    if standing.ended_on is None or not duty.even_if_not_done:
        return None
    return duty.within.after(standing.ended_on)


class VialCounts(NamedTuple):
    """The vials of one course at one site."""

    received: int = 0
    used: int = 0
    wasted: int = 0
    returned: int = 0

    @property
    def difference(self) -> int:
        """How many are not accounted for; below zero, how many more than came."""
        return self.received - self.used - self.wasted - self.returned

    @property
    def add_up(self) -> bool:
        """Whether every vial received was used, wasted or returned."""
        return self.difference == 0


def _never_given(facts: CourseFacts, on: date) -> CourseStanding:
    if facts.declared_on is not None:
        return CourseStanding(CourseOutcome.NOT_GIVEN, facts.declared_on)
    if facts.unused_until is not None and on > facts.unused_until:
        return CourseStanding(CourseOutcome.NOT_GIVEN, facts.unused_until)
    return CourseStanding(CourseOutcome.RUNNING, None)
