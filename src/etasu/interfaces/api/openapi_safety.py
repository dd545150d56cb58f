"""The part of the OpenAPI document about reports of side effects, with examples."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from etasu.interfaces.api.openapi_parts import in_path, key_parameter, page, problems, ref, response
from etasu.interfaces.api.receive import LARGEST_BODY, REPORTS
from etasu.interfaces.api.safety_shapes import (
    ReportInFull,
    ReportInList,
    SafetyReport,
    SafetyReports,
    Told,
)
from etasu.safe_use.safety_plan import CaseKind, Criterion

SHAPES = (SafetyReport, ReportInFull, SafetyReports)
SENDING = (
    *("malformed", "unknown-api-key", "not-acceptable", "length-required", "too-large"),
    *("unsupported-media-type", "invalid", "key-reused", "unavailable", "unexpected"),
)
READING = (
    *("unknown-api-key", "not-found", "not-acceptable", "invalid", "unavailable", "unexpected"),
)
_TAG = "Side effects"


def paths() -> dict[str, Any]:
    """Every call about side effects."""
    return {
        REPORTS: {"post": _send(), "get": _list()},
        f"{REPORTS}/{{report}}": {"get": _read()},
    }


def _send() -> dict[str, Any]:
    answered = response("The case as it is kept.", "ReportInFull", example=_example())
    for name in ("Location", "Idempotent-Replayed"):
        answered["headers"][name] = {"$ref": f"#/components/headers/{name}"}
    return {
        "operationId": "reportSideEffect",
        "tags": [_TAG],
        "summary": "Report a side effect or a pregnancy",
        "description": _SEND,
        "parameters": [key_parameter(_KEY)],
        "requestBody": {
            "required": True,
            "description": f"At most {LARGEST_BODY} bytes.",
            "content": {"application/json": {"schema": {"$ref": ref("SafetyReport")}}},
        },
        "responses": {"201": answered, **problems(SENDING)},
    }


def _list() -> dict[str, Any]:
    said = SafetyReports(reports=[ReportInList(**_BRIEF)], next=None)
    answered = response("One page of the list.", "SafetyReports", example=msgspec.to_builtins(said))
    answered["headers"] |= {"Link": {"$ref": "#/components/headers/Link"}}
    return {
        "operationId": "listReports",
        "tags": [_TAG],
        "summary": "List the reports you may read",
        "description": "Newest first: for safety staff of a program every case, else your own.",
        "parameters": page("reports"),
        "responses": {"200": answered, **problems(tuple(c for c in READING if c != "not-found"))},
    }


def _read() -> dict[str, Any]:
    return {
        "operationId": "readReport",
        "tags": [_TAG],
        "summary": "Read a report, and whether the sponsor has it",
        "description": "Every look is in the audit trail.",
        "parameters": [in_path("report", "The case's number.")],
        "responses": {
            "200": response("The case.", "ReportInFull", example=_example()),
            **problems(READING),
        },
    }


_SEND = """\
Safety staff of the program hear of it at once. What is missing is asked for later: no report is
refused for what it does not say, and none holds back a drug. A report about somebody who is not
enrolled is taken as well; leave `patient` out.
"""
_KEY = """\
Repeats the same report safely: the same key and the same report are one case, and the answer says
`Idempotent-Replayed: true`. Without a key, each sending is a case of its own.
"""
_AT = datetime(2025, 5, 1, 15, 0, tzinfo=UTC)
_ON = date(2025, 5, 1)
_BRIEF: dict[str, Any] = {
    "number": "7QK2M-X0B4T-N",
    "program": "teaching",
    "program_version": "2024-01-01",
    "kind": CaseKind.ADVERSE_EVENT,
    "patient": "0A1B2-C3D4E-Y",
    "product": "TEACHING",
    "received_on": _ON,
    "received_at": _AT,
    "state": "open",
}


def _example() -> Any:
    told = Told(
        told_by="patient",
        words="A rash on both arms since yesterday.",
        criteria=[Criterion.HOSPITALIZATION],
        details={"began_on": "2025-04-30"},
        received_on=_ON,
        received_at=_AT,
    )
    return msgspec.to_builtins(ReportInFull(**_BRIEF, told=[told]))
