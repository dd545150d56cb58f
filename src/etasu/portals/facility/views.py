"""The infusion nurse's pages: ask, read the answer, take back, and see today's board."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components import asking
from etasu.portals.components.answer import answer_page, asking_again
from etasu.portals.components.course_tasks import still_owed
from etasu.portals.components.forms import sent_form
from etasu.portals.components.taking_back import ReasonForm, undo_until
from etasu.portals.requests import PortalRequest
from etasu.registry.authorizations.actions import undo_authorization
from etasu.registry.authorizations.facts import (
    DecisionStanding,
    authorized_already,
    decision_by_number,
)
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.treatment.facts import infusion_under

page_methods = require_http_methods(["GET", "HEAD", "POST"])


@page_methods
def home(request: PortalRequest) -> HttpResponse:
    """One form: may I start today?"""
    gates = asking.gates_of(request.asker, asked_on(request.asker, request.at))
    gate = asking.chosen_gate(request, gates)
    if gate is None:
        return render(request, "facility/no_gate.html")
    form = asking.gate_form(request, gate)
    if request.method == "POST":
        there = asking.ask(request, form, "facility:decision")
        if there is not None:
            return redirect(there)
    context = {"form": form, "gate": gate, "gates": gates, "owed": still_owed(request)}
    return render(request, "facility/ask.html", context)


@require_safe
def decision(request: PortalRequest, number: str) -> HttpResponse:
    """The answer, why, and what to do next."""
    found = found_decision(request, number)
    page = answer_page(found, request.asker, request.at)
    context = {
        "page": page,
        "already": None if page.state else authorized_already(found, request.asker),
        "is_own": found.decision.asked_for_id == request.asker.participant_id,
        "is_infusion_day": is_infusion_day(found),
        "given": infusion_under(number) if page.state else None,
        "undo_until": undo_until(found, request.asker, request.at),
        "again": asking_again(found, request.asker, request.at),
    }
    return render(request, "facility/decision.html", context)


@page_methods
def take_back(request: PortalRequest, number: str) -> HttpResponse:
    """Take back an authorization asked for by mistake, while that is possible."""
    found = own_authorization(request, number)
    there = reverse("facility:decision", args=[number])
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
    return render(request, "facility/take_back.html", {"form": form, "page": page})


def found_decision(request: PortalRequest, number: str) -> DecisionStanding:
    """A decision the facility may see; any other number is not found."""
    found = decision_by_number(number, request.asker)
    if found is None:
        raise Http404
    return found


def own_authorization(request: PortalRequest, number: str) -> DecisionStanding:
    """An authorization this facility asked for; any other number is not found."""
    found = found_decision(request, number)
    is_own = found.decision.asked_for_id == request.asker.participant_id
    if found.authorization is None or not is_own:
        raise Http404
    return found


def is_infusion_day(found: DecisionStanding) -> bool:
    """Whether the authorization is for one infusion, which can then be recorded."""
    return found.authorization is not None and found.authorization.unit == "infusion_day"
