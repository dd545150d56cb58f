"""Requirements that a paper or a laboratory must speak for: forms, statements, test results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from etasu.safe_use.dates import Span, say_date, say_days
from etasu.safe_use.facts import Facts, FormFact, ResultFact, number_of
from etasu.safe_use.findings import Check
from etasu.safe_use.requirement_base import (
    MET,
    NO_COURSE,
    NO_PATIENT,
    NOT_MET,
    UNKNOWN,
    Requirement,
    newest_forms,
    newest_results,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSigned(Requirement):
    """Is the form signed, for this course or recently enough, with the answer it must give?

    `also` names other forms that count the same; the newest of all of them speaks.
    """

    kind = "form_signed"
    form: str
    also: tuple[str, ...] = ()
    within_days: int | None = None
    within: Span | None = None
    for_course: bool = False
    question: str | None = None
    answer: str | None = None

    def check(self, facts: Facts) -> Check:
        """Only the newest form counts; a window counts back from the day, both ends inclusive."""
        if facts.patient is None:
            return NO_PATIENT
        if self.for_course and facts.course is None:
            return NO_COURSE
        about = [form for form in facts.forms if not self.for_course or form.course == facts.course]
        forms = newest_forms(about, self.form, facts.known_on, self.also)
        if not forms:
            return Check(NOT_MET, "No signed form is on file.")
        return self._stand(forms, facts.on)

    def _stand(self, forms: tuple[FormFact, ...], on: date) -> Check:
        signed = f"Signed on {say_date(forms[0].signed_on)}"
        until = self._counts_until(forms[0].signed_on)
        if until is not None and until < on:
            age = (on - forms[0].signed_on).days
            return Check(NOT_MET, f"{signed}, {say_days(age)} before.")
        if self.question is not None:
            said = [form.answers.get(self.question) or "not answered" for form in forms]
            wrong = [answer for answer in said if answer != self.answer]
            if wrong:
                return Check(NOT_MET, f"{signed}, with the answer: {wrong[0]}.")
        return Check(MET, f"{signed}.", until)

    def _counts_until(self, signed_on: date) -> date | None:
        if self.within is not None:
            return self.within.after(signed_on)
        return None if self.within_days is None else signed_on + timedelta(days=self.within_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormKeptUp(Requirement):
    """Is the periodic form up to date: none due longer ago than the grace allows?

    The first is due `every` after the first infusion, each next one `every` after the last form;
    nothing more falls due once `until_after_last` has passed since the last infusion.
    """

    kind = "form_kept_up"
    form: str
    every: Span
    grace_days: int
    until_after_last: Span

    def check(self, facts: Facts) -> Check:
        """Met before any infusion."""
        if facts.patient is None:
            return NO_PATIENT
        days = [day for given in facts.infusions.values() for day in given]
        if not days:
            return Check(MET, "No infusion is recorded, so none is due.")
        newest = newest_forms(facts.forms, self.form, facts.known_on)
        anchor = max([min(days), *(form.signed_on for form in newest)])
        due = self.every.after(anchor)
        if due > self.until_after_last.after(max(days)):
            return Check(MET, "No more are due.")
        last = due + timedelta(days=self.grace_days)
        if facts.on > last:
            return Check(NOT_MET, f"One was due on {say_date(due)}.")
        return Check(MET, f"The next is due on {say_date(due)}.", last)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseClosed(Requirement):
    """Has the form about the course before been received, or is it not yet due?"""

    kind = "course_closed"
    form: str
    within: Span

    def check(self, facts: Facts) -> Check:
        """Met for a first course, and when nothing of the course before is recorded."""
        if facts.patient is None:
            return NO_PATIENT
        if facts.course is None:
            return NO_COURSE
        course = facts.course - 1
        if course not in facts.infusions:
            return Check(MET, "No course before this one is recorded.")
        about = [form for form in facts.forms if form.course == course]
        forms = newest_forms(about, self.form, facts.known_on)
        if forms:
            return Check(MET, f"Signed on {say_date(forms[0].signed_on)}.")
        due = self.within.after(max(facts.infusions[course]))
        if facts.on > due:
            return Check(NOT_MET, f"None is on file; it was due on {say_date(due)}.")
        return Check(MET, "It is not due yet.", due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Requirement):
    """Does the person asking state it in this request?"""

    kind = "acknowledged"
    statement: str

    def check(self, facts: Facts) -> Check:
        """Unknown until stated: silence is not a statement."""
        if self.statement in facts.statements:
            return Check(MET, "Stated with this request.", facts.on)
        return Check(UNKNOWN, "Not stated with this request.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultWithin(Requirement):
    """Was the test collected in the days before, counted from the course's first infusion?

    With `result`, the newest collection in the window must also read that word, and so must the
    newest of all: a result that comes while the course runs can stop it.
    """

    kind = "result_within"
    test: str
    days_before: int
    result: str | None = None

    def check(self, facts: Facts) -> Check:
        """Collection day `d` counts when `0 <= first infusion - d <= days_before`."""
        if facts.patient is None:
            return NO_PATIENT
        before = newest_results(facts, self.test, facts.course_starts_on)
        if not before:
            return Check(NOT_MET, f"None was collected in the last {say_days(self.days_before)}.")
        until = before[0].collected_on + timedelta(days=self.days_before)
        if until < facts.course_starts_on:
            age = (facts.course_starts_on - before[0].collected_on).days
            return Check(NOT_MET, f"{_collected(before[0])}, {say_days(age)} before.")
        for each in (*before, *newest_results(facts, self.test, facts.on)):
            if self.result is not None and each.value != self.result:
                said = each.value or "no result"
                return Check(NOT_MET, f"{_collected(each)}, and reads: {said}.")
        return Check(MET, f"{_collected(before[0])}.", until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueWithin(Requirement):
    """Does the newest result lie within the limits, in the stated unit?"""

    kind = "value_within"
    test: str
    days_before: int
    unit: str
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def check(self, facts: Facts) -> Check:
        """Unknown without a readable number in `unit` from the window; limits are inclusive."""
        if facts.patient is None:
            return NO_PATIENT
        checks = [self._reads(each, facts) for each in newest_results(facts, self.test, facts.on)]
        if not checks:
            return Check(UNKNOWN, f"No result from the last {say_days(self.days_before)}.")
        return next((check for check in checks if check.outcome is not MET), checks[0])

    def _reads(self, result: ResultFact, facts: Facts) -> Check:
        collected_on = say_date(result.collected_on)
        until = result.collected_on + timedelta(days=self.days_before)
        value = number_of(result.value)
        if until < facts.on or value is None or result.unit != self.unit:
            said = f"{result.value or 'no result'} {result.unit or '(no unit)'}"
            return Check(UNKNOWN, f"The newest reads {said}, {collected_on}.")
        low = self.at_least is not None and value < self.at_least
        high = self.at_most is not None and value > self.at_most
        return Check(
            NOT_MET if low or high else MET, f"{value} {self.unit} on {collected_on}.", until
        )


def _collected(result: ResultFact) -> str:
    return f"Collected on {say_date(result.collected_on)}"
