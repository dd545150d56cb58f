"""Bringing a participant in, and the list of what is left to do until it is certified."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.access import MEMBERSHIP
from etasu.portals.account.entering import moment_of, person_actor
from etasu.portals.components.dates import local_day
from etasu.portals.components.forms import sent_form
from etasu.portals.components.newcomer import NewcomerForm
from etasu.portals.components.people import person_here
from etasu.portals.components.words import role_label
from etasu.portals.enrollment.tasks import certification_tasks
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.accounts.registration import intended_role
from etasu.registry.participants.enrolling import KINDS, NotTakingAnybody, enroll_oneself
from etasu.registry.participants.facts import (
    certification_facts,
    participant_by_number,
    roles_of,
)
from etasu.registry.participants.newcomers import review_of, takes_newcomers
from etasu.safe_use.certification import standing
from etasu.safe_use.program import ProgramVersion


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The details asked once; what the person wants to be was said when they registered.

    The page itself says for which role of which program it is, so that another window in which
    something else was chosen meanwhile changes nothing.
    """
    person, at = person_here(request), moment_of(request)
    wanted = _wanted(request)
    if wanted is None:
        return redirect("account:begin")
    role, version = wanted
    held = [
        each
        for each in roles_of(person)
        if each.asker.role == role and each.asker.program == version.program.code
    ]
    if held:
        request.session[MEMBERSHIP] = held[0].membership_id
        return redirect("enrollment:home")
    party = version.parties[KINDS[role]]
    name = person.full_name if party.code == "prescriber" else ""
    form = NewcomerForm(party, sent_form(request), initial={"name": name})
    if request.method == "POST" and form.is_valid():
        by, said = person_actor(person), form.newcomer()
        try:
            made = enroll_oneself(person, role, version, said, by=by, at=at)
        except NotTakingAnybody:
            return redirect("account:begin")
        request.session[MEMBERSHIP] = made.pk
        return redirect("enrollment:home")
    context = {
        "form": form,
        "party": party,
        "program": version.program,
        "role": role,
        "role_name": role_label(role),
    }
    return render(request, "enrollment/begin.html", context)


def _wanted(request: HttpRequest) -> tuple[str, ProgramVersion] | None:
    """The role, and the program as it is today; None for what nobody can begin here now."""
    said = intended_role(person_here(request))
    role, program = (said.role, said.program) if said else ("", "")
    if request.method == "POST":
        role, program = request.POST.get("role", role), request.POST.get("program", program)
    if role not in KINDS or not takes_newcomers(program):
        return None
    version = library.current().effective(program, moment_of(request).date())
    if version is None or KINDS[role] not in version.parties:
        return None
    return role, version


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """What is done, what is left, and how the participant stands today."""
    asker = request.asker
    found = participant_by_number(asker.participant or "", asker.program)
    if found is None:
        raise Http404
    today = local_day(request.at, found.time_zone)
    version = library.current().effective(asker.program, today)
    if version is None or found.kind not in version.parties:
        raise Http404
    party, known = version.parties[found.kind], certification_facts(found)
    review = review_of(found)
    is_refused = review is not None and review.is_accepted is False
    tasks = certification_tasks(found, party, known.steps_done, asker.role)
    context: dict[str, Any] = {
        "participant": found,
        "party": party,
        "program": version.program,
        "role_name": role_label(asker.role),
        "review": review,
        "standing": standing(party, known, today).state.value,
        "tasks": [] if is_refused else tasks,
    }
    return render(request, "enrollment/home.html", context)
