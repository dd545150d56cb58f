"""What every requirement kind shares: whom it is about, what may override it, which facts count.

Only what is dated on or before the day of the question counts. When several forms or results bear
the newest day, all of them count, so that a contradiction never reads as a yes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, NamedTuple

from etasu.safe_use.facts import Facts, FormFact, ResultFact
from etasu.safe_use.findings import Check, Outcome, Severity

MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
NO_PATIENT = Check(UNKNOWN, "We do not know the patient.")
NO_COURSE = Check(UNKNOWN, "We do not know which course this is.")


class AppliesTo(NamedTuple):
    """The patients or courses a requirement is about; every part given must hold.

    `attribute` and `value` name a group of patients; `course` is `first` or `later`.
    """

    attribute: str | None = None
    value: str | None = None
    course: str | None = None

    def covers(self, facts: Facts) -> bool | None:
        """Whether the requirement is about this patient and course; None when not known."""
        parts = (self._covers_patient(facts), self._covers_course(facts))
        if False in parts:
            return False
        return None if None in parts else True

    def _covers_patient(self, facts: Facts) -> bool | None:
        if self.attribute is None:
            return True
        known = facts.patient.attributes.get(self.attribute) if facts.patient else None
        return None if known is None else known == self.value

    def _covers_course(self, facts: Facts) -> bool | None:
        if self.course is None:
            return True
        return None if facts.course is None else (facts.course == 1) == (self.course == "first")


EVERYONE = AppliesTo()


class OverrideByForm(NamedTuple):
    """A signed form answer that lets a requirement pass though it is not met."""

    form: str
    question: str
    answer: str
    within: int

    def until(self, facts: Facts) -> date | None:
        """The last day the newest such form still overrides; None when it does not.

        It must give the answer, be signed in the last `within` days, and not be about another
        course.
        """
        known = [each for each in facts.forms if each.course in (None, facts.course)]
        forms = newest_forms(known, self.form, facts.known_on)
        if not forms or {form.answers.get(self.question) for form in forms} != {self.answer}:
            return None
        last = forms[0].signed_on + timedelta(days=self.within)
        return last if facts.on <= last else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing a gate asks for. `required`, `how` and `who_can_fix` are for the reader."""

    kind: ClassVar[str]
    code: str
    required: str
    how: str
    who_can_fix: str
    source: str
    verified: bool = True
    severity: Severity = Severity.BLOCK
    applies_to: AppliesTo = EVERYONE
    override: OverrideByForm | None = None

    def check(self, facts: Facts) -> Check:
        """How the requirement stands on the day of the facts."""
        raise NotImplementedError


def newest_forms(
    known: Iterable[FormFact], form: str, by: date, also: tuple[str, ...] = ()
) -> tuple[FormFact, ...]:
    """The forms of these kinds signed on the newest day through `by`; empty when there is none."""
    kinds = (form, *also)
    signed = [each for each in known if each.form in kinds and each.signed_on <= by]
    newest = max((each.signed_on for each in signed), default=None)
    return tuple(each for each in signed if each.signed_on == newest)


def newest_results(facts: Facts, test: str, by: date) -> tuple[ResultFact, ...]:
    """The results collected on the newest day through `by`; empty when there is none."""
    last = min(by, facts.known_on)
    collected = [each for each in facts.results.get(test, ()) if each.collected_on <= last]
    newest = max((each.collected_on for each in collected), default=None)
    return tuple(each for each in collected if each.collected_on == newest)
