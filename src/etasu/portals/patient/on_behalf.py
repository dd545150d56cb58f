"""What a patient allows, for those who note that the patient took something back, and how."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.allowed import Allowed, allowed_things
from etasu.portals.components.dates import local_day
from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.records import patient_banner
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.patient.here import see_other
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.access import ADMINISTRATOR, DELEGATE, PRESCRIBER, SUPPORT_NURSE
from etasu.registry.patients.facts import patient_seen
from etasu.registry.reactions import consent_withdrawn

WAYS = (
    ("in writing", gettext_lazy("In writing: a letter, a fax or a message is on file")),
    ("by phone", gettext_lazy("By phone")),
    ("in person", gettext_lazy("In person")),
)


class HowForm(PortalForm):
    """In which way the patient asked."""

    how = forms.ChoiceField(
        label=gettext_lazy("How did the patient ask for it?"),
        choices=WAYS,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Say how the patient asked for it"),
            "invalid_choice": gettext_lazy("Choose one of the answers offered"),
        },
    )


@require_safe
def choices_of_patient(request: PortalRequest, number: str) -> HttpResponse:
    """What the patient allows, since when, and what was taken back."""
    patient = patient_here(request, number)
    context = around(request, patient) | {
        "things": _things(request, patient),
        "may_change": request.asker.role in (PRESCRIBER, ADMINISTRATOR),
    }
    return render(request, "patient/of_patient.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_for_patient(request: PortalRequest, number: str, code: str) -> HttpResponse:
    """Note that the patient took one thing back: its effect first, then how it was asked for."""
    patient = patient_here(request, number)
    thing = next((each for each in _things(request, patient) if each.code == code), None)
    if thing is None:
        raise Http404
    if not thing.is_allowed:
        return see_other("patient:choices-of", number)
    form = HowForm(sent_form(request))
    if form.is_valid():

        def withdraw() -> str:
            how = form.cleaned_data["how"]
            consent_withdrawn(thing.consent, how=how, by=actor(request), at=request.at)
            return reverse("patient:choices-of", args=[number])

        sent_once(request, withdraw)
        messages.success(request, _("It is taken back, and on record."))
        return see_other("patient:choices-of", number)
    context = around(request, patient) | {"thing": thing, "form": form}
    return render(request, "patient/withdraw_for.html", context)


def patient_here(request: PortalRequest, number: str) -> Any:
    """The patient of that number, whom the asker may see; anybody else is not found."""
    found = patient_seen(request.asker, number)
    if found is None:
        raise Http404
    return found


def _things(request: PortalRequest, patient: Any) -> list[Allowed]:
    on = local_day(request.at, patient.time_zone)
    return allowed_things(patient, on, get_language())


def around(request: PortalRequest, patient: Any) -> dict[str, Any]:
    """What every page about a patient shows around its own content."""
    on = local_day(request.at, patient.time_zone)
    role = request.asker.role
    back = {
        PRESCRIBER: "prescriber:patient",
        DELEGATE: "delegate:patient",
        SUPPORT_NURSE: "support:patient",
    }
    return {
        "patient": patient,
        "banner": patient_banner(patient, in_full=True, on=on),
        "back": reverse(back.get(role, "administrator:patient"), args=[patient.number]),
    }
