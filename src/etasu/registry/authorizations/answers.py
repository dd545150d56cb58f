"""A decision put into words once, for every door to show as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from etasu.safe_use.facts import Facts
from etasu.safe_use.findings import Authorized, CannotDecide, Decision, Finding
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.requirements import Requirement

# Filled once for each requirement object; requirements are frozen and live as long as the library.
_STATIC: dict[int, tuple[Requirement, dict[str, Any]]] = {}


class Asked(NamedTuple):
    """What a decision was asked about, with the numbers of all it concerns."""

    gate: str
    patient: str | None
    prescriber: str | None
    facility: str | None
    pharmacy: str | None
    asked_at: datetime


def outcome_of(decision: Decision) -> str:
    """The decision in one word, as stored."""
    if isinstance(decision, Authorized):
        return "authorized"
    return "cannot_decide" if isinstance(decision, CannotDecide) else "not_authorized"


def answer(
    number: str, version: ProgramVersion, asked: Asked, facts: Facts, decision: Decision
) -> dict[str, Any]:
    """The whole answer: what, why, and what to do next. Keys are the same for every outcome."""
    said: dict[str, Any] = {
        "number": number,
        "outcome": outcome_of(decision),
        "program": version.program.code,
        "program_version": version.label,
        "gate": asked.gate,
        "patient": asked.patient,
        "prescriber": asked.prescriber,
        "facility": asked.facility,
        "pharmacy": asked.pharmacy,
        "planned_on": facts.on,
        "course": facts.course,
        "day": None,
        "course_days": None,
        "valid_from": None,
        "valid_until": None,
        "under_suspension": False,
        "asked_at": asked.asked_at,
        "findings": [],
        "faults": [],
    }
    if isinstance(decision, CannotDecide):
        said["faults"] = [fault._asdict() for fault in decision.faults]
        return said
    said["findings"] = [_finding(each) for each in decision.findings]
    if isinstance(decision, Authorized):
        said["valid_from"], said["valid_until"] = decision.valid_from, decision.valid_until
        said["under_suspension"] = decision.under_suspension
        if decision.slot is not None:
            said["day"], said["course_days"] = decision.slot.day, decision.slot.course_days
    return said


def as_json(said: Mapping[str, Any]) -> str:
    """The answer or a facts record as JSON text: the same input always gives the same text."""
    return orjson.dumps(said, option=orjson.OPT_UTC_Z).decode()


def _finding(finding: Finding) -> dict[str, Any]:
    requirement = finding.requirement
    known = _STATIC.get(id(requirement))
    if known is None or known[0] is not requirement:
        known = _STATIC[id(requirement)] = (requirement, _static(requirement))
    return {
        "code": requirement.code,
        "outcome": finding.outcome,
        "blocks": finding.blocks,
        "observed": finding.observed,
        "until": finding.until,
        **known[1],
    }


def _static(requirement: Requirement) -> dict[str, Any]:
    return {
        "required": requirement.required,
        "how": requirement.how,
        "who_can_fix": requirement.who_can_fix,
        "source": requirement.source,
        "verified": requirement.verified,
        "severity": requirement.severity,
    }
