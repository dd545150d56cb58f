"""The worklist, and one patient's obligations and results."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from etasu.portals.components.medicines import medicine_line
from etasu.portals.components.records import patient_banner
from etasu.portals.components.self_checks import check_line
from etasu.portals.components.spreadsheet import file_of
from etasu.portals.requests import PortalRequest
from etasu.portals.watching import listing, presenters
from etasu.portals.watching.flags import Reading, flagged
from etasu.portals.watching.here import here, patient_here
from etasu.portals.watching.narrowing import narrowed
from etasu.portals.watching.saving import kept_views
from etasu.portals.watching.symptoms import by_rank, in_words, symptom_notes
from etasu.portals.watching.taking_back import addresses
from etasu.portals.watching.trends import flagged_results, trends
from etasu.registry.monitoring.corrections import being_corrected
from etasu.registry.monitoring.deciding import waivers_of
from etasu.registry.monitoring.facts import results_of
from etasu.registry.monitoring.histories import watched
from etasu.registry.monitoring.paper_reports import reports_waiting, reports_waiting_of
from etasu.registry.monitoring.signal_facts import signals_of
from etasu.registry.monitoring.worklist import how_many, worklist
from etasu.registry.patient_support.medicines import looked_through
from etasu.registry.patient_support.self_check_facts import (
    checks_of,
    open_symptoms_seen,
    symptoms_of,
)
from etasu.safe_use.monitoring import horizon_of
from etasu.safe_use.obligations import rules_of

MOST_LINES = 200
MOST_ROWS = 10_000
MOST_TOLD = 100


@require_safe
def home(request: PortalRequest) -> HttpResponseBase:
    """Whom to turn to first, and why; or the same list as a file to keep."""
    where = here(request)
    narrow = narrowed(where, request.GET.dict())
    if not narrow.is_valid():
        raise Http404
    asker, today = where.asker, where.today
    symptoms = list(open_symptoms_seen(asker))
    wanted = narrow.wanted()._replace(told=by_rank(symptoms))
    told = in_words(symptoms)
    file = request.GET.get("file", "")
    # A file cannot say that it holds more than it was to; the page does.
    if file and not narrow.gone:
        lines = worklist(asker, wanted, on=today, at=request.at, most=MOST_ROWS)
        counts = how_many(asker, wanted, on=today, at=request.at)
        rows = listing.worklist_rows(lines, where, told, total=sum(counts.values()))
        return file_of(file, rows, f"worklist-{today.isoformat()}")
    every = wanted._replace(ranks=listing.EVERY_RANK)
    counts = how_many(asker, every, on=today, at=request.at)
    lines = worklist(asker, wanted, on=today, at=request.at, most=MOST_LINES)
    part = listing.Part(narrow.cleaned_data["show"], narrow.address(show=""))
    context = {
        "table": listing.worklist_table(lines, counts, part, where, told),
        "narrow": narrow,
        "most_rows": MOST_ROWS,
        "address": narrow.address(),
        "views": kept_views(asker),
        "may_keep": where.may("keep-view"),
        "reports": reports_waiting(asker).count() if where.may("report") else 0,
        "symptoms": symptom_notes(symptoms[:MOST_TOLD], where),
    }
    return render(request, "watching/home.html", context)


@require_safe
def patient(request: PortalRequest, number: str) -> HttpResponse:
    """What one patient has to do through the end of monitoring, and what results ask for."""
    where = here(request)
    asker, today, version = where
    found = patient_here(asker, number)
    known, obligations = watched(found, version, today)
    ends_on = None
    if version.horizon is not None:
        rhythms = [rule.every for rule in rules_of(version, found.attributes)]
        ends_on = horizon_of(version.horizon, rhythms, known.infusions, known.extensions)
    signals, results = list(signals_of(found)), list(results_of(found))
    awaited = [each.result for each in being_corrected(found)]
    may_answer = where.may("acknowledge")
    reading = Reading(version, asker.time_zone, results, may_answer)
    may_decide = where.may("waive")
    waivers = list(waivers_of(found)) if may_decide else []
    context = {
        "banner": patient_banner(found, in_full=True, on=today),
        "patient": found,
        "ends_on": ends_on,
        "may_decide": may_decide,
        "may_enter": where.may("enter"),
        "may_order": version.lab_program is not None and where.may("order"),
        "may_print_order": version.lab_program is not None and where.may("order-file", "GET"),
        "reports": list(reports_waiting_of(found)) if where.may("report") else [],
        "flags": flagged(signals, reading),
        "symptoms": symptom_notes(symptoms_of(found), where),
        "checks": [check_line(each) for each in checks_of(found)],
        "medicines": [
            medicine_line(each, is_clinical=True) for each in looked_through(found, today)
        ],
        "is_anothers": not may_answer and any(each.acknowledged_at is None for each in signals),
        "table": presenters.due_table(number, obligations, version, may_waive=may_decide),
        "waived": presenters.waived_table(number, waivers, version) if waivers else None,
        "awaited": presenters.awaited_table(awaited, version) if awaited else None,
        "trends": trends(
            [*results, *awaited],
            known.infusions,
            flagged_results(signals),
            version,
            frozenset(each.pk for each in awaited),
            addresses(number, results, where),
        ),
        "months": presenters.calendar(number, obligations, version, may_waive=may_decide),
    }
    return render(request, "watching/patient.html", context)
