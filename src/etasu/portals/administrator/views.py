"""The administrator's start page, the search, and the audit trail's newest seals."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from etasu.portals.administrator import found, trail
from etasu.portals.administrator.forms import SearchForm
from etasu.portals.administrator.here import here
from etasu.portals.requests import PortalRequest
from etasu.registry.audit.facts import newest_head, newest_seals, pulses
from etasu.registry.compliance.facts import open_events
from etasu.registry.notices.facts import undelivered
from etasu.registry.participants.facts import search_participants
from etasu.registry.participants.newcomers import newcomers_to_look_at
from etasu.registry.patients.duplicates import open_reviews
from etasu.registry.patients.facts import search_patients
from etasu.registry.submissions.intake_facts import count_documents

SEARCH = "administrator_search"
MOST_FOUND = 50


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """One box for everybody in the program, and what waits."""
    where = here(request)
    words: str = request.session.get(SEARCH, "")
    context: dict[str, Any] = {"form": SearchForm(initial={"words": words}), "words": words}
    if words:
        program = where.asker.program
        patients = search_patients(program, words, MOST_FOUND)
        participants = search_participants(program, words, MOST_FOUND)
        context["most"] = MOST_FOUND
        context["tables"] = [
            found.patients_table(patients, where.today),
            found.participants_table(participants, where.version, where.today),
        ]
    waiting = open_events(where.asker.program)
    context["documents"] = count_documents(where.asker.program)
    context["reviews"] = open_reviews(where.asker.program).count()
    context["newcomers"] = newcomers_to_look_at(where.asker.program).count()
    context["waiting"] = found.waiting(
        waiting.count(), waiting.first(), where.today, where.asker.time_zone
    )
    context["undelivered"] = found.undelivered(undelivered(where.asker.program).count())
    return render(request, "administrator/home.html", context)


@require_POST
def search(request: PortalRequest) -> HttpResponse:
    """Remember what to look for and show it: a name is never written into an address."""
    form = SearchForm(request.POST)
    is_wanted = form.is_valid() and "clear" not in request.POST
    request.session[SEARCH] = form.cleaned_data["words"].strip() if is_wanted else ""
    return redirect("administrator:home")


@require_safe
def audit(request: PortalRequest) -> HttpResponse:
    """The newest head of the trail, to compare with one kept elsewhere, and the newest seals."""
    where = here(request)
    context = {
        "head": trail.head_rows(newest_head()),
        "seals": trail.seals_table(newest_seals(), where.asker.time_zone),
        "jobs": trail.jobs_table(pulses(request.at), where.asker.time_zone),
    }
    return render(request, "administrator/audit.html", context)
