"""Requirements about courses, infusion days and the authorizations already given for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from etasu.safe_use.courses import CoursePlan, doses_in
from etasu.safe_use.dates import Span, say_date
from etasu.safe_use.facts import AuthorizationFact, Facts
from etasu.safe_use.findings import Check
from etasu.safe_use.requirement_base import (
    MET,
    NO_COURSE,
    NO_PATIENT,
    NOT_MET,
    UNKNOWN,
    Requirement,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsSince(Requirement):
    """Has enough time passed since the last infusion of the course before?"""

    kind = "months_since"
    at_least: Span

    def check(self, facts: Facts) -> Check:
        """Met for a first course; unknown when the course before has no recorded infusion.

        Not met once a later course is on record: a course number cannot be gone back to.
        """
        if facts.patient is None:
            return NO_PATIENT
        if facts.course is None:
            return NO_COURSE
        newest = max(facts.infusions, default=facts.course)
        if newest > facts.course:
            return Check(NOT_MET, f"An infusion of course {newest} is already recorded.")
        if facts.course == 1:
            return Check(MET, "This is the first course.")
        if facts.course - 1 not in facts.infusions:
            return Check(UNKNOWN, f"No infusion of course {facts.course - 1} is recorded.")
        last = max(
            day
            for course, given in facts.infusions.items()
            if course < facts.course
            for day in given
        )
        first = self.at_least.after(last)
        outcome = MET if first <= facts.course_starts_on else NOT_MET
        said = f"The last infusion of the course before was {say_date(last)}."
        return Check(outcome, said, since=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizedBy(Requirement):
    """Does a live authorization of the named gate cover this day and name these participants?

    For a course it must cover the course's first infusion, and a course begun under it goes on
    while it is running.
    """

    kind = "authorized_by"
    gate: str
    for_course: bool = False
    names: tuple[str, ...] = ()

    def check(self, facts: Facts) -> Check:
        """Not met with the reason it does not fit; the authorization valid longest counts."""
        if facts.patient is None:
            return NO_PATIENT
        if self.for_course and facts.course is None:
            return NO_COURSE
        found = [known for known in facts.authorizations if self._is_about(known, facts)]
        if not found:
            return Check(NOT_MET, "There is no such authorization.")
        newest = max(found, key=_valid_until)
        on = facts.course_starts_on if self.for_course else facts.on
        if not newest.valid_from <= on <= newest.valid_until:
            valid = f"from {say_date(newest.valid_from)} through {say_date(newest.valid_until)}"
            return Check(NOT_MET, f"{newest.number} is valid {valid}.")
        return self._names_them(newest, facts, None if on != facts.on else newest.valid_until)

    def _is_about(self, known: AuthorizationFact, facts: Facts) -> bool:
        same_course = not self.for_course or known.course == facts.course
        return known.gate == self.gate and known.state == "live" and same_course

    def _names_them(self, known: AuthorizationFact, facts: Facts, until: date | None) -> Check:
        for kind in self.names:
            party = facts.parties.get(kind)
            if party is None:
                return Check(UNKNOWN, f"No {kind} is named.")
            if known.names.get(kind) != party.id:
                return Check(NOT_MET, f"{known.number} names another {kind}.")
        return Check(MET, f"Authorized as {known.number}.", until)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAlreadyAuthorized(Requirement):
    """Is the slot free: has this gate not already authorized the same course, day or fill?"""

    kind = "not_already_authorized"
    gate: str
    for_course: bool = False

    def check(self, facts: Facts) -> Check:
        """Used authorizations count too; an expired one does not, save where a day is spent.

        An authorization under which the running course began has not expired for that course.
        """
        if facts.patient is None:
            return NO_PATIENT
        if self.for_course and facts.course is None:
            return NO_COURSE
        for known in facts.authorizations:
            if known.gate == self.gate and self._is_same(known, facts):
                return Check(NOT_MET, f"Already authorized as {known.number}.")
        return Check(MET, "Not authorized before.")

    def _is_same(self, known: AuthorizationFact, facts: Facts) -> bool:
        if known.day is not None:
            return known.valid_from <= facts.on <= known.valid_until
        same_course = not self.for_course or known.course == facts.course
        needed_on = facts.course_starts_on if self.for_course else facts.on
        # A used course is used for good; a used fill or period bars another only in its window.
        can_lapse = known.state == "live" or known.course is None
        return same_course and not (can_lapse and known.valid_until < needed_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysLeft(Requirement):
    """Does the course still have an infusion day, and is today not already given?"""

    kind = "days_left"
    gate: str
    plans: tuple[CoursePlan, ...] = ()

    def check(self, facts: Facts) -> Check:
        """Counts recorded and authorized days; an authorized day not recorded is spent."""
        if facts.patient is None:
            return NO_PATIENT
        if facts.course is None:
            return NO_COURSE
        if any(facts.on in given for given in facts.infusions.values()):
            return Check(NOT_MET, f"An infusion on {say_date(facts.on)} is already recorded.")
        doses = doses_in(self.plans, facts.course)
        if doses is None:
            return Check(UNKNOWN, f"The program does not describe course {facts.course}.")
        spent = spent_days(facts, self.gate)
        outcome = MET if len(spent) < doses else NOT_MET
        return Check(outcome, f"{len(spent)} of {doses} infusion days are used.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consecutive(Requirement):
    """Does this infusion day follow the one before?"""

    kind = "consecutive"

    def check(self, facts: Facts) -> Check:
        """Met on the first day of a course."""
        if facts.patient is None:
            return NO_PATIENT
        if facts.course is None:
            return NO_COURSE
        given = [day for day in facts.given if day < facts.on]
        if not given:
            return Check(MET, "This is the first infusion of the course.")
        outcome = MET if (facts.on - given[-1]).days == 1 else NOT_MET
        return Check(outcome, f"The infusion before was on {say_date(given[-1])}.")


def spent_days(facts: Facts, gate: str) -> frozenset[date]:
    """The days of this course already used: infusions recorded and days authorized by `gate`."""
    authorized = [
        known.valid_from
        for known in facts.authorizations
        if known.gate == gate and known.course == facts.course and known.day is not None
    ]
    return frozenset(facts.given) | frozenset(authorized)


def _valid_until(known: AuthorizationFact) -> date:
    return known.valid_until
