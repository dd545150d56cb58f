"""Forms that act once, however often they are sent."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.receipts import led_to, once
from etasu.registry.audit.actors import Actor

FORM_TOKEN = "form_token"


def new_form_token() -> str:
    """A token for one showing of one form."""
    return secrets.token_urlsafe(18)


def actor(request: PortalRequest) -> Actor:
    """The person of the request in the role they act in."""
    asker = request.asker
    return Actor(asker.user, asker.role)


def sent_once(request: PortalRequest, do: Callable[[], str]) -> str:
    """Do it for the first sending of this form with this content; where it led, every time.

    The content counts, so that a form put right and sent again from the same page acts again.
    """
    at = request.at
    return once(digest_of_form(request), do, by=actor(request), at=at)


def sent_before(request: PortalRequest) -> HttpResponse:
    """Where this very form led when it was sent before; not found when it never was.

    For what is gone once the form has acted: the second click ends where the first one did.
    """
    return sent_before_by(request.asker.user, request)


def sent_before_by(sender: str, request: HttpRequest) -> HttpResponse:
    """As `sent_before`, for whoever has no account."""
    led = led_to(digest_of_form(request), sender=sender) if FORM_TOKEN in request.POST else ""
    if not led:
        raise Http404
    return redirect(led)


def digest_of_form(request: HttpRequest) -> str:
    """A form with its content as one number: the same for every sending of it."""
    shown = request.POST.get(FORM_TOKEN) or new_form_token()
    content = sorted(
        (name, value)
        for name in request.POST
        if name != "csrfmiddlewaretoken"
        for value in request.POST.getlist(name)
    )
    return hashlib.sha256(repr((request.path, shown, content)).encode()).hexdigest()
