"""Pages for when something is not as it should be: always with a way on, never a dead end."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.html import escape
from django.utils.translation import get_language

from etasu.portals.account.kept_form import keep_for_later
from etasu.portals.components.held_link import held_in
from etasu.portals.components.typed_words import typed_words
from etasu.registry.accounts import access
from etasu.registry.authorizations.actions import Busy

# Where the support code belongs in a page that was written before.
_SUPPORT_CODE = "the-support-code"
PAGES = frozenset({400, 403, 404, 405, 429, 500, 503})


def page(request: HttpRequest, status: int, **more: Any) -> HttpResponse:
    """The page for one status. It reads nothing from the database."""
    written = _written(status, get_language(), **more)
    return HttpResponse(
        written.replace(_SUPPORT_CODE, escape(getattr(request, "id", ""))), status=status
    )


@lru_cache(maxsize=64)
def _written(status: int, language: str | None, **more: Any) -> str:
    """The page as it is for everybody: nothing but the support code differs."""
    return _rendered(status, _SUPPORT_CODE, **more)


def _rendered(status: int, support_code: str, **more: Any) -> str:
    context = {"support_code": support_code, "status": status, **more}
    return render_to_string(f"errors/{status}.html", context)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be read."""
    return page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not allowed: told as not found, so that nothing is learned from the difference."""
    return page(request, 404)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or not one for this person: not told apart."""
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke; without the database it is a matter of waiting."""
    broke = sys.exc_info()[1]
    return page(request, 503 if isinstance(broke, OperationalError | InterfaceError) else 500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our page, was open too long, or is of somebody before.

    The browser may have lost its cookies in the middle of a form: what was typed then waits for
    whoever the page was made for, who signs in again and goes on. Nobody else's form waits, so
    its words are shown; never those of another site's page, which could say anything here.
    """
    is_from_here = _is_from_here(request)
    if is_from_here and keep_for_later(request):
        is_signed_in = request.user.is_authenticated
        response = redirect("account:kept-form" if is_signed_in else "sign-in")
        response.status_code = 303
        return response
    typed = typed_words(request) if is_from_here else ()
    if not typed:
        return page(request, 403, is_by_link=_is_by_link(request))
    support_code = str(getattr(request, "id", ""))
    written = _rendered(403, support_code, is_by_link=_is_by_link(request), typed=typed)
    refused = HttpResponse(written, status=403)
    add_never_cache_headers(refused)
    return refused


def _is_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this site sent the form."""
    own = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin", "") == own


def _is_by_link(request: HttpRequest) -> bool:
    """Whether the page is one of those a patient opens by a link."""
    match = request.resolver_match
    if match is None or request.user.is_authenticated:
        return False
    if match.namespace == "patient":
        return request.path.startswith("/p/")
    return match.namespace == "community" and bool(held_in(request))


def for_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The page for an exception that is nobody's mistake; None for any other."""
    if isinstance(error, UnreadablePostError):
        return page(request, 400)
    return page(request, 503) if isinstance(error, Busy) else None


def with_way_on(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, with a page in place of a bare status."""
    is_bare = not getattr(response, "streaming", False) and not response.content
    if response.status_code not in PAGES or not is_bare or _is_for_machines(request):
        return response
    full = page(request, response.status_code)
    kept: dict[str, Any] = {k: v for k, v in response.headers.items() if k in ("Allow",)}
    for name, value in kept.items():
        full[name] = value
    return full


def _is_for_machines(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and access.is_machine_door(match.func)
