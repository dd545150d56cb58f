"""Parts of the OpenAPI document that several calls share: answers, problems, headers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from etasu.interfaces.api.problems import TYPES, ProblemType
from etasu.interfaces.api.reading import MOST, USUAL
from etasu.interfaces.api.receive import JSON, LONGEST_KEY


def problems(codes: tuple[str, ...]) -> dict[str, Any]:
    """What a call answers when something is wrong, by status."""
    by_status: dict[HTTPStatus, list[ProblemType]] = {}
    for code in codes:
        by_status.setdefault(TYPES[code].status, []).append(TYPES[code])
    return {
        str(int(status)): _problem(status, kinds) for status, kinds in sorted(by_status.items())
    }


def _problem(status: HTTPStatus, kinds: list[ProblemType]) -> dict[str, Any]:
    said = "\n".join(f"- `{kind.uri}`: {kind.title} {kind.advice}" for kind in kinds)
    schemas = ["ProblemDetails"]
    if any(kind.code == "cannot-decide" for kind in kinds):
        schemas.append("CannotDecideDetails")
    found = response(said, *schemas, kind="application/problem+json")
    if status in (HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE):
        found["headers"] |= {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    if status is HTTPStatus.UNAUTHORIZED:
        found["headers"] |= {"WWW-Authenticate": {"$ref": "#/components/headers/WWW-Authenticate"}}
    return found


def response(said: str, *schemas: str, kind: str = JSON, example: object = None) -> dict[str, Any]:
    """An answer in words, the shapes its body can have, and an example of it."""
    refs = [{"$ref": ref(name)} for name in schemas]
    content: dict[str, Any] = {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}
    if example is not None:
        content["example"] = example
    return {
        "description": said,
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}},
        "content": {kind: content},
    }


def key_parameter(said: str) -> dict[str, Any]:
    """The header by which a call is repeated safely."""
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": said,
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_KEY,
            "pattern": "^[!-~]+$",
        },
    }


def in_path(name: str, said: str) -> dict[str, Any]:
    """A number in the address."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": said,
        "schema": {"type": "string"},
        "example": "7QK2M-X0B4T-N",
    }


def page(what: str) -> list[dict[str, Any]]:
    """The parameters that choose a page of a list."""
    return [
        {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": f"How many {what} a page has at most.",
            "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        },
        {
            "name": "after",
            "in": "query",
            "required": False,
            "description": f"The number of the last of the {what} before; `next` has it already.",
            "schema": {"type": "string"},
        },
    ]


def ref(name: str) -> str:
    """Where the document has a shape."""
    return f"#/components/schemas/{name}"


HEADERS: dict[str, Any] = {
    "X-Request-ID": {
        "description": "The number of this call; yours, when you sent a well-formed one.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where to read it.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "There when the answer is the one already given for the key.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}},
    "Link": {
        "description": 'The next page, as `rel="next"`; not there on the last.',
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}},
}
