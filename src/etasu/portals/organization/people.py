"""Ending what somebody does for a site, and invitations nobody has answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import short_day
from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.inviting import send_and_say
from etasu.portals.components.sending import actor, sent_before, sent_once
from etasu.portals.organization.forms import LeaveForm
from etasu.portals.organization.here import Here, here
from etasu.portals.requests import PortalRequest
from etasu.registry.participants import sites as registry
from etasu.registry.participants.invitations import (
    NotInvited,
    Sent,
    revoke_invitation,
    send_again,
    unanswered,
)
from etasu.registry.participants.representatives import (
    LastRepresentative,
    alone_without,
    end_representative,
)

page_methods = require_http_methods(["GET", "HEAD", "POST"])


@page_methods
def end(request: PortalRequest, member: int) -> HttpResponse:
    """End what somebody does for a site, at once.

    When nobody would be left to represent a site, it must be said that the grace may begin.
    """
    where = here(request)
    found = registry.memberships_to_end(where.asker).filter(pk=member).first()
    if found is None or found.participant is None:
        return sent_before(request)
    alone = alone_without(found)
    form: PortalForm = (LeaveForm if alone else PortalForm)(sent_form(request))
    if request.method == "POST" and form.is_valid():
        begins_grace = bool(form.cleaned_data.get("begins_grace"))
        try:
            return redirect(_ended(request, found, begins_grace))
        except LastRepresentative:
            return redirect("organization:end", member)
    context = {
        "form": form,
        "member": found,
        "is_self": found.user.number == where.asker.user,
        "alone": alone,
        "last_day": _last_day(where, alone),
        "back": reverse("organization:site", args=[found.participant.number]),
    }
    return render(request, "organization/end.html", context)


def _ended(request: PortalRequest, found: Any, begins_grace: bool) -> str:
    is_self = found.user.number == request.asker.user
    there = reverse("home" if is_self else "organization:site", args=_args(found, is_self))

    def do() -> str:
        end_representative(found, begins_grace=begins_grace, by=actor(request), at=request.at)
        return there

    led_to = sent_once(request, do)
    messages.success(request, _("Ended. It has effect already."))
    return led_to


def _args(found: Any, is_self: bool) -> list[str]:
    return [] if is_self else [found.participant.number]


def _last_day(where: Here, alone: list[Any]) -> str:
    """The last day the sites keep their standing if nobody represents them from today on."""
    if not alone:
        return ""
    span = where.party.representative_grace
    return short_day(span.after(where.today) - timedelta(days=1)) if span else ""


@page_methods
def invitation(request: PortalRequest, invitation: str) -> HttpResponse:
    """Send the link of an invitation again, or revoke it."""
    where = here(request)
    found = unanswered(invitation, where.sites)
    wide = found is not None and found.for_all_sites
    if found is None or (wide and not registry.acts_for_all_sites(where.asker)):
        raise Http404
    there = reverse("organization:site", args=[found.participant.number])
    if request.method == "POST":
        if "revoke" in request.POST:
            revoke_invitation(found, by=actor(request), at=request.at)
            messages.success(request, _("The invitation is revoked. Its link no longer opens."))
        else:
            _send_again(request, found, there)
        return redirect(there)
    context = {"invitation": found, "back": there}
    return render(request, "organization/invitation.html", context)


def _send_again(request: PortalRequest, found: Any, there: str) -> None:
    made: list[Sent] = []

    def do() -> str:
        made.append(send_again(found, by=actor(request), at=request.at))
        return there

    try:
        sent_once(request, do)
    except NotInvited:
        messages.warning(request, _("This invitation has been answered meanwhile."))
    send_and_say(request, made)
