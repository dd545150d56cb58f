"""Every way a program version can be a little wrong: one number shifted, one requirement changed.

A worked case that does not notice is a case that proves nothing, so each of these must fail one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from etasu.safe_use.courses import CoursePlan
from etasu.safe_use.dates import Span
from etasu.safe_use.findings import Severity
from etasu.safe_use.program import Gate, GateUnit, ProgramVersion
from etasu.safe_use.requirements import DaysLeft, NotAlreadyAuthorized, Requirement

LOOSE = {"names": (), "also": (), "result": None}
NUMBERS = ("days_before", "within_days", "days", "years", "grace_days")
SPANS = ("at_least", "every", "within", "until_after_last")
DECIMALS = ("at_least", "at_most")
SHIFTS = (1, -1)


class Mutant(NamedTuple):
    """A version with one change, and what the change is."""

    said: str
    version: ProgramVersion


def mutants(version: ProgramVersion) -> Iterator[Mutant]:
    """The version with each number shifted by one, and each requirement left out or softened."""
    for code, requirement in requirements_of(version).items():
        for said, changed in (*shifted(requirement), *loosened(version, requirement)):
            yield Mutant(f"{code}: {said}", _with_requirement(version, code, changed))
    for gate in version.gates.values():
        for index, requirement in enumerate(gate.requirements):
            place = f"{gate.code}: {requirement.code}"
            yield Mutant(f"{place}: left out", _with_gate(version, _without(gate, index)))
            turned = Severity.WARN if requirement.severity is Severity.BLOCK else Severity.BLOCK
            changed = dataclasses.replace(requirement, severity=turned)
            yield Mutant(f"{place}: {turned}", _with_gate(version, _put(gate, index, changed)))
        for validity in _moved(gate.validity):
            longer = dataclasses.replace(gate, validity=validity)
            yield Mutant(f"{gate.code}: validity {validity}", _with_gate(version, longer))
        yield from _suspensions(version, gate)
    yield from _plans(version)


def requirements_of(version: ProgramVersion) -> dict[str, Requirement]:
    """Each requirement of the version once."""
    return {each.code: each for gate in version.gates.values() for each in gate.requirements}


def shifted(requirement: Requirement) -> Iterator[tuple[str, Requirement]]:
    """The requirement with each of its numbers one more and one less."""
    for field in dict.fromkeys((*NUMBERS, *SPANS, *DECIMALS)):
        value = getattr(requirement, field, None)
        for moved in _moved(value):
            yield f"{field} {moved}", dataclasses.replace(requirement, **{field: moved})
    if requirement.override is not None:
        for within in _moved(requirement.override.within):
            override = requirement.override._replace(within=within)
            yield f"override within {within}", dataclasses.replace(requirement, override=override)
    for turned in _other_groups(requirement):
        yield f"applies to {turned}", dataclasses.replace(requirement, applies_to=turned)


def loosened(
    version: ProgramVersion, requirement: Requirement
) -> Iterator[tuple[str, Requirement]]:
    """The requirement asking for less: any answer, any course, any participant."""
    for field, nothing in LOOSE.items():
        if getattr(requirement, field, nothing) != nothing:
            yield f"no {field}", dataclasses.replace(requirement, **{field: nothing})
    if getattr(requirement, "question", None) is not None:
        yield "any answer", dataclasses.replace(requirement, question=None, answer=None)
    if getattr(requirement, "for_course", False) and not _is_about_days(version, requirement):
        yield "any course", dataclasses.replace(requirement, for_course=False)


def _is_about_days(version: ProgramVersion, requirement: Requirement) -> bool:
    """An infusion day is found by its date, so its course makes no difference."""
    if not isinstance(requirement, NotAlreadyAuthorized):
        return False
    return version.gates[requirement.gate].authorizes is GateUnit.INFUSION_DAY


def _moved(value: Any) -> list[Any]:
    if isinstance(value, Span):
        return [value._replace(count=value.count + shift) for shift in SHIFTS]
    if isinstance(value, Decimal):
        smallest = Decimal(1).scaleb(int(value.as_tuple().exponent))
        return [value + shift * smallest for shift in SHIFTS]
    return [value + shift for shift in SHIFTS] if type(value) is int else []


def _other_groups(requirement: Requirement) -> Iterator[Any]:
    """A requirement of one group, asked of everybody, or of the other course."""
    group = requirement.applies_to
    if group.attribute is not None:
        yield group._replace(attribute=None, value=None)
    if group.course is not None:
        yield group._replace(course=None)
        yield group._replace(course="later" if group.course == "first" else "first")


def _plans(version: ProgramVersion) -> Iterator[Mutant]:
    for index, plan in enumerate(version.courses):
        for field in ("doses", "last_course"):
            for moved in _moved(getattr(plan, field)):
                changed = dataclasses.replace(plan, **{field: moved})
                said = f"{plan.code}: {field} {moved}"
                yield Mutant(said, _with_plan(version, index, changed))


def _suspensions(version: ProgramVersion, gate: Gate) -> Iterator[Mutant]:
    for index, each in enumerate(gate.suspensions):
        place = f"{gate.code}: {each.code}"
        for field in ("starts_on", "ends_on"):
            day = getattr(each, field)
            for shift in SHIFTS if day is not None else ():
                moved = day.fromordinal(day.toordinal() + shift)
                changed = dataclasses.replace(each, **{field: moved})
                suspensions = (*gate.suspensions[:index], changed, *gate.suspensions[index + 1 :])
                yield Mutant(
                    f"{place}: {field} {moved}",
                    _with_gate(version, dataclasses.replace(gate, suspensions=suspensions)),
                )
        for code in each.lifts:
            fewer = dataclasses.replace(each, lifts=tuple(c for c in each.lifts if c != code))
            suspensions = (*gate.suspensions[:index], fewer, *gate.suspensions[index + 1 :])
            yield Mutant(
                f"{place}: does not lift {code}",
                _with_gate(version, dataclasses.replace(gate, suspensions=suspensions)),
            )


def _with_requirement(version: ProgramVersion, code: str, changed: Requirement) -> ProgramVersion:
    """The requirement changed in every gate that uses it, each keeping its own severity."""
    gates = {}
    for gate in version.gates.values():
        requirements = tuple(
            dataclasses.replace(changed, severity=each.severity) if each.code == code else each
            for each in gate.requirements
        )
        gates[gate.code] = dataclasses.replace(gate, requirements=requirements)
    return dataclasses.replace(version, gates=gates)


def _with_plan(version: ProgramVersion, index: int, changed: CoursePlan) -> ProgramVersion:
    plans = (*version.courses[:index], changed, *version.courses[index + 1 :])
    gates = {}
    for gate in version.gates.values():
        requirements = tuple(
            dataclasses.replace(each, plans=plans) if isinstance(each, DaysLeft) else each
            for each in gate.requirements
        )
        gates[gate.code] = dataclasses.replace(gate, requirements=requirements)
    return dataclasses.replace(version, courses=plans, gates=gates)


def _with_gate(version: ProgramVersion, gate: Gate) -> ProgramVersion:
    return dataclasses.replace(version, gates={**version.gates, gate.code: gate})


def _without(gate: Gate, index: int) -> Gate:
    kept = (*gate.requirements[:index], *gate.requirements[index + 1 :])
    return dataclasses.replace(gate, requirements=kept)


def _put(gate: Gate, index: int, changed: Requirement) -> Gate:
    requirements = (*gate.requirements[:index], changed, *gate.requirements[index + 1 :])
    return dataclasses.replace(gate, requirements=requirements)
