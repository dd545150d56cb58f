"""The front page: each person is led to the portal of their role."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from etasu.portals.access import acting_now
from etasu.registry.accounts import access
from etasu.registry.participants.facts import roles_of

PORTAL_OF = {
    access.PRESCRIBER: "prescriber:home",
    access.INFUSION_NURSE: "facility:home",
    access.PHARMACIST: "pharmacy:home",
    access.ADMINISTRATOR: "administrator:home",
    access.AUDITOR: "administrator:home",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The start of one's own portal; for strangers the sign-in page."""
    if not request.user.is_authenticated:
        return redirect("sign-in")
    acting = acting_now(request)
    if acting is None and roles_of(request.user):
        return redirect("choose-role")
    there = _start(acting.asker.role) if acting else None
    if there is not None:
        return redirect(there)
    return render(request, "account/no_portal.html", {"acting": acting})


def _start(role: str) -> str | None:
    try:
        return reverse(PORTAL_OF[role]) if role in PORTAL_OF else None
    except NoReverseMatch:
        return None
