"""What a program version asks of a patient's story, read from its gates, duties and schedules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from etasu.registry.accounts import access
from etasu.safe_use.authorization import needs
from etasu.safe_use.dates import Span, add_months
from etasu.safe_use.program import Gate, GateUnit, ProgramVersion
from etasu.safe_use.requirements import (
    Acknowledged,
    AgeAtLeast,
    AppliesTo,
    AuthorizedBy,
    CourseClosed,
    FormKeptUp,
    FormSigned,
    Requirement,
    ResultWithin,
    SupplyAtMost,
    ValueWithin,
)
from etasu.site.seed.forms import FormPlan
from etasu.site.seed.laboratory import Assay

Kind = TypeVar("Kind", bound=Requirement)
# The role that speaks for a kind of participant at the gates.
VOICES = {
    "prescriber": access.PRESCRIBER,
    "facility": access.INFUSION_NURSE,
    "pharmacy": access.PHARMACIST,
}


@dataclass(frozen=True, slots=True)
class TestWanted:
    """A test a course needs, at most that many days old, with the value that passes."""

    __test__ = False  # so that no test runner collects it

    test: str
    days_before: int
    value: str | None


@dataclass(frozen=True, slots=True)
class FormWanted:
    """A form a course needs signed, with the answer that passes."""

    form: str
    for_course: bool
    answers: Mapping[str, str]


class Shape:
    """One version of a program as its stories need it."""

    def __init__(self, version: ProgramVersion) -> None:
        self.version = version
        gates = list(version.gates.values())
        self.course_gates = _in_order([g for g in gates if g.authorizes is GateUnit.COURSE])
        self.day_gates = tuple(g for g in gates if g.authorizes is GateUnit.INFUSION_DAY)
        self.other_gates = tuple(g for g in gates if g.authorizes is None)
        self.tests_of = {gate.code: needs(gate).tests for gate in gates}
        self.forms_of = {gate.code: needs(gate).forms for gate in gates}
        self.tests_read = frozenset(test for tests in self.tests_of.values() for test in tests)
        self.youngest = max((r.years for r in self._all(AgeAtLeast)), default=0)
        self.kept_up = self._kept_up()
        self.after_course = self._after_course()
        self.assays = {code: Assay(test, version) for code, test in version.tests.items()}
        self.plans: dict[str, FormPlan] = {}
        self._tests: dict[Any, list[TestWanted]] = {}
        self._forms: dict[Any, list[FormWanted]] = {}

    @property
    def treats(self) -> bool:
        """Whether treatment comes in courses whose beginning and days are authorized."""
        gates = bool(self.course_gates and self.day_gates)
        return gates and bool(self.version.courses)

    def tests_for(self, course: int, attributes: Mapping[str, str]) -> list[TestWanted]:
        """The tests a patient with these attributes needs before that course, each once."""
        key = (course == 1, *attributes.items())
        if key not in self._tests:
            self._tests[key] = self._tests_for(course, attributes)
        return self._tests[key]

    def forms_for(self, course: int, attributes: Mapping[str, str]) -> list[FormWanted]:
        """The forms that must be signed before that course, with the answers they must give."""
        key = (course == 1, *attributes.items())
        if key not in self._forms:
            self._forms[key] = self._forms_for(course, attributes)
        return self._forms[key]

    def gap_before(self, course: int) -> Span | None:
        """How long after the course before this one may begin."""
        for plan in self.version.courses:
            last = course if plan.last_course is None else plan.last_course
            if plan.first_course <= course <= last:
                return plan.min_gap
        return None

    def _tests_for(self, course: int, attributes: Mapping[str, str]) -> list[TestWanted]:
        wanted: dict[str, TestWanted] = {}
        for each in self._for(course, attributes):
            if isinstance(each, ResultWithin | ValueWithin):
                known = wanted.get(each.test)
                days = min(each.days_before, known.days_before if known else each.days_before)
                value = _passing_value(each) or (known.value if known else None)
                wanted[each.test] = TestWanted(each.test, days, value)
        return list(wanted.values())

    def _forms_for(self, course: int, attributes: Mapping[str, str]) -> list[FormWanted]:
        found = [
            FormWanted(
                r.form, r.for_course, {r.question: r.answer} if r.question and r.answer else {}
            )
            for r in self._for(course, attributes)
            if isinstance(r, FormSigned)
        ]
        return list({each.form: each for each in found}.values())

    def _for(self, course: int, attributes: Mapping[str, str]) -> Iterable[Requirement]:
        for gate in (*self.course_gates, *self.day_gates):
            for each in gate.requirements:
                if _concerns(each.applies_to, course, attributes):
                    yield each

    def _all(self, kind: type[Kind]) -> list[Kind]:
        found = [r for gate in self.version.gates.values() for r in gate.requirements]
        return [each for each in found if isinstance(each, kind)]

    def _kept_up(self) -> dict[str, Span]:
        owed = {d.form: d.every for d in self.version.duties.values() if d.every is not None}
        return {each.form: each.every for each in self._all(FormKeptUp)} | owed

    def _after_course(self) -> dict[str, Span]:
        owed = [d for d in self.version.duties.values() if d.after == "course_end" and d.within]
        asked = {each.form: each.within for each in self._all(CourseClosed)}
        return asked | {duty.form: duty.within for duty in owed if duty.within is not None}


def statements_of(gate: Gate) -> tuple[str, ...]:
    """What whoever asks this gate has to state."""
    return tuple(r.statement for r in gate.requirements if isinstance(r, Acknowledged))


def supply_of(gate: Gate) -> int | None:
    """The largest supply that may be asked for, in days; None when the gate does not ask."""
    days = [each.days for each in gate.requirements if isinstance(each, SupplyAtMost)]
    return min(days) if days else None


def asks_for(gate: Gate) -> str | None:
    """The kind of participant whose people ask this gate; None when none of them does."""
    for role in gate.asked_by:
        for kind, voice in VOICES.items():
            if voice == role:
                return kind
    return None


def first_day_of_history(versions: Iterable[ProgramVersion], today: date) -> date:
    """The day the invented history begins: five years ago, or with the program's first version."""
    oldest = min(version.effective_on for version in versions)
    return min(max(oldest, add_months(today, -60)), today)


def _in_order(gates: list[Gate]) -> tuple[Gate, ...]:
    """A gate that asks for another one's authorization comes after it."""

    def asked_first(gate: Gate) -> set[str]:
        return {each.gate for each in gate.requirements if isinstance(each, AuthorizedBy)}

    return tuple(sorted(gates, key=lambda gate: len(asked_first(gate))))


def _passing_value(wanted: ResultWithin | ValueWithin) -> str | None:
    if isinstance(wanted, ResultWithin):
        return wanted.result
    low, high = wanted.at_least, wanted.at_most
    if low is not None and high is not None:
        return str((low + high) / Decimal(2))
    return str(low if low is not None else high)


def _concerns(group: AppliesTo, course: int, attributes: Mapping[str, str]) -> bool:
    if group.course is not None and (group.course == "first") != (course == 1):
        return False
    return group.attribute is None or attributes.get(group.attribute) == group.value
