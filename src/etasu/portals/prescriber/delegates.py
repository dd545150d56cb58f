"""My delegates: who prepares the prescriber's work, and asking, taking and ending that."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.delegated import delegated_lines
from etasu.portals.components.forms import sent_form
from etasu.portals.components.inviting import InviteForm, invite_once, send_and_say
from etasu.portals.components.sending import actor, sent_before, sent_once
from etasu.portals.prescriber import delegates_tables
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.access import DELEGATE
from etasu.registry.participants import delegation
from etasu.registry.participants.actions import end_membership
from etasu.registry.participants.facts import participant_by_number
from etasu.registry.participants.invitations import (
    Invited,
    NotInvited,
    Sent,
    invite,
    open_invitations,
    revoke_invitation,
    send_again,
    unanswered,
)

page_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def delegates(request: PortalRequest) -> HttpResponse:
    """Everybody who prepares work for the prescriber, did so, was invited, or asks to."""
    own = _own(request)
    zone = request.asker.time_zone
    context = {
        "requests": delegation.requests_to(own.pk),
        "table": delegates_tables.delegates_table(delegation.delegates_of(own.pk), zone),
        "invitations": delegates_tables.invitations_table(
            open_invitations(own, DELEGATE), zone, request.at
        ),
        "former": delegates_tables.former_table(delegation.former_delegates_of(own.pk), zone),
        "may": delegated_lines(),
    }
    return render(request, "prescriber/delegates.html", context)


@page_methods
def invite_delegate(request: PortalRequest) -> HttpResponse:
    """Invite somebody by e-mail to prepare one's work."""
    own = _own(request)
    form = InviteForm(sent_form(request))
    there = reverse("prescriber:delegates")
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        invited = Invited(own, DELEGATE, said["email"], said["full_name"])

        def make() -> Sent:
            return invite(invited, by=actor(request), at=request.at)

        if invite_once(request, form, make, there):
            return redirect(there)
    context = {"form": form, "may": delegated_lines()}
    return render(request, "prescriber/delegates_invite.html", context)


@require_POST
def answer(request: PortalRequest, asked: str) -> HttpResponse:
    """Take somebody who asks as delegate, or decline."""
    found = delegation.requests_to(_own(request).pk).filter(number=asked).first()
    if found is None:
        raise Http404
    is_accepted = "accept" in request.POST
    by, at = actor(request), request.at
    delegation.answer_request(found, is_accepted=is_accepted, by=by, at=at)
    if is_accepted:
        messages.success(request, _("They can prepare your work from now on."))
    else:
        messages.success(request, _("Declined. They see nothing of yours."))
    return redirect("prescriber:delegates")


@page_methods
def end_delegate(request: PortalRequest, member: int) -> HttpResponse:
    """Stop somebody preparing one's work, at once."""
    found = delegation.delegates_of(_own(request).pk).filter(pk=member).first()
    if found is None:
        return sent_before(request)
    there = reverse("prescriber:delegates")
    if request.method == "POST":
        by, at = actor(request), request.at

        def do() -> str:
            end_membership(found, by=by, at=at)
            return there

        messages.success(request, _("Ended. They no longer see your patients."))
        return redirect(sent_once(request, do))
    return render(request, "prescriber/delegates_end.html", {"member": found})


@require_POST
def invitation(request: PortalRequest, invitation: str) -> HttpResponse:
    """Send the link of an invitation again, or revoke it."""
    own = _own(request)
    found = unanswered(invitation, [own])
    if found is None or found.role != DELEGATE:
        raise Http404
    there = reverse("prescriber:delegates")
    by, at = actor(request), request.at
    if "revoke" in request.POST:
        revoke_invitation(found, by=by, at=at)
        messages.success(request, _("The invitation is revoked. Its link no longer opens."))
        return redirect(there)
    made: list[Sent] = []

    def do() -> str:
        made.append(send_again(found, by=by, at=at))
        return there

    try:
        sent_once(request, do)
    except NotInvited:
        messages.warning(request, _("This invitation has been answered meanwhile."))
    send_and_say(request, made)
    return redirect(there)


def _own(request: PortalRequest) -> Any:
    """The prescriber as a participant."""
    asker = request.asker
    found = participant_by_number(asker.participant or "", asker.program)
    if found is None or found.pk != asker.participant_id:
        raise Http404
    return found
