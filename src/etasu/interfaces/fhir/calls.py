"""A call of this wire as it comes in: who calls, in which kind of words, and with which body."""

from __future__ import annotations

import re
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple

from django.http import HttpRequest, UnreadablePostError

from etasu.interfaces.fhir.answer import JSON
from etasu.interfaces.fhir.problems import Refused, wrong
from etasu.interfaces.fhir.reading import LARGEST_BODY
from etasu.registry.accounts.facts import user_behind_key
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.facts import askers

_KINDS = frozenset({JSON, "application/json"})
_TAKEN = frozenset({*_KINDS, "*/*", "application/*"})
_BEARER = re.compile(r"bearer +([!-~]{1,255})", re.IGNORECASE)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Etasu"'}


class Caller(NamedTuple):
    """Whose key it is, and the name connections know them by."""

    actor: Actor
    name: str


def caller_of(request: HttpRequest) -> Caller:
    """Who calls; raises Refused for whoever has no key, or acts for nobody."""
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    person = user_behind_key(found[1]) if found else None
    acting = askers(person) if person is not None else []
    if person is None or not acting:
        said = "Send the header `Authorization: Bearer <API key>` with a key that was not revoked."
        raise Refused(HTTPStatus.UNAUTHORIZED, wrong("login", "", said), **_CHALLENGE)
    return Caller(Actor(person.number, acting[0].role), f"key:{person.number}")


def check_accept(request: HttpRequest) -> None:
    """Raise Refused for a caller who takes no JSON."""
    asked = request.GET.get("_format") or request.headers.get("Accept", "")
    kinds = [each.split(";")[0].strip().lower() for each in asked.split(",")]
    if asked and not any(each in _TAKEN or each == "json" for each in kinds):
        said = f"The answer is {JSON}; XML is not written."
        raise Refused(HTTPStatus.NOT_ACCEPTABLE, wrong("not-supported", "", said))


def body_of(request: HttpRequest) -> bytes:
    """The whole body; raises Refused for one that is not read."""
    kind = request.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind not in _KINDS or request.headers.get("Content-Encoding", "identity") != "identity":
        said = f"Send `Content-Type: {JSON}`, not compressed; XML is not read."
        issue = wrong("not-supported", "", said)
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, issue, **{"Accept-Post": JSON})
    stated = request.headers.get("Content-Length", "")
    if not (stated.isascii() and stated.isdigit()):
        issue = wrong("required", "", "Send a Content-Length header.")
        raise Refused(HTTPStatus.LENGTH_REQUIRED, issue)
    if len(stated) > 9 or int(stated) > LARGEST_BODY:
        issue = wrong("too-long", "", f"Send at most {LARGEST_BODY} bytes; split the Bundle.")
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, issue)
    with suppress(UnreadablePostError):
        body = request.read()
        if len(body) == int(stated):
            return body
    issue = wrong("incomplete", "", "Less came than Content-Length says: send it again.")
    raise Refused(HTTPStatus.BAD_REQUEST, issue)


def wanted_back(request: HttpRequest) -> str:
    """What the Prefer header asks to be sent back; empty when it asks for nothing."""
    for each in request.headers.get("Prefer", "").replace(";", ",").split(","):
        name, _, value = each.strip().partition("=")
        if name.strip().lower() == "return":
            return value.strip(' "')
    return ""
