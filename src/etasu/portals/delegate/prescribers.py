"""For whom the delegate works: asking a further prescriber, and leaving one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from etasu.portals.components.delegated import delegated_lines
from etasu.portals.components.forms import sent_form
from etasu.portals.components.people import actor_in_any_role
from etasu.portals.components.sending import actor, sent_before, sent_once
from etasu.portals.delegate.forms import PrescriberForm
from etasu.portals.requests import PortalRequest
from etasu.registry.participants import delegation
from etasu.registry.participants.actions import end_membership


@require_http_methods(["GET", "HEAD", "POST"])
def prescribers(request: PortalRequest) -> HttpResponse:
    """Whom one works for, and asking another. Whether there is such a prescriber is not told."""
    form = PrescriberForm(sent_form(request))
    user = request.user
    if request.method == "POST" and form.is_valid():
        number, by = form.cleaned_data["number"], actor_in_any_role(request)
        try:
            delegation.ask_prescriber(user, number, by=by, at=request.at)  # type: ignore[arg-type]
        except delegation.TooManyRequests:
            form.add_error("number", _("You wait for many answers already. Take one back first."))
        else:
            said = _("If this is a prescriber here, they see your request and can accept it.")
            messages.success(request, said)
            return redirect("delegate:prescribers")
    acts = has_role(request)
    context = {
        "form": form,
        "served": list(delegation.serving(request.asker)) if acts else [],
        "now": request.acting.membership_id if acts else None,
        "requests": delegation.requests_by(actor_in_any_role(request).number),
        "may": delegated_lines(),
    }
    return render(request, "delegate/prescribers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: PortalRequest, member: int) -> HttpResponse:
    """Stop working for a prescriber, at once."""
    found = delegation.serving(request.asker).filter(pk=member).first()
    if found is None:
        return sent_before(request)
    if request.method == "POST":
        by, at = actor(request), request.at

        def do() -> str:
            end_membership(found, by=by, at=at)
            return reverse("home")

        messages.success(request, _("Ended. You no longer see their patients."))
        return redirect(sent_once(request, do))
    return render(request, "delegate/leave.html", {"member": found})


@require_POST
def take_back(request: PortalRequest, asked: str) -> HttpResponse:
    """Ask a prescriber no longer."""
    by = actor_in_any_role(request)
    found = delegation.requests_by(by.number).filter(number=asked).first()
    if found is None:
        raise Http404
    delegation.take_back_request(found, by=by, at=request.at)
    messages.success(request, _("You no longer ask them."))
    return redirect("delegate:prescribers")


def has_role(request: PortalRequest) -> bool:
    """Whether the person acts in a role, and so for somebody."""
    return getattr(request, "asker", None) is not None
