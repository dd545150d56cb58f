"""A decision, a stored decision, or a problem as an HTTP response."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from etasu.interfaces.api.problems import CANNOT_DECIDE, Problem
from etasu.interfaces.api.receive import COLLECTION, JSON
from etasu.registry.authorizations.prepared import Found, Reply

PROBLEM = "application/problem+json"


class Response(NamedTuple):
    """What goes back: the status, the body, and headers beside those every response has."""

    status: HTTPStatus
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def decided(reply: Reply) -> Response:
    """The answer just as it is kept; a repeat differs only in its header.

    A gate that cannot decide is a problem, with the whole answer inside.
    """
    address = f"{COLLECTION}/{reply.number}"
    headers = [("Location", address)]
    if reply.replayed:
        headers.append(("Idempotent-Replayed", "true"))
    if reply.outcome == "cannot_decide":
        said: dict[str, Any] = {
            "type": CANNOT_DECIDE.uri,
            "title": CANNOT_DECIDE.title,
            "status": int(CANNOT_DECIDE.status),
            "detail": CANNOT_DECIDE.advice,
            "instance": address,
            "decision": reply.number,
            "answer": msgspec.Raw(reply.answer.encode()),
        }
        return Response(CANNOT_DECIDE.status, msgspec.json.encode(said), PROBLEM, tuple(headers))
    return Response(HTTPStatus.CREATED, reply.answer.encode(), JSON, tuple(headers))


def found(stored: Found) -> Response:
    """The answer as it was given, and under `authorization` what became of what it opened."""
    became = None
    if stored.state is not None:
        became = {
            "state": stored.state,
            "closed_at": stored.closed_at,
            "closed_reason": stored.closed_reason,
        }
    added = msgspec.json.encode({"authorization": became}).decode()
    return Response(HTTPStatus.OK, f"{stored.answer[:-1]},{added[1:]}".encode())


def problem(problem: Problem, request_id: str) -> Response:
    """The problem, with the number of the call to read out to support."""
    body = msgspec.json.encode(problem.as_dict(request_id))
    return Response(problem.kind.status, body, PROBLEM, tuple(problem.headers.items()))
