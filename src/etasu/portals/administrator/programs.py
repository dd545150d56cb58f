"""The programs this site knows, running or retired, with their rules and sources."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from etasu.portals.administrator import program_record as record
from etasu.portals.administrator.here import here
from etasu.portals.requests import PortalRequest
from etasu.programs import library


@require_safe
def programs(request: PortalRequest) -> HttpResponse:
    """Every program."""
    here(request)
    known = sorted(library.current().programs.values(), key=lambda each: each.program.name)
    table = record.programs_table(known)
    return render(request, "administrator/programs.html", {"table": table})


@require_safe
def version(request: PortalRequest, code: str, label: str) -> HttpResponse:
    """One version of one program: gates, requirements, suspensions, what is to be verified."""
    where = here(request)
    loaded = library.current().programs.get(code)
    found = library.current().version(code, label)
    if loaded is None or found is None:
        raise Http404
    context = {
        "program": loaded.program,
        "version": found,
        "identity": record.identity_rows(loaded),
        "versions": record.versions_table(loaded, where.today),
        "gates": record.gate_records(found),
        "unverified": record.unverified_table(found),
    }
    return render(request, "administrator/program.html", context)
