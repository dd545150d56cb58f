"""Do the entries of a program version agree with each other, and can each of them be meant?

Everything an entry points at exists here; see `references`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise

from etasu.programs.form_agreement import form_disagreements
from etasu.programs.safety_agreement import safety_disagreements
from etasu.programs.support_agreement import support_disagreements
from etasu.programs.treatment_agreement import treatment_disagreements
from etasu.programs.wellbeing_agreement import wellbeing_disagreements
from etasu.programs.yaml_files import Problem
from etasu.safe_use.facts import number_of
from etasu.safe_use.monitoring_plan import LimitCondition, Urgency
from etasu.safe_use.program import FieldType, Gate, GateUnit, ProgramVersion, Step, StepKind
from etasu.safe_use.requirements import (
    AuthorizedBy,
    Consecutive,
    CourseClosed,
    DaysLeft,
    FormSigned,
    MonthsSince,
    NotAlreadyAuthorized,
    Requirement,
    ValueWithin,
)

_OF_COURSES = (MonthsSince, DaysLeft, Consecutive, CourseClosed)
_MOST_DAYS = 36525  # a hundred years
_COURSE_UNITS = (GateUnit.COURSE, GateUnit.INFUSION_DAY)
_RANGES = (LimitCondition.BELOW_RANGE, LimitCondition.ABOVE_RANGE)
_IN_UNIT = (LimitCondition.BELOW, LimitCondition.ABOVE, LimitCondition.AT_LEAST)
_WORDS = (LimitCondition.READS, LimitCondition.AT_LEAST_GRADE)
_STEP_NEEDS = {
    StepKind.REVIEW: ("material",),
    StepKind.SIGN: ("form",),
    StepKind.ASSESS: ("items", "pass_percent"),
}


def disagreements(version: ProgramVersion) -> list[Problem]:
    """Every pair of entries that cannot both be meant, in file order."""
    return list(
        chain(
            _in_parties(version),
            _in_courses(version),
            treatment_disagreements(version),
            safety_disagreements(version),
            _in_gates(version),
            _in_requirements(version),
            _in_monitoring(version),
            _in_limits(version),
            _beside_limits(version),
            _in_duties(version),
            form_disagreements(version),
            support_disagreements(version),
            wellbeing_disagreements(version),
        )
    )


def _in_parties(version: ProgramVersion) -> Iterator[Problem]:
    for party in version.parties.values():
        place = ("participants.yaml", f"parties: {party.code}")
        if party.renew_every is not None and party.renew_every.count < 1:
            yield Problem(*place, "renew_every", "a span that is not 0")
        if party.remind_before and party.renew_every is None:
            yield Problem(*place, "remind_before", "`renew_every` as well")
        if party.representative_grace is not None and not party.has_representative:
            yield Problem(*place, "representative_grace", "`has_representative: true` as well")
        for step in party.steps:
            yield from _in_step(party.code, step)


def _in_step(party: str, step: Step) -> Iterator[Problem]:
    for field in _STEP_NEEDS.get(step.kind, ()):
        if getattr(step, field) is None:
            place = ("participants.yaml", f"parties: {party}: {step.code}")
            yield Problem(*place, field, f"a value, for the step's kind is {step.kind}")


def _in_courses(version: ProgramVersion) -> Iterator[Problem]:
    """Plans follow each other from course 1 without a gap or an overlap; only the last is open."""
    if not version.courses:
        return
    first = version.courses[0]
    if first.first_course != 1:
        place = ("participants.yaml", f"courses: {first.code}")
        yield Problem(*place, "first_course", "1, for it is the first plan")
    for before, plan in pairwise(version.courses):
        following = None if before.last_course is None else before.last_course + 1
        if plan.first_course != following:
            said = f"{following}, the course after {before.code}"
            yield Problem("participants.yaml", f"courses: {plan.code}", "first_course", said)
    for plan in version.courses:
        if plan.doses < 1:
            yield Problem("participants.yaml", f"courses: {plan.code}", "doses", "1 at least")


def _in_gates(version: ProgramVersion) -> Iterator[Problem]:
    for gate in version.gates.values():
        place = ("gates.yaml", f"gates: {gate.code}")
        codes = [requirement.code for requirement in gate.requirements]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            yield Problem(*place, "requirements", f"{code} only once")
        if not codes:
            yield Problem(*place, "requirements", "one at least: an empty gate is shut")
        if gate.authorizes in _COURSE_UNITS and not version.courses:
            yield Problem(*place, "authorizes", "`courses` in participants.yaml")
        if gate.validity is not None and gate.authorizes in (None, GateUnit.INFUSION_DAY):
            yield Problem(*place, "validity", "a course, fill or period to be valid")
        yield from _in_suspensions(gate)


def _in_suspensions(gate: Gate) -> Iterator[Problem]:
    for each in gate.suspensions:
        if each.ends_on is not None and each.ends_on < each.starts_on:
            place = ("gates.yaml", f"gates: {gate.code}: {each.code}")
            yield Problem(*place, "ends_on", f"{each.starts_on} or later")


def _in_requirements(version: ProgramVersion) -> Iterator[Problem]:
    seen: set[str] = set()
    for gate in version.gates.values():
        for requirement in gate.requirements:
            if requirement.code not in seen:
                seen.add(requirement.code)
                yield from _in_requirement(version, requirement)


def _in_requirement(version: ProgramVersion, requirement: Requirement) -> Iterator[Problem]:
    place = ("requirements.yaml", f"requirements: {requirement.code}")
    for field in ("days_before", "within_days", "days", "years", "grace_days"):
        value = getattr(requirement, field, None)
        if value is not None and not 0 <= value <= _MOST_DAYS:
            yield Problem(*place, field, f"a number from 0 through {_MOST_DAYS}")
    is_about_courses = isinstance(requirement, _OF_COURSES)
    if not version.courses and (is_about_courses or getattr(requirement, "for_course", False)):
        yield Problem(*place, "kind", "`courses` in participants.yaml")
    if isinstance(requirement, MonthsSince):
        yield from _in_gap(version, requirement)
    if isinstance(requirement, (AuthorizedBy, NotAlreadyAuthorized, DaysLeft)):
        yield from _in_authorized(version, requirement)
    if isinstance(requirement, ValueWithin):
        yield from _in_value(version, requirement)
    yield from _in_answers(version, requirement)


def _in_gap(version: ProgramVersion, requirement: MonthsSince) -> Iterator[Problem]:
    for plan in version.courses:
        if plan.min_gap not in (None, requirement.at_least):
            said = f"{requirement.at_least}, as {requirement.code} in the gates has it"
            yield Problem("participants.yaml", f"courses: {plan.code}", "min_gap", said)


def _in_authorized(
    version: ProgramVersion, requirement: AuthorizedBy | NotAlreadyAuthorized | DaysLeft
) -> Iterator[Problem]:
    place = ("requirements.yaml", f"requirements: {requirement.code}")
    gate = version.gates[requirement.gate]
    if gate.authorizes is None:
        yield Problem(
            *place, "gate", f"a gate that `authorizes` something, which {gate.code} does not"
        )
    if isinstance(requirement, AuthorizedBy):
        for name in requirement.names:
            if name not in gate.names:
                said = f"a party that the gate {gate.code} has in `names`, not {name!r}"
                yield Problem(*place, "names", said)


def _in_value(version: ProgramVersion, requirement: ValueWithin) -> Iterator[Problem]:
    place = ("requirements.yaml", f"requirements: {requirement.code}")
    if requirement.at_least is None and requirement.at_most is None:
        yield Problem(*place, "at_least", "`at_least` or `at_most`")
    elif None not in (requirement.at_least, requirement.at_most):
        if requirement.at_least > requirement.at_most:  # type: ignore[operator]
            yield Problem(*place, "at_most", f"{requirement.at_least} or more")
    unit = version.tests[requirement.test].unit
    if requirement.unit != unit:
        yield Problem(*place, "unit", _unit_of(requirement.test, unit))


def _in_answers(version: ProgramVersion, requirement: Requirement) -> Iterator[Problem]:
    place = ("requirements.yaml", f"requirements: {requirement.code}")
    if isinstance(requirement, FormSigned):
        if requirement.within is not None and requirement.within_days is not None:
            yield Problem(*place, "within", "`within` or `within_days`, not both")
        if (requirement.question is None) != (requirement.answer is None):
            yield Problem(*place, "answer", "`question` and `answer` together")
        for form in (requirement.form, *requirement.also):
            yield from _in_answer(version, place, form, requirement.question, requirement.answer)
    override = requirement.override
    if override is not None:
        if override.within < 0:
            yield Problem(*place, "override", "`within` of 0 or more")
        yield from _in_answer(version, place, override.form, override.question, override.answer)


def _in_answer(
    version: ProgramVersion,
    place: tuple[str, str],
    form: str,
    question: str | None,
    answer: str | None,
) -> Iterator[Problem]:
    fields = (field for part in version.forms[form].sections for field in part.fields)
    for field in fields:
        if question is None or field.code != question:
            continue
        can_be = ("yes", "no") if field.type is FieldType.YES_NO else field.values
        if answer not in can_be:
            said = f"an answer to {question} ({', '.join(can_be)}), not {answer!r}"
            yield Problem(*place, "answer", said)


def _in_monitoring(version: ProgramVersion) -> Iterator[Problem]:
    for schedule in version.schedules.values():
        place = ("monitoring.yaml", f"schedules: {schedule.code}")
        if schedule.every.count < 1:
            yield Problem(*place, "every", "a span that is not 0")
        if version.horizon is None:
            yield Problem(*place, "every", "`horizon` in this file, so that it ends")
        if version.lateness is None:
            yield Problem(*place, "every", "`lateness` in this file, so that none is forgotten")
    late = version.lateness
    if late is not None and not 0 < late.overdue_after_days < late.escalated_after_days:
        said = "days in order: overdue after 1 or more, and escalated after more than that"
        yield Problem("monitoring.yaml", f"lateness: {late.code}", "overdue_after_days", said)
    yield from _in_responses(version)


def _in_responses(version: ProgramVersion) -> Iterator[Problem]:
    said = [each.urgency for each in version.responses.values()]
    for response in version.responses.values():
        place = ("monitoring.yaml", f"responses: {response.code}")
        if response.within_hours < 1:
            yield Problem(*place, "within_hours", "1 hour or more")
        if said.count(response.urgency) > 1:
            yield Problem(*place, "urgency", f"each urgency once, but {response.urgency} is twice")
    for limit in version.limits.values():
        if limit.urgency is not Urgency.INFORMATION and limit.urgency not in said:
            place = ("monitoring.yaml", f"limits: {limit.code}")
            yield Problem(*place, "urgency", f"a response to {limit.urgency} under `responses`")


def _in_limits(version: ProgramVersion) -> Iterator[Problem]:
    for limit in version.limits.values():
        place = ("monitoring.yaml", f"limits: {limit.code}")
        if limit.condition in _RANGES:
            if limit.value is not None:
                yield Problem(*place, "value", f"null, for the condition is {limit.condition}")
        elif limit.value is None:
            yield Problem(*place, "value", f"a value, for the condition is {limit.condition}")
        elif limit.condition not in _WORDS and number_of(limit.value) is None:
            yield Problem(*place, "value", f"a number in quotes, not {limit.value!r}")
        unit = version.tests[limit.test].unit
        if limit.condition in _IN_UNIT and limit.unit != unit:
            yield Problem(*place, "unit", _unit_of(limit.test, unit))


def _beside_limits(version: ProgramVersion) -> Iterator[Problem]:
    for limit in version.limits.values():
        place = ("monitoring.yaml", f"limits: {limit.code}")
        if bool(limit.together_with) != (limit.together_days is not None):
            yield Problem(*place, "together_days", "days, if `together_with` names a limit")
        if (limit.infusion_days is None) != (limit.infusion_note is None):
            yield Problem(*place, "infusion_note", "a note together with `infusion_days`")


def _unit_of(test: str, unit: str | None) -> str:
    return f"{unit}, the unit of {test}" if unit else f"a test with a unit, which {test} has not"


def _in_duties(version: ProgramVersion) -> Iterator[Problem]:
    for duty in version.duties.values():
        place = ("duties.yaml", f"duties: {duty.code}")
        if (duty.within is None) == (duty.every is None):
            yield Problem(*place, "within", "`within` for once, or `every` for again and again")
        if duty.every is not None and duty.every.count < 1:
            yield Problem(*place, "every", "a span that is not 0")
        if duty.every is not None and duty.until is None:
            yield Problem(*place, "until", "an end, for it falls due again and again")
