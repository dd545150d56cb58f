"""The decision explorer: which decisions, why each was made, and whether it would be again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from etasu.portals.administrator.comparison import differences
from etasu.portals.administrator.decision_list import columns, decisions_table, line
from etasu.portals.administrator.facts_record import facts_parts
from etasu.portals.administrator.forms import DecisionsForm
from etasu.portals.administrator.here import Here, here
from etasu.portals.components.account import program_name
from etasu.portals.components.answer import answer_page
from etasu.portals.components.sending import actor
from etasu.portals.components.spreadsheet import as_csv
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.authorizations.explaining import decided_again
from etasu.registry.authorizations.facts import (
    DecisionFilter,
    DecisionStanding,
    decision_by_number,
    decisions_matching,
    facts_of,
)
from etasu.registry.participants.facts import askers
from etasu.safe_use.program import ProgramVersion

A_PAGE = 50


@require_safe
def explore(request: PortalRequest) -> HttpResponse:
    """The decisions that match, newest first, a page at a time."""
    where = here(request)
    form, found, where = _matching(request, where)
    shown = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    table = decisions_table(shown.object_list, where.version, where.asker.time_zone)
    table.shown, table.total = len(table.rows), shown.paginator.count
    context = {"form": form, "table": table, "shown": shown, "asked": _asked(form)}
    return render(request, "administrator/decisions.html", context)


@require_safe
def export(request: PortalRequest) -> StreamingHttpResponse:
    """All the decisions that match, as a file with the columns and words of the page."""
    form, found, where = _matching(request, here(request))
    audit.record(
        "decisions.exported",
        subject=("program", where.asker.program),
        by=actor(request),
        at=request.at,
        detail={"which": _asked(form)},
    )

    def rows() -> Iterator[Any]:
        yield columns()
        for each in found.iterator(chunk_size=500):
            yield line(each, where.version, where.asker.time_zone)

    response = StreamingHttpResponse(as_csv(rows()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="decisions.csv"'
    return response


@require_safe
def decision(request: PortalRequest, number: str) -> HttpResponse:
    """Why a decision was made: the answer as given, and the facts it rests on."""
    where = here(request)
    context = _explained(request, where, _found(request, where, number))
    return render(request, "administrator/decision.html", context)


@require_safe
def again(request: PortalRequest, number: str) -> HttpResponse:
    """The stored facts decided again under the stored version, beside the answer given."""
    where = here(request)
    found = _found(request, where, number)
    computed = decided_again(found.decision)
    context = _explained(request, where, found) | {
        "again": computed,
        "is_asked_again": True,
        "differences": differences(found.answer, computed.answer) if computed else [],
    }
    return render(request, "administrator/decision.html", context)


def _matching(request: PortalRequest, where: Here) -> tuple[DecisionsForm, Any, Here]:
    """The form, the decisions it asks for, and the program they are of."""
    mine = {each.program: each for each in askers(request.user) if _same_kind(each, where)}  # type: ignore[arg-type]
    asker = mine.get(request.GET.get("program", ""), where.asker)
    where = where._replace(asker=asker, version=_version_of(asker, where))
    programs = [(code, program_name(code)) for code in mine]
    gates = [(gate.code, gate.name) for gate in where.version.gates.values()]
    data = request.GET.copy()
    data["program"] = asker.program
    form = DecisionsForm(programs, gates, data)
    wanted = DecisionFilter()
    if form.is_valid():
        said = form.cleaned_data
        wanted = DecisionFilter(
            gate=said["gate"] or None,
            outcome=said["outcome"] or None,
            since=_midnight(said["since"], asker.time_zone),
            before=_midnight(said["until"] and said["until"] + timedelta(days=1), asker.time_zone),
        )
    return form, decisions_matching(asker, wanted), where


def _same_kind(asker: Any, where: Here) -> bool:
    return bool(asker.role == where.asker.role and asker.participant_id is None)


def _version_of(asker: Any, where: Here) -> ProgramVersion:
    found = library.current().effective(asker.program, where.today)
    if found is None:
        raise Http404
    return found


def _asked(form: DecisionsForm) -> str:
    """What was asked for, ready for an address; nothing of it names anybody."""
    said = form.cleaned_data if form.is_valid() else {}
    return urlencode({name: value for name, value in said.items() if value})


def _midnight(day: Any, time_zone: str) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(time_zone)) if day else None


def _found(request: PortalRequest, where: Here, number: str) -> DecisionStanding:
    """A decision of any program the person administers."""
    for each in [where.asker, *askers(request.user)]:  # type: ignore[arg-type]
        found = decision_by_number(number, each) if _same_kind(each, where) else None
        if found is not None:
            return found
    raise Http404


def _explained(request: PortalRequest, where: Here, found: DecisionStanding) -> dict[str, Any]:
    decided = found.decision
    version = library.current().version(decided.program, decided.program_version)
    return {
        "page": answer_page(found, where.asker, request.at),
        "decision": decided,
        "facts": facts_parts(facts_of(decided), version or where.version),
        "can_open_patient": decided.program == where.asker.program and decided.patient is not None,
    }
