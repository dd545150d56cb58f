"""The gate: may this drug pass here, to this patient, on this day?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from etasu.safe_use.courses import RUNNING_DAYS, doses_in
from etasu.safe_use.dates import say_date
from etasu.safe_use.facts import Facts, PartyFacts
from etasu.safe_use.findings import (
    Authorized,
    CannotDecide,
    Decision,
    Fault,
    Finding,
    NotAuthorized,
    Outcome,
    Severity,
    Slot,
)
from etasu.safe_use.program import Gate, GateUnit, ProgramStatus, ProgramVersion
from etasu.safe_use.requirements import Requirement, spent_days

SUPPORTING = frozenset({Outcome.MET, Outcome.LIFTED, Outcome.OVERRIDDEN})
COMPARED_SOON = "The program is told already. Call its support line if treatment cannot wait."
ASK_SUPPORT = "Call the program's support line and read out the reference number."


class Needs(NamedTuple):
    """What a gate must be told about: its forms, its tests, and how many days back results count.

    The days are counted from the day asked about, and reach back before a running course.
    """

    forms: tuple[str, ...]
    tests: tuple[str, ...]
    days_back: int


def needs(gate: Gate) -> Needs:
    """The forms and tests the gate's requirements read, in the order they first occur."""
    forms: dict[str, None] = {}
    tests: dict[str, None] = {}
    days_back = 0
    for requirement in gate.requirements:
        forms |= dict.fromkeys(_named(requirement, "form"))
        forms |= dict.fromkeys(getattr(requirement, "also", ()))
        if requirement.override is not None:
            forms |= dict.fromkeys([requirement.override.form])
        tests |= dict.fromkeys(_named(requirement, "test"))
        days_back = max(days_back, getattr(requirement, "days_before", 0))
    return Needs(tuple(forms), tuple(tests), days_back + RUNNING_DAYS if tests else 0)


def decide(version: ProgramVersion, gate_code: str, facts: Facts) -> Decision:
    """Authorized only when every requirement of the gate supports it; otherwise every reason.

    Total: whatever the facts, it answers and never raises. A fault in the program or the facts,
    or a requirement that breaks, is `CannotDecide`, which opens nothing.
    """
    gate = version.gates.get(gate_code)
    faults = tuple(_faults(version, gate, facts))
    if gate is None or faults:
        return CannotDecide(faults)
    try:
        lifted = _lifted(gate, facts.on)
        findings = tuple(_examine(each, facts, lifted) for each in gate.requirements)
        return _conclude(version, gate, facts, findings)
    except Exception as error:  # noqa: BLE001 - a requirement that breaks must never open the gate
        said = f"A requirement could not be examined ({type(error).__name__})."
        return CannotDecide((Fault("requirement-broken", said, ASK_SUPPORT),))


def _lifted(gate: Gate, on: date) -> dict[str, date | None]:
    """The requirements lifted on the day, each with the last day it is; None has no end."""
    lifted: dict[str, date | None] = {}
    for each in gate.suspensions:
        if each.covers(on):
            for code in each.lifts:
                known, ends_on = lifted.get(code, each.ends_on), each.ends_on
                lifted[code] = max(known, ends_on) if known and ends_on else None
    return lifted


def _examine(requirement: Requirement, facts: Facts, lifted: Mapping[str, date | None]) -> Finding:
    # When it is not known whether the requirement applies, it does.
    if requirement.applies_to.covers(facts) is False:
        return Finding(requirement, Outcome.NOT_APPLICABLE, "Not asked of this patient.", None)
    check = requirement.check(facts)
    if requirement.code in lifted:
        return Finding(requirement, Outcome.LIFTED, check.observed, lifted[requirement.code])
    if check.outcome is Outcome.NOT_MET and requirement.override is not None:
        last = requirement.override.until(facts)
        if last is not None:
            return Finding(requirement, Outcome.OVERRIDDEN, check.observed, last)
    return Finding(requirement, *check)


