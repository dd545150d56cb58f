"""The worklist, one patient's obligations and results, and what is decided about them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.forms import ReasonForm
from etasu.portals.components.records import patient_banner
from etasu.portals.components.sending import actor
from etasu.portals.components.spreadsheet import csv_file
from etasu.portals.requests import PortalRequest
from etasu.portals.watching import presenters
from etasu.portals.watching.forms import DoneForm, ExtendForm
from etasu.portals.watching.trends import flagged_results, trends
from etasu.programs import library
from etasu.registry.accounts.access import PRESCRIBER
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.monitoring.deciding import (
    NothingToDecide,
    extend_monitoring,
    waive_obligation,
)
from etasu.registry.monitoring.facts import results_of
from etasu.registry.monitoring.histories import watched
from etasu.registry.monitoring.signal_facts import signal_seen, signals_of
from etasu.registry.monitoring.signals import CLINICIANS, acknowledge_signal
from etasu.registry.monitoring.worklist import Wanted, how_many, worklist
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.facts import patient_seen
from etasu.safe_use.monitoring import horizon_of
from etasu.safe_use.obligations import OPEN
from etasu.safe_use.program import ProgramVersion

MOST_LINES = 200
MOST_ROWS = 10_000


class Here(NamedTuple):
    """Who looks, the day where they are, and the program as it stands that day."""

    asker: Asker
    today: date
    version: ProgramVersion


def _here(request: PortalRequest) -> Here:
    asker = request.asker
    today = asked_on(asker, request.at)
    version = library.current().effective(asker.program, today)
    if version is None:
        raise Http404
    return Here(asker, today, version)


@require_safe
def home(request: PortalRequest) -> HttpResponseBase:
    """Whom to turn to first, and why."""
    asker, today, version = _here(request)
    show = request.GET.get("show", "")
    if show not in presenters.SHOWN:
        raise Http404
    wanted = Wanted(ranks=presenters.SHOWN[show][1])
    if request.GET.get("file") == "csv":
        lines = worklist(asker, wanted, on=today, at=request.at, most=MOST_ROWS)
        rows = presenters.worklist_rows(lines, version, today)
        return csv_file(rows, f"worklist-{today.isoformat()}")
    counts = how_many(asker, Wanted(ranks=presenters.EVERY_RANK), on=today, at=request.at)
    lines = worklist(asker, wanted, on=today, at=request.at, most=MOST_LINES)
    table = presenters.worklist_table(lines, counts, show, version, today)
    return render(request, "watching/home.html", {"table": table, "show": show})


@require_safe
def patient(request: PortalRequest, number: str) -> HttpResponse:
    """What one patient has to do through the end of monitoring, and what results ask for."""
    asker, today, version = _here(request)
    found = patient_seen(asker, number)
    if found is None:
        raise Http404
    known, obligations = watched(found, version, today)
    ends_on = (
        horizon_of(version.horizon, known.infusions, known.extensions) if version.horizon else None
    )
    signals = list(signals_of(found))
    context = {
        "banner": patient_banner(found, in_full=True, on=today),
        "patient": found,
        "ends_on": ends_on,
        "extensions": known.extensions,
        "may_decide": asker.role == PRESCRIBER,
        "signals": presenters.signal_lines(
            signals,
            version,
            asker.time_zone,
            may_answer=asker.role in CLINICIANS,
        ),
        "table": presenters.due_table(
            number, obligations, version, may_waive=asker.role == PRESCRIBER
        ),
        "trends": trends(results_of(found), known.infusions, flagged_results(signals), version),
        "months": presenters.calendar(obligations, version),
    }
    return render(request, "watching/patient.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: PortalRequest, number: str) -> HttpResponse:
    """Say what was done about a result."""
    asker, today, version = _here(request)
    signal = signal_seen(asker, number)
    if signal is None:
        raise Http404
    form = DoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        acknowledge_signal(signal, form.cleaned_data["done"], by=actor(request), at=request.at)
        messages.success(request, _("What you did is on record."))
        return redirect("watching:patient", signal.patient.number)
    lines = presenters.signal_lines([signal], version, asker.time_zone, may_answer=False)
    context = _about(signal.patient, today, form) | {"signals": lines}
    return render(request, "watching/acknowledge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: PortalRequest, number: str) -> HttpResponse:
    """Have monitoring go on longer than the program asks."""
    asker, today, version = _here(request)
    found = patient_seen(asker, number)
    if found is None or version.horizon is None or not version.horizon.extendable:
        raise Http404
    form = ExtendForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            extend_monitoring(
                found,
                through=said["through"],
                reason=said["reason"],
                decided_on=today,
                by=actor(request),
                at=request.at,
            )
        except NothingToDecide:
            form.add_error("through", _("Enter a day to come"))
        else:
            messages.success(request, _("Monitoring goes on at least through that day."))
            return redirect("watching:patient", number)
    return render(request, "watching/extend.html", _about(found, today, form))


@require_http_methods(["GET", "HEAD", "POST"])
def waive(request: PortalRequest, number: str, rule: str, due: str) -> HttpResponse:
    """Say that one obligation need not be met, and why."""
    asker, today, version = _here(request)
    found = patient_seen(asker, number)
    if found is None:
        raise Http404
    owed = [
        each
        for each in watched(found, version, today).obligations
        if each.code == rule and each.due_on.isoformat() == due and each.status in OPEN
    ]
    if not owed:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        # Sent twice, it is waived once.
        with suppress(NothingToDecide):
            waive_obligation(
                found,
                rule,
                due_on=owed[0].due_on,
                reason=reason,
                by=actor(request),
                at=request.at,
            )
        messages.success(request, _("It need not be done. Everything else stays due."))
        return redirect("watching:patient", number)
    context = _about(found, today, form) | {
        "what": presenters.name_of(rule, version),
        "due_on": owed[0].due_on,
    }
    return render(request, "watching/waive.html", context)


def _about(found: Any, today: date, form: Any) -> dict[str, Any]:
    return {
        "banner": patient_banner(found, in_full=True, on=today),
        "patient": found,
        "form": form,
    }
