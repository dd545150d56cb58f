"""Recording an infusion that was given: under its authorization, or without one. Never refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.answer import answer_page
from etasu.portals.components.forms import sent_form
from etasu.portals.components.patient_forms import forms_to_prepare
from etasu.portals.components.records import patient_banner
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.facility.forms import InfusionForm, UnauthorizedInfusionForm
from etasu.portals.facility.presenters import infusion_record
from etasu.portals.facility.views import is_infusion_day, own_authorization
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry import reactions
from etasu.registry.authorizations.requests import NO_SUCH_PATIENT, asked_on
from etasu.registry.participants.facts import participant_by_number
from etasu.registry.patients.facts import patient_by_number
from etasu.registry.treatment.actions import AlreadyRecorded
from etasu.registry.treatment.facts import (
    infusion_by_number,
    infusion_under,
    is_noted_as_it_went,
)

page_methods = require_http_methods(["GET", "HEAD", "POST"])
ALREADY = gettext_lazy(
    "An infusion on this day is already recorded for this patient. Nothing was recorded twice."
)


@page_methods
def record(request: PortalRequest, number: str) -> HttpResponse:
    """Record the infusion a day was authorized for."""
    found = own_authorization(request, number)
    if not is_infusion_day(found):
        raise Http404
    given = infusion_under(number)
    if given is not None and request.method != "POST":
        return redirect("facility:infusion", number=given.number)
    planned = found.decision.planned_on
    form = InfusionForm(sent_form(request), now=_now(request), on=planned)
    page = answer_page(found, request.asker, request.at)
    is_early = planned > asked_on(request.asker, request.at)
    if request.method == "POST" and not is_early and form.is_valid():
        there = _record(request, form, found.decision.patient, page.course, planned)
        if there is not None:
            return redirect(there)
    context = {"form": form, "page": page, "planned_on": planned, "is_early": is_early}
    return render(request, "facility/record.html", context)


@page_methods
def record_unauthorized(request: PortalRequest) -> HttpResponse:
    """Record an infusion that was given, whether or not anything was authorized."""
    asker = request.asker
    form = UnauthorizedInfusionForm(sent_form(request), now=_now(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        patient = patient_by_number(given["patient"], asker.program)
        if patient is None:
            form.add_error("patient", NO_SUCH_PATIENT.detail)
        else:
            there = _record(request, form, patient, given["course"], given["given_on"])
            if there is not None:
                return redirect(there)
    return render(request, "facility/record_unauthorized.html", {"form": form})


@require_safe
def infusion(request: PortalRequest, number: str) -> HttpResponse:
    """What is on record about one infusion given here."""
    found = infusion_by_number(number, request.asker)
    if found is None:
        raise Http404
    if is_noted_as_it_went(found):
        return redirect("facility:day", number=found.authorization_number or found.number)
    day = asked_on(request.asker, request.at)
    version = library.current().effective(request.asker.program, day)
    context = {
        "infusion": found,
        "patient": patient_banner(found.patient, in_full=True, on=day),
        "record": infusion_record(found, request.asker.time_zone),
        "forms": forms_to_prepare(version, request.asker.role) if version else [],
        "is_serious": found.detail.get("reaction") == "serious",
    }
    return render(request, "facility/infusion.html", context)


def _now(request: PortalRequest) -> datetime:
    """Now, by the facility's clock."""
    return request.at.astimezone(ZoneInfo(request.asker.time_zone))


def _record(
    request: PortalRequest, form: InfusionForm, patient: Any, course: int, given_on: date
) -> str | None:
    """The address of the record; None with the mistake on the form when the day is taken."""
    asker = request.asker

    def keep() -> str:
        kept = reactions.infusion_written_down(
            patient,
            course=course,
            given_on=given_on,
            facility=participant_by_number(asker.participant or "", asker.program),
            by=actor(request),
            at=request.at,
            detail=form.detail(),
        )
        return reverse("facility:infusion", args=[kept.number])

    try:
        there = sent_once(request, keep)
    except AlreadyRecorded:
        form.add_error(None, str(ALREADY))
        return None
    messages.success(request, _("The infusion is recorded."))
    return there
