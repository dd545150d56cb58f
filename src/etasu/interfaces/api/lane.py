"""The lean lane: one call to the gate from environ to bytes, without Django's middleware.

Nothing that goes wrong here opens anything or shows its insides: every failure is a problem with a
name, and what is not foreseen is one too.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import msgspec
import psycopg
import structlog

from etasu.interfaces.api import answer
from etasu.interfaces.api.answer import Response
from etasu.interfaces.api.problems import (
    CANNOT_DECIDE,
    FATE_UNKNOWN,
    KEY_IN_FLIGHT,
    KEY_REUSED,
    NOT_FOUND,
    UNAVAILABLE,
    UNEXPECTED,
    Problem,
)
from etasu.interfaces.api.receive import (
    COLLECTION,
    Call,
    Environ,
    receive,
    request_id,
    unknown_key,
)
from etasu.interfaces.api.translate import translate, untranslated
from etasu.registry.authorizations import prepared
from etasu.registry.authorizations.actions import Busy
from etasu.registry.authorizations.connections import DatabaseAway
from etasu.registry.authorizations.requests import BadRequest
from etasu.safe_use.facts import UnreadableFacts
from etasu.safe_use.identifiers import number_ok

StartResponse = Callable[[str, list[tuple[str, str]]], Any]

_log = structlog.get_logger("etasu.request")
_STATUS_LINES = {each: f"{each.value} {each.phrase}" for each in HTTPStatus}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one call."""
    started = time.perf_counter()
    number = request_id(environ)
    try:
        response = _respond(environ)
    except Exception as error:  # noqa: BLE001 - nothing may pass without an answer of ours
        response = answer.problem(_as_problem(error, number), number)
    headers = [
        ("Content-Type", response.content_type),
        ("Content-Length", str(len(response.body))),
        ("X-Request-ID", number),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *response.headers,
    ]
    start_response(_STATUS_LINES[response.status], headers)
    _write_log(environ, response.status, started, number)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body]


def _respond(environ: Environ) -> Response:
    call = receive(environ)
    return _read(call) if call.number else _ask(call)


def _ask(call: Call) -> Response:
    request = translate(call.body)
    same = hashlib.sha256(msgspec.json.encode(request)).digest()
    question = prepared.Question(request, call.api_key, call.idempotency_key, same)
    return answer.decided(prepared.answer_prepared(question, call.at))


def _read(call: Call) -> Response:
    # What cannot be a number of ours is looked up as none, for the key is checked all the same.
    number = call.number if number_ok(call.number) else ""
    found = prepared.find_prepared(number, call.api_key, call.at)
    if found is None:
        raise Problem(NOT_FOUND, "No decision that concerns you has this number.")
    return answer.found(found)


_FORESEEN: dict[type[Exception], Callable[[], Problem]] = {
    prepared.UnknownKey: unknown_key,
    prepared.KeyReused: lambda: Problem(
        KEY_REUSED, "The body differs from the one first sent with this key."
    ),
    prepared.KeyInFlight: lambda: Problem(
        KEY_IN_FLIGHT, "Wait for the first request to end.", headers={"Retry-After": "1"}
    ),
    prepared.FateUnknown: lambda: Problem(
        FATE_UNKNOWN, FATE_UNKNOWN.advice, headers={"Retry-After": "2"}
    ),
    Busy: lambda: Problem(
        UNAVAILABLE, "The record kept changing while it was read.", headers={"Retry-After": "1"}
    ),
    DatabaseAway: lambda: Problem(
        UNAVAILABLE, "The database cannot be reached.", headers={"Retry-After": "2"}
    ),
    UnreadableFacts: lambda: Problem(
        CANNOT_DECIDE, "The record cannot be read. Call support and read out the request id."
    ),
}


def _as_problem(error: Exception, number: str) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, BadRequest):
        return untranslated(error.problems)
    foreseen = _FORESEEN.get(type(error))
    if foreseen is not None:
        return foreseen()
    # Its kind only: what an error says may quote the record.
    _log.error("unforeseen", kind=type(error).__qualname__, request_id=number)
    if isinstance(error, (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)):
        said = "The database did not finish in time, or takes no decisions now."
        return Problem(UNAVAILABLE, said, headers={"Retry-After": "2"})
    return Problem(UNEXPECTED, UNEXPECTED.advice)


def _write_log(environ: Environ, status: HTTPStatus, started: float, number: str) -> None:
    """The line `site.middleware.RequestLog` would write, at a tenth of its cost."""
    if not _logger.isEnabledFor(logging.INFO):
        return
    method = environ["REQUEST_METHOD"]
    route = "authorizations" if environ.get("PATH_INFO") == COLLECTION else "authorization"
    line = {
        "method": method if method in _METHODS else "other",
        "route": f"api:{route}",
        "status": int(status),
        "ms": round((time.perf_counter() - started) * 1000, 1),
        "request_id": number,
        "event": "request",
    }
    _log.info(**line)


_logger = logging.getLogger("etasu.request")
