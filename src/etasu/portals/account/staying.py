"""How much of the session is left, and staying signed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from etasu.portals.account.entering import moment_of
from etasu.portals.components.people import role_in_session
from etasu.registry.accounts.sessions import seconds_left, see_session


@never_cache
@require_safe
def left(request: HttpRequest) -> HttpResponse:
    """How many seconds are left; asking does not lengthen them."""
    return _answer(request)


@never_cache
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Begin the time without a page anew; the session's full age stays what it is."""
    at = moment_of(request)
    request.session["seen_at"] = int(at.timestamp())
    see_session(request.session.session_key or "", at)
    return _answer(request)


def _answer(request: HttpRequest) -> HttpResponse:
    seconds = seconds_left(request.session, role_in_session(request), moment_of(request))
    return JsonResponse({"seconds_left": seconds})
