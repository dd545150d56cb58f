"""The call list, one patient's page, and whose nurse somebody is."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.forms import sent_form
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.requests import PortalRequest
from etasu.portals.support.brief import brief_of
from etasu.portals.support.call_list import SHOWN, call_list, call_table
from etasu.portals.support.duty import duty
from etasu.portals.support.forms import NurseForm
from etasu.portals.support.here import about, here, patient_here
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.patient_support.line_messages import read_messages
from etasu.registry.patient_support.nurse_facts import (
    has_nurse_line,
    how_soon_answered,
    nurse_of,
)
from etasu.registry.patient_support.nursing import NotAllowed, assign_nurse
from etasu.registry.patient_support.rota import NotANurse, notes_to_take_over, nurses_of


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Whom to call first, and why; who is on duty, and what the last shift left."""
    if not has_nurse_line(request.asker.program, asked_on(request.asker, request.at)):
        return redirect("watching:home")
    where, show = here(request), request.GET.get("show", "")
    if show not in SHOWN:
        raise Http404
    program = where.asker.program
    lines = call_list(where, request.at)
    left = [each for each in notes_to_take_over(program, request.at) if each.taken_at is None]
    context = {
        "table": call_table(lines, where, request.at, show),
        "duty": duty(where, request.at),
        "answered": how_soon_answered(program, where.line, request.at),
        "within": where.line.answer_within_hours,
        "left": [each for each in left if each.left_by != where.asker.user],
    }
    return render(request, "support/home.html", context)


@require_safe
def patient(request: PortalRequest, number: str) -> HttpResponse:
    """Everything about one patient; opening it reads their messages."""
    where = here(request)
    found = patient_here(where.asker, number)
    if request.method == "GET":
        read_messages(found, is_patient=False, by=actor(request), at=request.at)
    context = {**about(found, where), **brief_of(found, where, request.at)}
    context["is_mine"] = context["nurse"] is not None and (
        context["nurse"].number == where.asker.user
    )
    return render(request, "support/patient.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def nurse(request: PortalRequest, number: str) -> HttpResponse:
    """Hand a patient on to a nurse, or take them over."""
    where = here(request)
    found = patient_here(where.asker, number)
    now = nurse_of(found)
    initial = {"nurse": now.number if now else where.asker.user}
    form = NurseForm(sent_form(request), nurses=nurses_of(found.program), initial=initial)
    if form.is_valid():

        def do() -> str:
            chosen = form.cleaned_data["nurse"]
            assign_nurse(found, chosen, by=actor(request), at=request.at)
            return reverse("support:patient", args=[number])

        try:
            there = sent_once(request, do)
        except (NotAllowed, NotANurse) as gone:
            raise Http404 from gone
        messages.success(request, _("The patient’s nurse is on record."))
        return redirect(there)
    return render(request, "support/nurse.html", {**about(found, where), "form": form})
