"""Small programs, requirements and facts for the tests of the decision core."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from etasu.safe_use.courses import CoursePlan
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.facts import Facts, read_facts
from etasu.safe_use.findings import Check
from etasu.safe_use.program import Gate, PatientParty, Program, ProgramStatus, ProgramVersion
from etasu.safe_use.requirements import Requirement

CHECKOUT = Path(__file__).resolve().parents[2]
ON = date(2025, 5, 1)
FIRST_COURSE = CoursePlan(
    code="first-course",
    first_course=1,
    last_course=1,
    doses=5,
    consecutive=True,
    min_gap=None,
    source="invented",
)
LATER_COURSES = CoursePlan(
    code="later-courses",
    first_course=2,
    last_course=None,
    doses=3,
    consecutive=True,
    min_gap=None,
    source="invented",
)
PLANS = (FIRST_COURSE, LATER_COURSES)


def days(count: int) -> Span:
    """A span of days."""
    return Span(count, Unit.DAYS)


def months(count: int) -> Span:
    """A span of calendar months."""
    return Span(count, Unit.MONTHS)


def requirement(kind: type[Requirement], code: str = "asked", **fields: Any) -> Any:
    """A requirement with the texts nobody looks at filled in."""
    texts = {"required": "It is so.", "how": "Make it so.", "who_can_fix": "prescriber"}
    return kind(code=code, source="invented", **texts, **fields)


def facts(**record: Any) -> Facts:
    """Facts read from a record about May 1, 2025, unless it says another day."""
    return read_facts({"on": "2025-05-01"} | record)


def check(kind: type[Requirement], record: dict[str, Any], **fields: Any) -> Check:
    """How one requirement of that kind stands."""
    found: Check = requirement(kind, **fields).check(facts(**record))
    return found


def gate(*requirements: Requirement, **fields: Any) -> Gate:
    """A gate called `gate` that asks for the requirements."""
    shape: dict[str, Any] = {"asked_by": (), "parties": (), "name": "Gate", "question": "May it?"}
    return Gate(code="gate", source="invented", requirements=requirements, **(shape | fields))


def program(**fields: Any) -> Program:
    """An active program."""
    shape: dict[str, Any] = {"status": ProgramStatus.ACTIVE, "risks": ()}
    texts = {"name": "Invented", "product": "exemplin", "sponsor": "Nobody", "notice": "Invented."}
    return Program(code="invented", source="invented", **texts, **(shape | fields))


def version(*gates: Gate, **fields: Any) -> ProgramVersion:
    """A version in force since 2020 with the gates."""
    patient = PatientParty(
        code="patient", source="invented", name="Patient", form=None, enrolled_by="prescriber"
    )
    shape: dict[str, Any] = {
        "program": program(),
        "effective_on": date(2020, 1, 1),
        "parties": {},
        "patient": patient,
        "courses": PLANS,
    }
    return ProgramVersion(gates={each.code: each for each in gates}, **(shape | fields))
