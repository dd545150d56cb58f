"""POST of receipts and answers by a provider, signed with the secret this site shares with it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from etasu.interfaces.sms.dialects import Receipt, Reply, Unreadable, heard
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.reminder_receipts import (
    ReceiptTooEarly,
    link_for_telephone,
    note_answer,
    note_delivered,
    note_undelivered,
)
from etasu.safe_use.messages import Keyword, keyword_in

SIGNATURE = "X-Signature"
CLOCKS_DIFFER_BY = timedelta(minutes=5)
SECONDS_TO_TRY_AGAIN = 60
LARGEST = 256 * 1024
_SIGNED = re.compile(r"t=([0-9]{1,10}),v1=([0-9a-f]{64})")
_log = structlog.get_logger("etasu.sms")
# What is sent back to whoever answered, through the provider that brought the answer.
_SAID = {
    (Keyword.STOP, "en"): "{site}: You get no more text messages. Reply START to get them again.",
    (Keyword.STOP, "es"): "{site}: Ya no recibe mensajes de texto. Responda START si los quiere.",
    (Keyword.START, "en"): "{site}: You get text messages again. Reply STOP to end them.",
    (Keyword.START, "es"): "{site}: Vuelve a recibir mensajes de texto. Responda STOP si no.",
    (Keyword.HELP, "en"): "{site}: Help and your messages: {link} Reply STOP to end them.",
    (Keyword.HELP, "es"): "{site}: Ayuda y sus mensajes: {link} Responda STOP si no.",
}


@csrf_exempt
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """Take what a provider says. Twice the same is taken once, so it may be sent again."""
    known = {each.name: each for each in settings.ETASU_SMS.providers}
    if provider not in known:
        raise Http404
    if request.method != "POST":
        return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "POST what became of the messages here.")
    stated = request.headers.get("Content-Length", "")
    if not stated.isdecimal() or int(stated) > LARGEST:
        return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {LARGEST} bytes.")
    body = request.read()
    at: datetime = request.at  # type: ignore[attr-defined]
    if not is_signed(request.headers.get(SIGNATURE, ""), body, at):
        return _refusal(HTTPStatus.UNAUTHORIZED, f"Sign the body and send `{SIGNATURE}`.")
    try:
        said = heard(known[provider].kind, body)
    except Unreadable as expected:
        return _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"Expected {expected}.")
    by = Actor(f"sms provider {provider}", "system")
    return _answer(provider, said, by, at)


def is_signed(signature: str, body: bytes, at: datetime) -> bool:
    """Whether the body was signed with our secret, a short while ago."""
    found = _SIGNED.fullmatch(signature.strip())
    if found is None:
        return False
    signed_at = datetime.fromtimestamp(int(found[1]), UTC)
    right = signature_of(settings.ETASU_SMS.receipt_secret, found[1], body)
    return hmac.compare_digest(right, found[2]) and abs(at - signed_at) <= CLOCKS_DIFFER_BY


def signature_of(secret: str, moment: str, body: bytes) -> str:
    """The signature of a body at a moment, in seconds since 1970."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _answer(
    provider: str, said: Sequence[Receipt | Reply], by: Actor, at: datetime
) -> HttpResponse:
    """Note everything, and ask for all of it again when a part of it was too early."""
    replies, are_early = [], False
    for each in said:
        try:
            replies.append(_take(provider, each, by, at))
        except ReceiptTooEarly:
            are_early = True
    if are_early:
        again = _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Not known yet. Send all of it again.")
        again["Retry-After"] = str(SECONDS_TO_TRY_AGAIN)
        return again
    return JsonResponse({"taken": len(said), "replies": [each for each in replies if each]})


def _take(provider: str, said: Receipt | Reply, by: Actor, at: datetime) -> dict[str, Any] | None:
    """Note it; what is to be sent back to whoever answered."""
    if isinstance(said, Receipt):
        if said.is_delivered:
            note_delivered(provider, said.number, by=by, at=at)
        else:
            note_undelivered(provider, said.number, said.code, by=by, at=at)
        return None
    found = keyword_in(said.text)
    if found is None:
        # Nobody reads answers; what was written may be about health and is not kept.
        _log.info("answer without a keyword")
        return None
    note_answer(said.sender, found[0], by=by, at=at)
    link = f"{settings.ETASU_SITE_URL}/p/"
    if found[0] is Keyword.HELP and (token := link_for_telephone(said.sender, by=by, at=at)):
        # Their own page, behind their birth date, for whoever has only a telephone.
        link = f"{link}{token}/?r"
    text = _SAID[found].format(site=settings.ETASU_SITE_NAME, link=link)
    return {"to": said.sender, "text": text}


def _refusal(status: HTTPStatus, said: str) -> HttpResponse:
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": said}
    sent = JsonResponse(body, status=status, content_type="application/problem+json")
    sent["Cache-Control"] = "no-store"
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        sent["Allow"] = "POST"
    return sent
