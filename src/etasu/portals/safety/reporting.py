"""Telling of a side effect or a pregnancy, for whoever has an account."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.forms import sent_form
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.side_effects import as_text, report_lines
from etasu.portals.requests import PortalRequest
from etasu.portals.safety.forms import ReportForm, StaffReportForm
from etasu.registry.accounts import access
from etasu.registry.patients.facts import patient_by_number
from etasu.registry.safety.actions import Report, Source, Statement, receive_report
from etasu.registry.safety.facts import case_by_number
from etasu.registry.safety.receiving import sponsor_day, version_at
from etasu.safe_use.safety_plan import CaseKind, Criterion, Detail

# Whose reports come from elsewhere: a call, a letter.
STAFF = (access.SAFETY_REVIEWER, access.ADMINISTRATOR, access.SUPPORT_NURSE)
_SOURCES = {access.PATIENT: Source.PATIENT, access.CARE_PARTNER: Source.CARE_PARTNER}


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: PortalRequest) -> HttpResponse:
    """One page: what happened, and whatever else is known."""
    asker = request.asker
    on = sponsor_day(version_at(asker.program, request.at), request.at)
    kind = StaffReportForm if asker.role in STAFF else ReportForm
    known = {"patient_number": request.GET.get("patient", "")[:20]}
    form = kind(sent_form(request), on=on, program=asker.program, initial=known)
    if form.is_valid():

        def do() -> str:
            return reverse("safety:reported", args=[_keep(request, form)])

        return redirect(sent_once(request, do))
    context = {"form": form, "report": report_lines(asker.program)}
    return render(request, "safety/report.html", context)


@require_safe
def reported(request: PortalRequest, number: str) -> HttpResponse:
    """That it is kept, with its number, for whoever reported it."""
    found = case_by_number(request.asker.program, number, request.at)
    if found is None or found.case.received_by != request.asker.user:
        raise Http404
    may_open = access.POLICIES["safety:case"].allows(request.asker.role, "GET")
    context = {
        "case": found.case,
        "report": report_lines(request.asker.program),
        "may_open": may_open,
    }
    return render(request, "safety/reported.html", context)


def _keep(request: PortalRequest, form: ReportForm) -> str:
    said: dict[str, Any] = form.cleaned_data
    asker = request.asker
    person: Any = request.user
    own = {} if asker.role in STAFF else {Detail.REPORTER_NAME.value: person.full_name}
    statement = Statement(
        said["words"],
        said.get("told_by") or asker.role,
        {**own, **as_text(form.details())},
        tuple(Criterion(each) for each in said["criteria"]),
        received_on=said.get("received_on"),
    )
    number = said["patient_number"]
    kept = receive_report(
        Report(
            program=asker.program,
            source=_source(asker.role),
            kind=CaseKind(said["kind"]),
            said=statement,
            patient=patient_by_number(number, asker.program) if number else None,
        ),
        by=actor(request),
        at=request.at,
    )
    return kept.number


def _source(role: str) -> Source:
    return Source.STAFF if role in STAFF else _SOURCES.get(role, Source.PROFESSIONAL)
