"""What comes back, described: for the OpenAPI document, and for tests to hold answers against."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_Outcome = Literal["authorized", "not_authorized", "cannot_decide"]
_FindingOutcome = Literal["met", "not_met", "unknown", "not_applicable", "lifted", "overridden"]


class Finding(msgspec.Struct, forbid_unknown_fields=True):
    """One requirement of the gate and how it stands."""

    code: Annotated[str, Meta(description="Permanent; the program's own.")]
    outcome: _FindingOutcome
    blocks: Annotated[bool, Meta(description="Whether this alone keeps the gate shut.")]
    observed: Annotated[str, Meta(description="What is on record.")]
    until: Annotated[date | None, Meta(description="The last day it stays met by itself.")]
    required: Annotated[str, Meta(description="What is asked for.")]
    how: Annotated[str, Meta(description="How to put it right.")]
    who_can_fix: Annotated[str, Meta(description="The role that can.")]
    source: Annotated[str, Meta(description="Where the program says so.")]
    verified: Annotated[bool, Meta(description="Whether that source was confirmed.")]
    severity: Literal["block", "warn"]


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """Why the gate cannot decide; never the patient's fault."""

    code: str
    observed: str
    how: str


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """The gate's answer with every reason. Only `authorized` opens anything."""

    number: Annotated[str, Meta(description="The decision's number, to quote and to read it by.")]
    outcome: _Outcome
    program: str
    program_version: str
    gate: str
    patient: str | None
    prescriber: str | None
    facility: str | None
    pharmacy: str | None
    planned_on: date
    course: int | None
    day: Annotated[int | None, Meta(description="Which infusion day of the course.")]
    course_days: Annotated[int | None, Meta(description="How many the course has.")]
    valid_from: date | None
    valid_until: Annotated[date | None, Meta(description="The last day, inclusive.")]
    under_suspension: Annotated[
        bool, Meta(description="Whether an authority has lifted a requirement for a time.")
    ]
    asked_at: datetime
    findings: Annotated[list[Finding], Meta(description="All of them, met or not.")]
    faults: list[Fault]


class Became(msgspec.Struct, forbid_unknown_fields=True):
    """What became of the authorization."""

    state: Literal["live", "used", "expired", "reversed"]
    closed_at: datetime | None
    closed_reason: str | None


class StoredAnswer(Answer, forbid_unknown_fields=True):
    """The answer as it was given, and what became of the authorization it opened, if any."""

    authorization: Became | None


class FieldProblem(msgspec.Struct, forbid_unknown_fields=True):
    """What is wrong with one field."""

    pointer: Annotated[str, Meta(description="A JSON pointer into the body.")]
    field: str
    detail: str


class ProblemDetails(msgspec.Struct, forbid_unknown_fields=True):
    """RFC 9457 problem details."""

    type: Annotated[str, Meta(description="Stable; a page that explains it.")]
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldProblem] = []


class CannotDecideDetails(msgspec.Struct, forbid_unknown_fields=True):
    """Problem details of a gate that cannot decide, with the stored answer inside."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    decision: Annotated[str, Meta(description="The number to read out to support.")]
    answer: Answer
