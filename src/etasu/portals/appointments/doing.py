"""Doing something about an appointment, and telling the patient of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.appointments.deeds import Deed, deed_of, starting_with
from etasu.portals.appointments.here import appointment_here, here
from etasu.portals.components.forms import sent_form
from etasu.portals.components.mailing import send_at_once
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.requests import PortalRequest
from etasu.registry.patient_support.lab_actions import NotPossible
from etasu.registry.reactions.lab_appointment_facts import Appointment


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
        done: list[Any] = []

        def act() -> str:
            done.append(wanted.act(found.row, form.cleaned_data, actor(request), request.at))
            return there

        try:
            led_to = sent_once(request, act)
        except NotPossible:
            form.add_error(None, _("As it stands now, this cannot be done."))
        else:
            if done and wanted.tells_patient:
                _tell(request, found)
            return redirect(led_to)
    context = {"found": found, "deed": wanted, "form": form, "number": number}
    context["told"] = _told(wanted)
    return render(request, "appointments/do.html", context)


def _told(deed: Deed) -> str:
    return _("The patient gets a message to look at their page.") if deed.tells_patient else ""


def _tell(request: PortalRequest, found: Appointment) -> None:
    """A message that says nothing of what it is about; whoever sent it learns if it went."""
    patient, is_sent = found.patient, False
    if patient.email:
        with translation.override(patient.language):
            lines = [
                _("Something about an appointment of yours changed."),
                _("Open the page and ask for your link. It shows when and where."),
            ]
            address = request.build_absolute_uri(reverse("patient:entrance"))
            subject = _("About your appointment")
            is_sent = send_at_once("appointment", subject, lines, to=patient.email, link=address)
    if is_sent:
        messages.success(request, _("It is kept, and the patient has a message."))
    else:
        said = _("It is kept, but no message could be sent. Call the patient.")
        messages.warning(request, said)
