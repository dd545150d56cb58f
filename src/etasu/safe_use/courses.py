"""Courses of treatment: how many infusion days each has, and which one a question is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from etasu.safe_use.dates import Span

# A course not finished this long after its first infusion is a past course, not a running one.
RUNNING_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePlan:
    """The courses from `first_course` through `last_course`; None means every later one."""

    code: str
    first_course: int
    last_course: int | None
    doses: int
    consecutive: bool
    min_gap: Span | None
    source: str
    verified: bool = True


def doses_in(plans: Sequence[CoursePlan], course: int) -> int | None:
    """The infusion days of one course, or None when no plan describes it."""
    for plan in plans:
        last = course if plan.last_course is None else plan.last_course
        if plan.first_course <= course <= last:
            return plan.doses
    return None


def course_in_question(
    plans: Sequence[CoursePlan],
    infusions: Mapping[int, Sequence[date]],
    authorized: Sequence[int],
    on: date,
) -> int | None:
    """The course a question on that day is about when nobody says; None without course plans.

    A running course first, then the newest authorized one, then the one after the last given.
    """
    if not plans:
        return None
    newest = max(infusions, default=0)
    if _is_running(plans, newest, infusions.get(newest), on):
        return newest
    return max([newest + 1, *authorized])


def _is_running(
    plans: Sequence[CoursePlan], course: int, given: Sequence[date] | None, on: date
) -> bool:
    if not given or not min(given) <= on <= min(given) + timedelta(days=RUNNING_DAYS):
        return False
    doses = doses_in(plans, course)
    return on in given or (doses is not None and doses > len(set(given)))
