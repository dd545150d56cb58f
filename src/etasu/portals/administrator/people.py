"""One participant: the record, and changing the standing with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.administrator import participant_record as record
from etasu.portals.administrator.forms import DecertifyForm, SuspendForm
from etasu.portals.administrator.here import Here, here
from etasu.portals.administrator.timeline import timeline
from etasu.portals.components.forms import PortalForm, ReasonForm
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.words import PARTIES
from etasu.portals.requests import PortalRequest
from etasu.registry.audit.facts import entries_about
from etasu.registry.participants.actions import lift_suspension
from etasu.registry.participants.facts import (
    certification_facts,
    certifications_of,
    members_of,
    participant_by_number,
    steps_done,
)
from etasu.registry.reactions import participant_decertified, participant_suspended
from etasu.safe_use.certification import standing

_WARNING: dict[str, str | Promise] = {
    "suspend": gettext_lazy(
        "Every gate sees it at once. Infusion days and dispenses authorized through this "
        "participant are taken back if they were not used."
    ),
    "lift": gettext_lazy("The gates see the participant as certified again, if it still is."),
    "decertify": gettext_lazy(
        "This cannot be undone here. Infusion days and dispenses authorized through this "
        "participant are taken back if they were not used."
    ),
}


@require_safe
def participant(request: PortalRequest, number: str) -> HttpResponse:
    """Everything about one participant."""
    where = here(request)
    found = _found(where, number)
    party = where.version.parties.get(found.kind)
    context: dict[str, Any] = {
        "participant": found,
        "kind": PARTIES.get(found.kind, found.kind),
        "identity": record.identity_rows(found),
        "can_change": where.can_change,
        "is_suspended": _is_suspended(found, where.today),
        "tables": [
            record.certifications_table(certifications_of(found)),
            record.members_table(members_of(found), where.asker.time_zone),
        ],
        "timeline": timeline(entries_about([found.number]), where.version, party),
    }
    if party is not None:
        now = standing(party, certification_facts(found), where.today)
        context["standing"] = record.standing_rows(found, now)
        context["tables"].insert(0, record.steps_table(party, now, steps_done(found)))
    return render(request, "administrator/participant.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: PortalRequest, number: str) -> HttpResponse:
    """Suspend a participant from one day, through another or until lifted."""

    def do(found: Any, said: dict[str, Any]) -> None:
        participant_suspended(found, **said, by=actor(request), at=request.at)

    where = here(request)
    form = SuspendForm(_sent(request), initial={"since": where.today})
    return _change(request, number, "suspend", form, do)


@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: PortalRequest, number: str) -> HttpResponse:
    """End a suspension."""

    def do(found: Any, said: dict[str, Any]) -> None:
        lift_suspension(found, **said, by=actor(request), at=request.at)

    return _change(request, number, "lift", ReasonForm(_sent(request)), do)


@require_http_methods(["GET", "HEAD", "POST"])
def decertify(request: PortalRequest, number: str) -> HttpResponse:
    """Take the certification away."""

    def do(found: Any, said: dict[str, Any]) -> None:
        participant_decertified(found, **said, by=actor(request), at=request.at)

    where = here(request)
    form = DecertifyForm(_sent(request), initial={"on": where.today})
    return _change(request, number, "decertify", form, do)


def _change(
    request: PortalRequest,
    number: str,
    what: str,
    form: PortalForm,
    do: Callable[[Any, dict[str, Any]], None],
) -> HttpResponse:
    """The page that asks why, and what follows once it is answered, done once."""
    where = here(request)
    found = _found(where, number)
    if not _is_possible(what, found, where.today):
        return redirect("administrator:participant", number)
    heading, done = _headings(what, found.name)
    if request.method == "POST" and form.is_valid():

        def act() -> str:
            do(found, form.cleaned_data)
            return number

        sent_once(request, act)
        messages.success(request, done)
        return redirect("administrator:participant", number)
    context = {"form": form, "participant": found, "heading": heading, "lead": _WARNING[what]}
    return render(request, "administrator/change_standing.html", context)


def _is_possible(what: str, participant: Any, today: date) -> bool:
    """There must be a suspension to lift, or none yet, and a certification not yet taken away."""
    if what == "decertify":
        return participant.decertified_on is None
    return _is_suspended(participant, today) == (what == "lift")


def _is_suspended(participant: Any, today: date) -> bool:
    """Whether a suspension runs or is to come; one that is over needs no lifting."""
    until = participant.suspended_until
    return participant.suspended_from is not None and (until is None or until >= today)


def _headings(what: str, name: str) -> tuple[str, str]:
    """What the page asks, and what it says once done."""
    return {
        "suspend": (_("Suspend %(name)s") % {"name": name}, _("The participant is suspended.")),
        "lift": (
            _("Lift the suspension of %(name)s") % {"name": name},
            _("The suspension is lifted."),
        ),
        "decertify": (
            _("Decertify %(name)s") % {"name": name},
            _("The participant is decertified."),
        ),
    }[what]


def _sent(request: PortalRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _found(where: Here, number: str) -> Any:
    found = participant_by_number(number, where.asker.program)
    if found is None:
        raise Http404
    return found
