"""The front page: each person is led to the portal of their role."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from etasu.portals.access import acting_now
from etasu.portals.account.begin import next_address
from etasu.portals.public.views import front
from etasu.registry.accounts import access
from etasu.registry.accounts.registration import intended_role, registered_themselves
from etasu.registry.participants.enrolling import is_getting_in
from etasu.registry.participants.facts import roles_of

PORTAL_OF = {
    access.PRESCRIBER: "prescriber:home",
    access.DELEGATE: "delegate:home",
    access.FACILITY_REPRESENTATIVE: "organization:home",
    access.PHARMACY_REPRESENTATIVE: "organization:home",
    access.INFUSION_NURSE: "facility:home",
    access.PHARMACIST: "pharmacy:home",
    access.ADMINISTRATOR: "administrator:home",
    access.AUDITOR: "administrator:home",
    access.LAB_ANALYST: "laboratory:home",
    access.SAFETY_REVIEWER: "safety:home",
    access.MODERATOR: "moderation:home",
    access.CARE_PARTNER: "partner:home",
    access.SUPPORT_NURSE: "support:home",
}


@gzip_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The start of one's own portal; for strangers the public front page."""
    if not request.user.is_authenticated:
        return front(request)
    acting = acting_now(request)
    if acting is None and roles_of(request.user):
        return redirect("choose-role")
    if acting is not None and is_getting_in(acting.asker):
        return redirect("enrollment:home")
    there = _start(acting.asker.role) if acting else None
    if there is not None:
        return redirect(there)
    if acting is None and registered_themselves(request.user):
        waits = "account:begun" if intended_role(request.user) else "account:begin"
        return redirect(next_address(request.user) or waits)
    return render(request, "account/no_portal.html", {"acting": acting})


def _start(role: str) -> str | None:
    try:
        return reverse(PORTAL_OF[role]) if role in PORTAL_OF else None
    except NoReverseMatch:
        return None
