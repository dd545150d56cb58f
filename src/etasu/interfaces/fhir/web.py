"""The addresses of FHIR R4: what is posted is kept before it is answered, and read back as sent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from etasu.interfaces.fhir import answer, capability
from etasu.interfaces.fhir.answer import JSON, Response
from etasu.interfaces.fhir.calls import Caller, body_of, caller_of, check_accept, wanted_back
from etasu.interfaces.fhir.delivery import (
    BATCH,
    TRANSACTION,
    WIRE,
    Delivery,
    Sender,
    hear_bundle,
    hear_resource,
)
from etasu.interfaces.fhir.problems import Refused, wrong
from etasu.interfaces.fhir.resources import RESULTS
from etasu.interfaces.fhir.stored import parts_of, resource_in
from etasu.registry.monitoring import sent
from etasu.registry.monitoring.intake import AWAY, receive_all
from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.monitoring.received import AS_SENT, Outcome

BASE = "/fhir/R4"
MOST_AT_ONCE = 200
_log = structlog.get_logger("etasu.fhir")
View = Callable[..., HttpResponse]


def answers(view: View) -> View:
    """A view of which nothing gets out but an answer in the words of this wire."""

    @functools.wraps(view)
    def answered(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        try:
            check_accept(request)
            return view(request, *args, **kwargs)
        except Refused as refused:
            return _sent(answer.refusal(refused))
        except AWAY as error:
            _log.warning("database away", kind=type(error).__qualname__)
            return _sent(answer.refusal(_unavailable()))
        except Exception as error:  # noqa: BLE001 - nothing may pass without an answer of ours
            _log.error("unforeseen", kind=type(error).__qualname__)
            return _sent(answer.refusal(_broken()))

    # No session opens this door, so nobody's session can be borrowed for it.
    return csrf_exempt(answered)


@answers
def system(request: HttpRequest) -> HttpResponse:
    """Take in a transaction or a batch."""
    _check_method(request, "POST")
    caller = caller_of(request)
    delivery = hear_bundle(body_of(request), _sender(request, caller))
    return _sent(answer.reply(delivery, _kept(request, delivery, caller)))


@answers
def of_kind(request: HttpRequest, kind: str) -> HttpResponse:
    """Create a resource."""
    _check_kind(kind)
    _check_method(request, *_OF_KIND.values())
    caller = caller_of(request)
    condition = request.headers.get("If-None-Exist", "")
    delivery = hear_resource(body_of(request), kind, _sender(request, caller), condition)
    made = answer.reply(delivery, _kept(request, delivery, caller))
    return _created(request, made, caller)


@answers
def of_one(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """Read a resource back, as it was sent, by whoever sent it."""
    _check_kind(kind)
    _check_method(request, *_OF_ONE.values(), "HEAD")
    found = _stored(kind, number, caller_of(request))
    if found is None:
        raise _not_found("Nothing that you sent has this id.")
    return _json(HTTPStatus.OK, found, {"ETag": 'W/"1"'})


@answers
def metadata(request: HttpRequest) -> HttpResponse:
    """What this wire can do; nobody needs a key to know."""
    _check_method(request, "GET", "HEAD")
    base = request.build_absolute_uri(BASE)
    said = capability.statement(base, _OF_KIND, _OF_ONE, RESULTS, (TRANSACTION, BATCH))
    return _json(HTTPStatus.OK, answer.encoded(said), {})


@answers
def nowhere(request: HttpRequest, elsewhere: str) -> HttpResponse:
    """An address of this wire at which there is nothing."""
    raise _not_found("There is no such address.")


# The interactions of FHIR that a kind of resource, and one resource of it, know, and their methods.
_OF_KIND = {"create": "POST"}
_OF_ONE = {"read": "GET"}


def _check_method(request: HttpRequest, *allowed: str) -> None:
    if request.method not in allowed:
        said = f"Use {' or '.join(allowed)} here."
        issue = wrong("not-supported", "", said)
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, issue, Allow=", ".join(allowed))


def _check_kind(kind: str) -> None:
    if kind not in RESULTS:
        raise _not_found(f"There are no such resources here, but {' and '.join(RESULTS)}.")


def _not_found(said: str) -> Refused:
    return Refused(HTTPStatus.NOT_FOUND, wrong("not-found", "", said))


def _unavailable() -> Refused:
    said = "The database cannot be reached, or did not finish in time: send the same again."
    issue = wrong("transient", "", said)
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, issue, **{"Retry-After": "60"})


def _broken() -> Refused:
    said = "Something broke on our side: send the same again, and call support if it goes on."
    return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, wrong("exception", "", said))


def _sender(request: HttpRequest, caller: Caller) -> Sender:
    known = functools.partial(sent.messages_under, caller.name, WIRE)
    agreed = agreed_with_senders(_at(request))
    return Sender(caller.name, agreed.get(caller.name, AS_SENT), known)


def _at(request: HttpRequest) -> datetime:
    at: datetime = request.at  # type: ignore[attr-defined]
    return at


def _kept(request: HttpRequest, delivery: Delivery, caller: Caller) -> Sequence[Outcome]:
    """What became of each message, all of it durable."""
    received = [each.received for each in delivery.heard]
    outcomes: list[Outcome] = []
    for begin in range(0, len(received), MOST_AT_ONCE):
        some = received[begin : begin + MOST_AT_ONCE]
        outcomes += receive_all(some, by=caller.actor, at=_at(request))
    return outcomes


def _stored(kind: str, number: str, caller: Caller) -> bytes | None:
    parts = parts_of(number)
    message = sent.message_sent(parts[0], WIRE, caller.actor.number) if parts else None
    return resource_in(message, kind, parts[1]) if parts and message is not None else None


def _created(request: HttpRequest, made: Response, caller: Caller) -> HttpResponse:
    """The answer to a resource that was created, with as much of it as was asked for."""
    if made.created is None:
        return _sent(made)
    kind, number = made.created
    headers = {"Location": request.build_absolute_uri(f"{BASE}/{kind}/{number}"), "ETag": 'W/"1"'}
    wanted = wanted_back(request)
    if wanted == answer.MINIMAL:
        return _json(made.status, b"", headers)
    if wanted == answer.REPRESENTATION:
        return _json(made.status, _stored(kind, number, caller) or b"", headers)
    return _json(made.status, answer.encoded(made.body), headers)


def _sent(made: Response) -> HttpResponse:
    return _json(made.status, answer.encoded(made.body), dict(made.headers))


def _json(status: HTTPStatus, body: bytes, headers: dict[str, Any]) -> HttpResponse:
    sent_back = HttpResponse(body, status=status, content_type=f"{JSON}; charset=utf-8")
    sent_back["Cache-Control"] = "no-store"
    for name, value in headers.items():
        sent_back[name] = value
    return sent_back
