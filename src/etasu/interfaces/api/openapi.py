"""The OpenAPI 3.1 document of this wire, made from the types that read and describe it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec

from etasu.interfaces.api import openapi_forms, openapi_safety
from etasu.interfaces.api.openapi_parts import (
    HEADERS,
    in_path,
    key_parameter,
    problems,
    ref,
    response,
)
from etasu.interfaces.api.receive import COLLECTION, LARGEST_BODY
from etasu.interfaces.api.shapes import (
    Answer,
    CannotDecideDetails,
    ProblemDetails,
    StoredAnswer,
)
from etasu.interfaces.api.translate import AuthorizationQuestion

# Which problems each call can end in. `unexpected` can end any call and is documented once.
ASKING = (
    *("malformed", "unknown-api-key", "not-acceptable", "key-in-flight", "length-required"),
    *("too-large", "unsupported-media-type", "invalid", "key-reused", "cannot-decide"),
    *("unavailable", "fate-unknown", "unexpected"),
)
READING = ("unknown-api-key", "not-found", "not-acceptable", "unavailable", "unexpected")
ELSEWHERE = ("not-found", "method-not-allowed")


@cache
def document() -> dict[str, Any]:
    """The whole document; the same object every time."""
    shapes = (
        *(AuthorizationQuestion, Answer, StoredAnswer, ProblemDetails, CannotDecideDetails),
        *openapi_forms.SHAPES,
        *openapi_safety.SHAPES,
    )
    _, components = msgspec.json.schema_components(
        shapes, ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Etasu",
            "version": version("etasu"),
            "summary": "May this drug be given, to this patient, here, on this day?",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"apiKey": []}],
        "tags": [
            {"name": "Authorizations", "description": "Asking a gate, and its answers."},
            {"name": "Signed forms", "description": "What was signed, by whom, and if it holds."},
            {"name": "Side effects", "description": "Reports, and whether the sponsor has them."},
        ],
        "paths": {
            COLLECTION: {"post": _ask()},
            f"{COLLECTION}/{{number}}": {"get": _read()},
            **openapi_forms.paths(),
            **openapi_safety.paths(),
        },
        "components": {
            "schemas": components,
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key of a system that acts in one role.",
                }
            },
            "headers": HEADERS,
        },
    }


def _ask() -> dict[str, Any]:
    answered = response("The gate's answer: yes, or no with every reason.", "Answer")
    answered["headers"] |= {
        "Location": {"$ref": "#/components/headers/Location"},
        "Idempotent-Replayed": {"$ref": "#/components/headers/Idempotent-Replayed"},
    }
    return {
        "operationId": "askGate",
        "tags": ["Authorizations"],
        "summary": "Ask a gate",
        "description": _ASK,
        "parameters": [key_parameter(_KEY)],
        "requestBody": {
            "required": True,
            "description": f"At most {LARGEST_BODY} bytes.",
            "content": {
                "application/json": {"schema": {"$ref": ref("AuthorizationQuestion")}},
            },
        },
        "responses": {"201": answered, **problems(ASKING)},
    }


def _read() -> dict[str, Any]:
    return {
        "operationId": "readDecision",
        "tags": ["Authorizations"],
        "summary": "Read a decision, and what became of its authorization",
        "description": "For those it concerns. What you may not see looks like what is not there.",
        "parameters": [in_path("number", "The decision's number.")],
        "responses": {"200": response("The stored answer.", "StoredAnswer"), **problems(READING)},
    }


_ABOUT = """\
A gate is a point where the drug may pass or not. Ask it before dispensing or infusing; only an
answer with the outcome `authorized` opens anything, and only while its authorization is live: the
outcome stays as answered, and `authorization.state` says what became of it. Every answer is kept
and has a number.
"""
_ASK = """\
Both yes and no are answers (201); the body says `outcome`. A second question for a course or day
that is already authorized is answered no, with the number of the first authorization: send an
idempotency key with every question, and a retry gets the answer to the first.
"""
_KEY = """\
Repeats the same question safely: the same key and the same question get the stored answer, byte
for byte, with `Idempotent-Replayed: true`. Nothing is kept for a question that cannot be asked.
"""