def _conclude(
    version: ProgramVersion, gate: Gate, facts: Facts, findings: tuple[Finding, ...]
) -> Decision:
    if any(finding.blocks for finding in findings):
        return NotAuthorized(findings)
    if not any(_supports(finding) for finding in findings):
        said = "No requirement of this gate applies, so nothing supports a yes."
        return CannotDecide((Fault("nothing-supports", said, ASK_SUPPORT),))
    slot = _slot(version, gate, facts)
    if gate.authorizes is not None and slot is None:
        said = "The course or day this would authorize is not known."
        return CannotDecide((Fault("slot-unknown", said, "Say which course this is for."),))
    valid_from, valid_until = _validity(gate, facts, findings)
    if valid_until < facts.on:
        said = f"An authorization asked for now would end on {say_date(valid_until)}."
        return CannotDecide((Fault("validity-too-short", said, "Ask again nearer to the day."),))
    under_suspension = any(finding.outcome is Outcome.LIFTED for finding in findings)
    return Authorized(findings, valid_from, valid_until, slot, under_suspension)


def _supports(finding: Finding) -> bool:
    return finding.requirement.severity is Severity.BLOCK and finding.outcome in SUPPORTING


def _validity(gate: Gate, facts: Facts, findings: Iterable[Finding]) -> tuple[date, date]:
    if gate.authorizes is None or gate.authorizes is GateUnit.INFUSION_DAY:
        return facts.on, facts.on
    supporting = [finding for finding in findings if _supports(finding)]
    since = [finding.since for finding in supporting if finding.since is not None]
    valid_from = max([facts.known_on, *since])
    bounds = [finding.until for finding in supporting if finding.until is not None]
    if gate.validity is not None:
        bounds.append(gate.validity.after(valid_from))
    return valid_from, min(bounds, default=facts.on)


def _slot(version: ProgramVersion, gate: Gate, facts: Facts) -> Slot | None:
    if gate.authorizes is None:
        return None
    unit = gate.authorizes.value
    if gate.authorizes in (GateUnit.FILL, GateUnit.PERIOD):
        return Slot(unit, None, None, None)
    doses = None if facts.course is None else doses_in(version.courses, facts.course)
    if doses is None:
        return None
    if gate.authorizes is GateUnit.COURSE:
        return Slot(unit, facts.course, None, doses)
    day = len(spent_days(facts, gate.code)) + 1
    return Slot(unit, facts.course, day, doses) if day <= doses else None


def _faults(version: ProgramVersion, gate: Gate | None, facts: Facts) -> Iterable[Fault]:
    if gate is None:
        yield Fault("gate-unknown", "The program has no such gate.", ASK_SUPPORT)
    elif not gate.requirements:
        yield Fault("gate-empty", "The gate has no requirement, so it grants nothing.", ASK_SUPPORT)
    if facts.on < version.effective_on:
        yield Fault("version-not-in-force", "The program version begins later.", ASK_SUPPORT)
    program = version.program
    if program.status is ProgramStatus.RETIRED:
        ended = program.retired_on
        if ended is None or facts.on >= ended:
            said = f"The program has ended. {program.retired_because or ''}".strip()
            yield Fault("program-retired", said, "No authorization exists or is needed now.")
    yield from _faults_of_facts(facts)


def _faults_of_facts(facts: Facts) -> Iterable[Fault]:
    if facts.patient is not None and facts.patient.in_question:
        said = "This patient may be on record twice. Both records are being compared."
        yield Fault("identity-in-question", said, COMPARED_SOON)
    for kind, party in facts.parties.items():
        if _is_inverted(party):
            said = f"The certification dates of the {kind} contradict each other."
            yield Fault("facts-contradict", said, ASK_SUPPORT)


def _is_inverted(party: PartyFacts) -> bool:
    spans = (
        (party.certified_from, party.certified_until),
        (party.suspended_from, party.suspended_until),
    )
    return any(ends is not None and (begins is None or ends < begins) for begins, ends in spans)


def _named(requirement: Requirement, field: str) -> tuple[str, ...]:
    name = getattr(requirement, field, None)
    return () if name is None else (name,)
