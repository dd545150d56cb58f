"""The pharmacist's pages: ask, read the answer, record the dispense, take back, look back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components import asking, dates
from etasu.portals.components.answer import answer_page, asking_again
from etasu.portals.components.forms import sent_form
from etasu.portals.components.history import history_table
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.taking_back import ReasonForm, undo_until
from etasu.portals.pharmacy.forms import DispenseForm
from etasu.portals.requests import PortalRequest
from etasu.registry import reactions
from etasu.registry.authorizations.actions import undo_authorization
from etasu.registry.authorizations.facts import (
    DecisionStanding,
    authorized_already,
    decision_by_number,
)
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.participants.facts import participant_by_number
from etasu.registry.treatment.facts import dispense_under

EVENT_OPENED = gettext_lazy(
    "No valid authorization covered it, so a compliance event is open. The program will call you."
)
page_methods = require_http_methods(["GET", "HEAD", "POST"])


@page_methods
def home(request: PortalRequest) -> HttpResponse:
    """One form: may this be dispensed?"""
    gates = asking.gates_of(request.asker, asked_on(request.asker, request.at))
    gate = asking.chosen_gate(request, gates)
    if gate is None:
        return render(request, "pharmacy/no_gate.html")
    form = asking.gate_form(request, gate)
    if request.method == "POST":
        there = asking.ask(request, form, "pharmacy:decision")
        if there is not None:
            return redirect(there)
    return render(request, "pharmacy/ask.html", {"form": form, "gate": gate, "gates": gates})


@require_safe
def decision(request: PortalRequest, number: str) -> HttpResponse:
    """The answer, why, and what to do next."""
    found = _found(request, number)
    page = answer_page(found, request.asker, request.at)
    context = {
        "page": page,
        "already": None if page.state else authorized_already(found, request.asker),
        "dispensed": dispense_under(number) if page.state else None,
        "undo_until": undo_until(found, request.asker, request.at),
        "again": asking_again(found, request.asker, request.at),
    }
    return render(request, "pharmacy/decision.html", context)


@page_methods
def dispense(request: PortalRequest, number: str) -> HttpResponse:
    """Record what was handed over under an authorization."""
    found = _own_authorization(request, number)
    there = reverse("pharmacy:decision", args=[number])
    page = answer_page(found, request.asker, request.at)
    form = DispenseForm(
        sent_form(request),
        today=asked_on(request.asker, request.at),
        course_days=found.authorization.course_days if found.authorization else None,
    )
    if request.method == "POST" and form.is_valid():
        sent_once(request, lambda: _record(request, found, form))
        return redirect(there)
    if page.state == "used":
        messages.info(request, _("A dispense is already recorded under this authorization."))
        return redirect(there)
    return render(request, "pharmacy/dispense.html", {"form": form, "page": page})


@page_methods
def take_back(request: PortalRequest, number: str) -> HttpResponse:
    """Take back an authorization asked for by mistake, while that is possible."""
    found = _own_authorization(request, number)
    there = reverse("pharmacy:decision", args=[number])
    if undo_until(found, request.asker, request.at) is None:
        messages.warning(request, _("This authorization can no longer be taken back here."))
        return redirect(there)
    form = ReasonForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        undo_authorization(number, reason=reason, by=request.asker, at=request.at)
        messages.success(request, _("Taken back. You can ask again."))
        return redirect(there)
    page = answer_page(found, request.asker, request.at)
    return render(request, "pharmacy/take_back.html", {"form": form, "page": page})


@require_safe
def history(request: PortalRequest) -> HttpResponse:
    """The questions this pharmacy asked."""
    table = history_table(request, "pharmacy:decision")
    return render(request, "pharmacy/history.html", {"table": table})


def _found(request: PortalRequest, number: str) -> DecisionStanding:
    found = decision_by_number(number, request.asker)
    if found is None:
        raise Http404
    return found


def _own_authorization(request: PortalRequest, number: str) -> DecisionStanding:
    """An authorization this pharmacy asked for; any other number is not found."""
    found = _found(request, number)
    is_own = found.decision.asked_for_id == request.asker.participant_id
    if found.authorization is None or not is_own:
        raise Http404
    return found


def _record(request: PortalRequest, found: DecisionStanding, form: DispenseForm) -> str:
    asker = request.asker
    number = found.decision.number
    if dispense_under(number) is not None:
        messages.info(request, _("A dispense is already recorded under this authorization."))
        return number
    units, day = form.cleaned_data["units"], form.cleaned_data["dispensed_on"]
    patient = found.decision.patient
    if patient is None:
        raise Http404
    kept = reactions.product_dispensed(
        patient,
        units=units,
        dispensed_on=day,
        pharmacy=participant_by_number(asker.participant or "", asker.program),
        authorization_number=number,
        by=actor(request),
        at=request.at,
    )
    _say_recorded(request, units, dates.day(day))
    if kept.authorization_number is None:
        messages.warning(request, EVENT_OPENED)
    return number


def _say_recorded(request: PortalRequest, units: int, day: str) -> None:
    said = ngettext(
        "%(n)d unit dispensed on %(day)s is recorded.",
        "%(n)d units dispensed on %(day)s are recorded.",
        units,
    )
    messages.success(request, said % {"n": units, "day": day})
