"""The prescriber's pages: own patients, one patient, holds, plain questions, answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.answer import answer_page, state_now
from etasu.portals.components.asking import ask as ask_gate
from etasu.portals.components.draft_states import drafts_of, ready_for
from etasu.portals.components.patient_forms import (
    drafts_about,
    forms_to_prepare,
    signed_forms_table,
)
from etasu.portals.components.records import patient_banner
from etasu.portals.components.sending import actor
from etasu.portals.prescriber import presenters
from etasu.portals.prescriber.asking import asked_gates, own_patient, signed_gates
from etasu.portals.prescriber.forms import HoldForm, ReasonForm, SearchForm
from etasu.portals.prescriber.plain import OwnPatientForm
from etasu.portals.prescriber.standing import records_of, treatment_standing
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.authorizations.actions import reverse_authorization
from etasu.registry.authorizations.facts import (
    authorization_to_take_back,
    authorizations_of,
    decision_by_number,
    visible_decisions,
)
from etasu.registry.authorizations.identity import is_in_question
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.monitoring.facts import results_of
from etasu.registry.participants.delegation import requests_to
from etasu.registry.participants.facts import certification_facts, participant_by_number
from etasu.registry.patients import actions as patients
from etasu.registry.patients.facts import holds_of, patients_of, search_own_patients
from etasu.registry.patients.records import ids_behind, records_behind
from etasu.registry.patients.transfers import transfers_offered_to
from etasu.registry.reactions import hold_opened
from etasu.registry.submissions.facts import forms_about_any
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.certification import TAKES_PART, standing
from etasu.safe_use.program import ProgramVersion

SEARCH = "own_patients"
MOST_PATIENTS = 1000


def _here(request: PortalRequest) -> tuple[Any, Any, ProgramVersion]:
    """Who asks, the day where they are, and the program as it stands that day."""
    asker = request.asker
    today = asked_on(asker, request.at)
    version = library.current().effective(asker.program, today)
    if version is None or asker.participant_id is None:
        raise Http404
    return asker, today, version


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: PortalRequest) -> HttpResponse:
    """The own patients. A search is sent, not written into the address, for it may hold a name."""
    asker, today, version = _here(request)
    if request.method == "POST":
        form = SearchForm(request.POST)
        is_wanted = form.is_valid() and "clear" not in request.POST
        request.session[SEARCH] = form.cleaned_data["words"] if is_wanted else ""
        return redirect("prescriber:home")
    words = request.session.get(SEARCH, "")
    found = list(
        search_own_patients(asker.participant_id, words, MOST_PATIENTS)
        if words
        else patients_of(asker.participant_id, limit=MOST_PATIENTS)
    )
    rows = presenters.patient_rows(version, found, records_of(found), today)
    context = {
        "asking": requests_to(asker.participant_id).count(),
        "form": SearchForm(initial={"words": words}),
        "words": words,
        "ready": ready_for(asker.role, asker.participant_id, today),
        "is_beginning": not (rows or words) and _is_certified(asker, version, today),
        "offered": transfers_offered_to(asker.participant_id),
        "table": presenters.worklist(rows, request.GET.get("show", ""), today),
    }
    return render(request, "prescriber/home.html", context)


def _is_certified(asker: Any, version: ProgramVersion, today: Any) -> bool:
    """Whether the prescriber's own certification stands today."""
    own = participant_by_number(asker.participant or "", asker.program)
    party = version.parties.get(own.kind) if own else None
    if own is None or party is None:
        return False
    return standing(party, certification_facts(own), today).state in TAKES_PART


