"""What is decided about results and obligations: answered, extended, waived, counted again."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import ReasonForm, sent_form
from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.portals.watching import presenters
from etasu.portals.watching.flags import Reading, flagged
from etasu.portals.watching.forms import DoneForm, ExtendForm, not_kept, was_kept
from etasu.portals.watching.here import about, here, patient_here
from etasu.registry.monitoring.deciding import (
    NothingToDecide,
    end_waiver,
    extend_monitoring,
    waive_obligation,
    waiver_of,
)
from etasu.registry.monitoring.facts import results_of
from etasu.registry.monitoring.histories import watched
from etasu.registry.monitoring.signal_facts import open_beside, signal_seen
from etasu.registry.monitoring.signals import acknowledge_all
from etasu.safe_use.obligations import OPEN

page_methods = require_http_methods(["GET", "HEAD", "POST"])


@page_methods
def acknowledge(request: PortalRequest, number: str) -> HttpResponse:
    """Say what was done about a result, once for every limit it crossed."""
    asker, today, version = here(request)
    signal = signal_seen(asker, number)
    if signal is None:
        raise Http404
    beside = open_beside(signal) or [signal]
    now_shown = " ".join(str(each.number) for each in beside)
    form = DoneForm(sent_form(request), initial={"shown": now_shown})
    if request.method == "POST" and form.is_valid():
        # What was raised after the page was opened is not answered by it.
        shown = {number, *form.cleaned_data["shown"].split()}
        answered = [each for each in beside if each.number in shown] or [signal]
        done, by = form.cleaned_data["done"], actor(request)
        if was_kept(acknowledge_all(answered, done, by=by, at=request.at), done, by):
            messages.success(request, _("What you did is on record."))
            return redirect("watching:patient", signal.patient.number)
        form = not_kept(done, now_shown)
    standing = list(results_of(signal.patient))
    reading = Reading(version, asker.time_zone, standing, may_answer=False)
    context = about(signal.patient, today, form) | {"flags": flagged(beside, reading)}
    return render(request, "watching/acknowledge.html", context)


@page_methods
def extend(request: PortalRequest, number: str) -> HttpResponse:
    """Have monitoring go on longer than the program asks."""
    asker, today, version = here(request)
    found = patient_here(asker, number)
    if version.horizon is None or not version.horizon.extendable:
        raise Http404
    form = ExtendForm(today, sent_form(request))
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
    return render(request, "watching/extend.html", about(found, today, form))


@page_methods
def waive(request: PortalRequest, number: str, rule: str, due: str) -> HttpResponse:
    """Say that one obligation need not be met, and why."""
    asker, today, version = here(request)
    found = patient_here(asker, number)
    owed = [
        each
        for each in watched(found, version, today).obligations
        if each.code == rule and each.due_on.isoformat() == due and each.status in OPEN
    ]
    if not owed:
        raise Http404
    form = ReasonForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        # Sent twice, it is waived once.
        with suppress(NothingToDecide):
            waive_obligation(
                found, rule, due_on=owed[0].due_on, reason=reason, by=actor(request), at=request.at
            )
        messages.success(request, _("It need not be done. Everything else stays due."))
        return redirect("watching:patient", number)
    what = {"what": presenters.name_of(rule, version), "due_on": owed[0].due_on}
    return render(request, "watching/waive.html", about(found, today, form) | what)


@page_methods
def unwaive(request: PortalRequest, number: str, waiver: str) -> HttpResponse:
    """Say that an obligation counts again that somebody had waived, and why."""
    asker, today, version = here(request)
    patient = patient_here(asker, number)
    found = waiver_of(patient, waiver)
    if found is None:
        raise Http404
    form = ReasonForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        # Sent twice, it ends once.
        with suppress(NothingToDecide):
            end_waiver(found, reason=form.cleaned_data["reason"], by=actor(request), at=request.at)
        messages.success(request, _("It counts again."))
        return redirect("watching:patient", patient.number)
    what = {
        "what": presenters.name_of(found.code, version),
        "due_on": found.due_on,
        "reason": found.reason,
    }
    return render(request, "watching/unwaive.html", about(patient, today, form) | what)
