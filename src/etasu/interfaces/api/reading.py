"""Reading the record over this wire: who asks, what they may send, and every failure a problem."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt

from etasu.interfaces.api import answer
from etasu.interfaces.api.answer import Response
from etasu.interfaces.api.problems import (
    INVALID,
    NOT_FOUND,
    UNAVAILABLE,
    UNEXPECTED,
    FieldError,
    Problem,
)
from etasu.interfaces.api.receive import (
    JSON,
    api_key_of,
    check_accept,
    check_method,
    unknown_key,
)
from etasu.registry.accounts.facts import user_behind_key
from etasu.registry.participants.facts import Asker, askers

MOST, USUAL = 100, 25
_log = structlog.get_logger("etasu.request")


class Reader(NamedTuple):
    """Who reads, in every role they act in now, when, and the parameters of the address."""

    askers: tuple[Asker, ...]
    at: datetime
    parameters: QueryDict


class Page(NamedTuple):
    """Which part of a list is wanted: so many, from the one that follows."""

    limit: int
    after: str | None


Read = Callable[[Reader, str], Response]


def reads(kind: str = JSON) -> Callable[[Read], Callable[[HttpRequest, str], HttpResponse]]:
    """Makes a view of what answers a reader about one number, with an answer of this kind."""

    def view_of(read: Read) -> Callable[[HttpRequest, str], HttpResponse]:
        @functools.wraps(read)
        def view(request: HttpRequest, number: str) -> HttpResponse:
            return answered(request, lambda reader: read(reader, number), kind=kind)

        # No session opens this door, so nobody's session can be borrowed for it.
        return csrf_exempt(view)

    return view_of


def answered(
    request: HttpRequest,
    act: Callable[[Reader], Response],
    methods: tuple[str, ...] = ("GET", "HEAD"),
    kind: str = JSON,
) -> HttpResponse:
    """What `act` answers whoever calls, by one of these methods; every failure as a problem."""
    request_id = str(getattr(request, "id", ""))
    try:
        response = act(_reader(request, methods, kind))
    except Exception as error:  # noqa: BLE001 - nothing may pass without an answer of ours
        response = answer.problem(_as_problem(error, request_id), request_id)
    return _sent(response)


@csrf_exempt
def nowhere(request: HttpRequest, elsewhere: str) -> HttpResponse:
    """An address of this wire at which there is nothing."""
    request_id = str(getattr(request, "id", ""))
    return _sent(answer.problem(Problem(NOT_FOUND, "There is no such address."), request_id))


def page_asked_for(parameters: QueryDict) -> Page:
    """The part of a list that is asked for; raises Problem naming every parameter in the way."""
    wrong = list(_strangers(parameters, ("limit", "after")))
    limit, after = parameters.get("limit"), parameters.get("after")
    if limit is not None and not _is_limit(limit):
        wrong.append(FieldError("", "limit", f"A whole number from 1 to {MOST}."))
    if wrong:
        raise refused(*wrong)
    return Page(int(limit) if limit else USUAL, after)


def check_no_parameters(parameters: QueryDict) -> None:
    """Raise Problem for any parameter."""
    wrong = list(_strangers(parameters, ()))
    if wrong:
        raise refused(*wrong)


def refused(*wrong: FieldError) -> Problem:
    """The problem with these parameters."""
    return Problem(INVALID, " ".join(each.detail for each in wrong), errors=wrong)


def _reader(request: HttpRequest, methods: tuple[str, ...], kind: str) -> Reader:
    environ = request.META
    check_method(environ, *methods)
    api_key = api_key_of(environ)
    check_accept(environ, kind)
    user = user_behind_key(api_key)
    acting = askers(user) if user is not None else []
    if not acting:
        raise unknown_key()
    at: datetime = request.at  # type: ignore[attr-defined]
    return Reader(tuple(acting), at, request.GET)


def _strangers(parameters: QueryDict, known: tuple[str, ...]) -> list[FieldError]:
    found = []
    for name, values in parameters.lists():
        if name not in known:
            found.append(FieldError("", name[:64], "There is no such parameter here."))
        elif len(values) > 1:
            found.append(FieldError("", name, "This parameter is given twice; say it once."))
    return found


def _is_limit(said: str) -> bool:
    is_number = said.isascii() and said.isdigit() and len(said) <= len(str(MOST))
    return is_number and 1 <= int(said) <= MOST


def _as_problem(error: Exception, request_id: str) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, OperationalError | InterfaceError):
        said = "The database cannot be reached, or did not finish in time."
        return Problem(UNAVAILABLE, said, headers={"Retry-After": "2"})
    # Its kind only: what an error says may quote the record.
    _log.error("unforeseen", kind=type(error).__qualname__, request_id=request_id)
    return Problem(UNEXPECTED, UNEXPECTED.advice)


def _sent(response: Response) -> HttpResponse:
    sent = HttpResponse(response.body, status=response.status, content_type=response.content_type)
    sent["Cache-Control"] = "no-store"
    for name, value in response.headers:
        sent[name] = value
    return sent
