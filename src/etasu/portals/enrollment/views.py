"""Bringing a participant in, and the list of what is left to do until it is certified."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.access import MEMBERSHIP
from etasu.portals.account.entering import moment_of, person_actor
from etasu.portals.components.forms import sent_form
from etasu.portals.components.newcomer import NewcomerForm
from etasu.portals.components.people import person_here
from etasu.portals.enrollment.tasks import certification_tasks
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.accounts.registration import intended_role
from etasu.registry.participants.enrolling import KINDS, RegisteredAlready, enroll_oneself
from etasu.registry.participants.facts import (
    certification_facts,
    participant_by_number,
    roles_of,
)
from etasu.safe_use.certification import standing


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The details asked once; what the person wants to be was said when they registered."""
    person, at = person_here(request), moment_of(request)
    said = intended_role(person)
    version = library.current().effective(said.program, at.date()) if said else None
    if said is None or version is None or said.role not in KINDS:
        return redirect("account:begin")
    held = [
        each
        for each in roles_of(person)
        if each.asker.role == said.role and each.asker.program == said.program
    ]
    if held:
        request.session[MEMBERSHIP] = held[0].membership_id
        return redirect("enrollment:home")
    party = version.parties[KINDS[said.role]]
    name = person.full_name if party.code == "prescriber" else ""
    form = NewcomerForm(party, sent_form(request), initial={"name": name})
    if request.method == "POST" and form.is_valid():
        try:
            membership = enroll_oneself(
                person,
                said.role,
                version,
                form.newcomer(),
                on=at.date(),
                by=person_actor(person),
                at=at,
            )
        except RegisteredAlready:
            form.add_error("npi", _registered_already(party.code))
        else:
            request.session[MEMBERSHIP] = membership.pk
            return redirect("enrollment:home")
    return render(request, "enrollment/begin.html", {"form": form, "party": party})


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """What is done, what is left, and how the participant stands today."""
    asker = request.asker
    found = participant_by_number(asker.participant or "", asker.program)
    today = moment_of(request).date()
    version = library.current().effective(asker.program, today)
    if found is None or version is None or found.kind not in version.parties:
        raise Http404
    party, known = version.parties[found.kind], certification_facts(found)
    context: dict[str, Any] = {
        "participant": found,
        "party": party,
        "standing": standing(party, known, today).state.value,
        "tasks": certification_tasks(found, party, known.steps_done, asker.role),
    }
    return render(request, "enrollment/home.html", context)


def _registered_already(kind: str) -> str:
    if kind == "prescriber":
        return _(
            "A prescriber with this NPI is in the program already. If it is you, sign in with the "
            "address you used then, or call us."
        )
    return _(
        "This place is in the program already. Ask its authorized representative to invite you, "
        "or call us if there is none any more."
    )
