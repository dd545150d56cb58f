"""The same messages over HTTP: POST one or a batch, and the acknowledgment is the answer's body."""

from __future__ import annotations

import re
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from etasu.interfaces.hl7v2.exchange import hear, reply
from etasu.interfaces.hl7v2.handing_in import keep_all
from etasu.interfaces.hl7v2.parser import LARGEST_MESSAGE
from etasu.registry.accounts.facts import Person, user_behind_key
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.intake import receive_all
from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.monitoring.received import Outcome
from etasu.registry.participants.facts import askers

KIND = "application/hl7-v2"
_KINDS = frozenset({KIND, f"{KIND}+er7", f"x-{KIND}+er7"})
_BEARER = re.compile(r"bearer +([!-~]{1,255})", re.IGNORECASE)


class _Refused(Exception):
    """A call whose body is not read."""

    def __init__(self, status: HTTPStatus, said: str, **headers: str) -> None:
        super().__init__(said)
        self.status, self.said, self.headers = status, said, headers


@csrf_exempt
def post(request: HttpRequest) -> HttpResponse:
    """Take what was posted. 200 says that all of it was accepted, 422 that something was not.

    With 503 nothing was kept, and the same body is to be sent again.
    """
    try:
        person, role = _sender(request)
        raw = _body(request)
    except _Refused as refused:
        return _refusal(request, refused)
    at = request.at  # type: ignore[attr-defined]
    by = Actor(person.number, role)
    delivery = hear(raw, f"key:{person.number}", agreed_with_senders(at))
    outcomes = keep_all(
        delivery.received, lambda some, *, at: receive_all(some, by=by, at=at), at=at, pauses=()
    )
    answers, is_accepted = reply(delivery, outcomes, at)
    status = HTTPStatus.OK if is_accepted else _status_of(outcomes)
    encoding = delivery.messages[0].encoding
    sent = HttpResponse(
        b"".join(answers), status=status, content_type=f"{KIND}; charset={encoding}"
    )
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        sent["Retry-After"] = "60"
    sent["Cache-Control"] = "no-store"
    return sent


def _status_of(outcomes: list[Outcome]) -> HTTPStatus:
    is_kept = all(each.reference or each.error != "207" for each in outcomes)
    return HTTPStatus.UNPROCESSABLE_ENTITY if is_kept else HTTPStatus.SERVICE_UNAVAILABLE


def _sender(request: HttpRequest) -> tuple[Person, str]:
    if request.method != "POST":
        raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED, "POST the message here.", Allow="POST")
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    person = user_behind_key(found[1]) if found else None
    acting = askers(person) if person is not None else []
    if person is None or not acting:
        said = "Send the header `Authorization: Bearer <API key>` with a key that was not revoked."
        challenge = {"WWW-Authenticate": 'Bearer realm="Etasu"'}
        raise _Refused(HTTPStatus.UNAUTHORIZED, said, **challenge)
    return person, acting[0].role


def _body(request: HttpRequest) -> bytes:
    kind = request.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind not in _KINDS or request.headers.get("Content-Encoding", "identity") != "identity":
        said = f"Send `Content-Type: {KIND}`, not compressed."
        raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, said)
    stated = request.headers.get("Content-Length", "")
    if not (stated.isascii() and stated.isdigit()):
        raise _Refused(HTTPStatus.LENGTH_REQUIRED, "Send a Content-Length header.")
    if len(stated) > 9 or int(stated) > LARGEST_MESSAGE:
        said = f"Send at most {LARGEST_MESSAGE} bytes."
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
    # Less than stated raises CutOff: half a message is not read.
    return request.read()


def _refusal(request: HttpRequest, refused: _Refused) -> HttpResponse:
    body = {
        "type": "about:blank",
        "title": refused.status.phrase,
        "status": int(refused.status),
        "detail": refused.said,
        "request_id": str(getattr(request, "id", "")),
    }
    sent = JsonResponse(body, status=refused.status, content_type="application/problem+json")
    for name, value in refused.headers.items():
        sent[name] = value
    sent["Cache-Control"] = "no-store"
    return sent
