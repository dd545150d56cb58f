"""A call as it comes in: its headers checked, its body read, the moment noted. No database."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any, NamedTuple

from etasu.clock.time import now_utc
from etasu.interfaces.api.problems import (
    LENGTH_REQUIRED,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    TOO_LARGE,
    UNKNOWN_KEY,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
)

Environ = dict[str, Any]

COLLECTION = "/api/v1/authorizations"
FORMS = "/api/v1/forms"
PATIENTS = "/api/v1/patients"
PARTICIPANTS = "/api/v1/participants"
REPORTS = "/api/v1/safety/reports"
JSON = "application/json"
PDF = "application/pdf"
LARGEST_BODY = 16 * 1024
LONGEST_KEY = 255
LONGEST_API_KEY = 255
_VISIBLE = re.compile(r"[!-~]+")
_A_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([!-~]+)")
_PLAIN_ACCEPTS = frozenset({"", "*/*"})
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Etasu"'}


class Call(NamedTuple):
    """One call. `number` is empty where a question is asked, `body` where a decision is read."""

    at: datetime
    api_key: str
    number: str
    idempotency_key: str | None
    body: bytes


def request_id(environ: Environ) -> str:
    """The caller's own number for the call when it is well formed, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _A_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def receive(environ: Environ) -> Call:
    """The call; raises Problem for what cannot be taken."""
    at = now_utc()
    path = environ.get("PATH_INFO", "")
    if path == COLLECTION:
        check_method(environ, "POST")
        api_key = api_key_of(environ)
        check_accept(environ)
        return Call(at, api_key, "", idempotency_key_of(environ), body_of(environ))
    number = path.removeprefix(COLLECTION + "/")
    if number == path or not number or "/" in number:
        raise Problem(NOT_FOUND, "There is no such address.")
    check_method(environ, "GET", "HEAD")
    api_key = api_key_of(environ)
    check_accept(environ)
    return Call(at, api_key, number, None, b"")


def check_method(environ: Environ, *allowed: str) -> None:
    """Raise Problem for any other method."""
    if environ["REQUEST_METHOD"] not in allowed:
        said = f"Use {' or '.join(allowed)} here."
        raise Problem(METHOD_NOT_ALLOWED, said, headers={"Allow": ", ".join(allowed)})


def api_key_of(environ: Environ) -> str:
    """The API key as it was sent; raises Problem when there is none."""
    found = _BEARER.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
    if found is None or len(found[1]) > LONGEST_API_KEY:
        said = "Send the header `Authorization: Bearer <API key>`."
        raise Problem(UNKNOWN_KEY, said, headers=_CHALLENGE)
    return found[1]


def unknown_key() -> Problem:
    """The answer to a key that is not one of ours, or no longer."""
    return Problem(UNKNOWN_KEY, "This API key is not known, or was revoked.", headers=_CHALLENGE)


def check_accept(environ: Environ, ours: str = JSON) -> None:
    """Raise Problem for a caller who does not take this kind of `application/` answer."""
    given = environ.get("HTTP_ACCEPT", "")
    if given in _PLAIN_ACCEPTS or given == ours:
        return
    for each in given.split(","):
        kind, *parameters = (part.strip().lower() for part in each.split(";"))
        is_ours = kind in ("*/*", "application/*", ours)
        if is_ours and not any(re.fullmatch(r"q\s*=\s*0(\.0*)?", part) for part in parameters):
            return
    raise Problem(NOT_ACCEPTABLE, f"The answer is {ours}.")


def idempotency_key_of(environ: Environ) -> str | None:
    """The key a retry repeats, None without one; raises Problem for one that cannot be."""
    given = environ.get("HTTP_IDEMPOTENCY_KEY")
    if given is None:
        return None
    if len(given) > LONGEST_KEY or not _VISIBLE.fullmatch(given):
        said = f"The Idempotency-Key header takes 1 to {LONGEST_KEY} visible ASCII characters."
        raise Problem(MALFORMED, said)
    return str(given)


def body_of(environ: Environ) -> bytes:
    """The whole body; raises Problem for what is not JSON, too large, or cut short."""
    kind = environ.get("CONTENT_TYPE", "")
    if kind != "application/json" and not _is_json(kind):
        said = "Send `Content-Type: application/json`."
        raise Problem(UNSUPPORTED_MEDIA_TYPE, said, headers={"Accept-Post": "application/json"})
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() not in ("", "identity"):
        raise Problem(UNSUPPORTED_MEDIA_TYPE, "Send the body without Content-Encoding.")
    stated = environ.get("CONTENT_LENGTH", "")
    if not stated:
        raise Problem(LENGTH_REQUIRED, "Send a Content-Length header; no chunked body.")
    if not (stated.isascii() and stated.isdigit()):
        raise Problem(MALFORMED, "The Content-Length header is not a number.")
    # More digits than any body that is taken, and no number Python would refuse to read.
    if len(stated.lstrip("0")) > len(str(LARGEST_BODY)) or int(stated[-8:]) > LARGEST_BODY:
        raise Problem(TOO_LARGE, f"The body may have at most {LARGEST_BODY} bytes.")
    body: bytes = environ["wsgi.input"].read(int(stated[-8:]))
    if len(body) != int(stated[-8:]):
        raise Problem(MALFORMED, "The body is shorter than its Content-Length.")
    return body


def _is_json(kind: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in kind.split(";"))
    utf8 = {"charset=utf-8", 'charset="utf-8"', "charset=utf8", ""}
    return kind == "application/json" and set(parameters) <= utf8