@require_safe
def patient(request: PortalRequest, number: str) -> HttpResponse:
    """Everything about one patient of one's own."""
    asker, today, version = _here(request)
    found = own_patient(asker, number)
    standing = treatment_standing(version, found, records_of([found])[found.pk], today)
    gates = signed_gates(version, asker)
    everywhere = records_behind(found)
    asked = list(visible_decisions(asker).filter(patient__in=everywhere))
    readable = {each.number for each in asked}
    under_way = drafts_of(asker.participant_id, today)
    tables = [
        drafts_about(under_way, ids_behind(found), asker.time_zone),
        presenters.infusions_table(infusions_of(found)),
        presenters.authorizations_table(authorizations_of(found), version, today, readable),
        presenters.results_table(list(results_of(found)), version),
        signed_forms_table(forms_about_any("patient", everywhere).select_related("draft"), version),
        presenters.decisions_table(asked, version, asker.time_zone),
    ]
    context = {
        "banner": patient_banner(found, in_full=True, on=today),
        "patient": found,
        "signed_gates": gates,
        "forms": forms_to_prepare(version),
        "plain_gates": [gate for gate in asked_gates(version, asker) if gate not in gates],
        "enrollment": presenters.enrollment_rows(found, standing),
        "holds": presenters.hold_lines(holds_of(found)),
        "is_compared": is_in_question(found),
        "tables": tables,
    }
    return render(request, "prescriber/patient.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def open_hold(request: PortalRequest, number: str) -> HttpResponse:
    """Hold the treatment of an own patient back."""
    asker, today, _version = _here(request)
    found = own_patient(asker, number)
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        hold_opened(
            found,
            form.cleaned_data["code"],
            reason=form.cleaned_data["reason"],
            on=today,
            by=actor(request),
            at=request.at,
        )
        messages.success(request, _("Treatment is on hold. Every gate sees it from now on."))
        return redirect("prescriber:patient", number)
    context = {"form": form, "banner": patient_banner(found, in_full=True, on=today)}
    return render(request, "prescriber/open_hold.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def close_hold(request: PortalRequest, number: str, hold: int) -> HttpResponse:
    """End a hold on an own patient, saying why treatment may go on."""
    asker, today, _version = _here(request)
    found = own_patient(asker, number)
    known = next((each for each in holds_of(found) if each.pk == hold), None)
    if known is None:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        at = request.at
        patients.close_hold(known, reason=form.cleaned_data["reason"], by=actor(request), at=at)
        messages.success(request, _("The hold is ended."))
        return redirect("prescriber:patient", number)
    context = {
        "form": form,
        "banner": patient_banner(found, in_full=True, on=today),
        "hold": presenters.hold_lines([known])[0],
    }
    return render(request, "prescriber/close_hold.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PortalRequest, number: str, gate: str) -> HttpResponse:
    """A question to a gate that authorizes nothing: asked on one page."""
    asker, today, version = _here(request)
    found = own_patient(asker, number)
    asked = version.gates.get(gate)
    if asked not in asked_gates(version, asker) or asked in signed_gates(version, asker):
        raise Http404
    sent = request.POST if request.method == "POST" else None
    form = OwnPatientForm(number, sent, gate=asked, asker=asker, on=today)
    if sent is not None:
        there = ask_gate(request, form, "prescriber:decision")
        if there is not None:
            return redirect(there)
    context = {"form": form, "gate": asked}
    context["banner"] = patient_banner(found, in_full=True, on=today)
    return render(request, "prescriber/ask.html", context)


@require_safe
def decision(request: PortalRequest, number: str) -> HttpResponse:
    """An answer: what, why, what to do next, and the way back to what was asked."""
    asker, _today, version = _here(request)
    found = decision_by_number(number, asker)
    if found is None or found.decision.patient is None:
        raise Http404
    at = request.at
    kept = found.decision
    is_signed = kept.gate in {gate.code for gate in signed_gates(version, asker)}
    is_mine = kept.asked_for_id == asker.participant_id
    context = {
        "page": answer_page(found, asker, at),
        "decision": kept,
        "can_change": is_signed and is_mine and kept.outcome != "authorized",
        "can_ask_again": not is_signed and is_mine and kept.outcome != "authorized",
        "can_take_back": is_mine and state_now(found, asker, at) == "live",
    }
    return render(request, "prescriber/decision.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: PortalRequest, number: str) -> HttpResponse:
    """Take back an authorization one asked for, as long as it is not used."""
    asker, today, _version = _here(request)
    known = authorization_to_take_back(number, asker)
    if known is None:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reverse_authorization(
            number,
            reason=form.cleaned_data["reason"],
            by=actor(request),
            at=request.at,
        )
        messages.success(request, _("The authorization is taken back."))
        return redirect("prescriber:decision", number)
    context = {
        "form": form,
        "authorization": known,
        "banner": patient_banner(known.patient, in_full=True, on=today),
    }
    return render(request, "prescriber/take_back.html", context)
