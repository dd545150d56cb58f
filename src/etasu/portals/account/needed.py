"""What a role needs besides a password, and the page that leads there before any other."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from etasu.portals.components.confirming import passkeys_work_here
from etasu.portals.components.people import person_here, role_in_session
from etasu.registry.accounts import access
from etasu.registry.accounts.passkeys import passkeys_of
from etasu.registry.accounts.second_steps import app_of
from etasu.registry.accounts.strength import Strength, strength_needed, strength_of

WAYS, WAITING = "ways", "page_waiting"
REQUIRED = "required"


def add_way(request: HttpRequest, way: str) -> None:
    """Note that the person has just shown who they are in this way too."""
    request.session[WAYS] = f"{request.session.get(WAYS, '')}, {way}"


def is_strong_enough(request: HttpRequest, role: str) -> bool:
    """Whether the person has shown who they are as surely as the role needs."""
    if settings.ETASU_SECOND_STEP != REQUIRED:
        return True
    return strength_of(request.session.get(WAYS, "")) >= strength_needed(role)


def second_step_first(request: HttpRequest, role: str, route: str) -> HttpResponse | None:
    """The way to the page that asks for more; None where nothing more is needed.

    What strangers may open, and one's own account, stay open.
    """
    is_open = access.ANONYMOUS in access.POLICIES[route].read or route in OPEN
    if is_open or route.startswith("account:") or is_strong_enough(request, role):
        return None
    if request.method in access.READING:
        request.session[WAITING] = request.get_full_path()
    response = HttpResponseRedirect(reverse("account:second-step"))
    response.status_code = 303
    return response


OPEN = frozenset({"choose-role"})


def page_waiting(request: HttpRequest) -> str:
    """The page the person was on the way to, once; the Security page for anybody else."""
    waiting: str = request.session.pop(WAITING, "")
    return waiting or reverse("account:security")


@never_cache
@require_safe
def second_step_needed(request: HttpRequest) -> HttpResponse:
    """Why a password is not enough here, and the ways to go on."""
    person = person_here(request)
    role = role_in_session(request)
    if is_strong_enough(request, role):
        return redirect(page_waiting(request))
    context = {
        "needs_passkey": strength_needed(role) is Strength.PASSKEY,
        "has_passkey": bool(passkeys_of(person)),
        "has_app": app_of(person) is not None,
        "passkeys_work": passkeys_work_here(request),
    }
    return render(request, "account/second_step_needed.html", context)
