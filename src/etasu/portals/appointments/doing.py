"""Doing something about an appointment, and telling the patient of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.appointments.deeds import Deed, deed_of, starting_with
from etasu.portals.appointments.here import appointment_here, here
from etasu.portals.components.forms import sent_form
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.requests import PortalRequest
from etasu.registry.patient_support.lab_actions import NotPossible
from etasu.registry.reactions.lab_appointment_facts import Appointment
from etasu.registry.reactions.lab_appointments import appointment_changed


@require_http_methods(["GET", "HEAD", "POST"])
def do(request: PortalRequest, number: str, deed: str) -> HttpResponse:
    """One form, and its effect once."""
    where = here(request)
    found, wanted = appointment_here(request, where, number), deed_of(deed)
    if wanted is None:
        raise Http404
    form = wanted.form(sent_form(request), initial=starting_with(found, wanted))
    if form.is_valid():
        there = reverse("appointments:appointment", args=[number])

        def act() -> str:
            _do(request, found, wanted, form.cleaned_data)
            return there

        try:
            return redirect(sent_once(request, act))
        except NotPossible:
            form.add_error(None, _("As it stands now, this cannot be done."))
    context = {"found": found, "deed": wanted, "form": form, "number": number}
    context["told"] = _told(wanted)
    return render(request, "appointments/do.html", context)


def _told(deed: Deed) -> str:
    return _("The patient gets a message to look at their page.") if deed.tells_patient else ""


def _do(request: PortalRequest, found: Appointment, deed: Deed, said: dict[str, Any]) -> None:
    """Do it, with the message to the patient beside it; whoever does it learns if one goes."""
    by, at = actor(request), request.at

    def act() -> Any:
        return deed.act(found.row, said, by, at)

    if not deed.tells_patient:
        act()
    elif appointment_changed(act, by=by, at=at):
        messages.success(request, _("It is kept, and the patient gets a message."))
    else:
        told = _("It is kept, but no message can be sent. Call the patient.")
        messages.warning(request, told)
