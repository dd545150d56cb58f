"""One participant: the record, and changing the standing with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.administrator import participant_record as record
from etasu.portals.administrator.forms import DecertifyForm, LiftForm, SuspendForm
from etasu.portals.administrator.here import Here, here
from etasu.portals.administrator.timeline import timeline
from etasu.portals.components.dates import day as us_day
from etasu.portals.components.forms import PortalForm, ReasonForm
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.words import PARTIES
from etasu.portals.requests import PortalRequest
from etasu.registry.audit.facts import entries_about
from etasu.registry.participants.actions import lift_suspension, take_back_decertification
from etasu.registry.participants.facts import (
    certification_facts,
    certifications_of,
    members_of,
    participant_by_number,
    steps_done,
)
from etasu.registry.participants.newcomers import review_of
from etasu.registry.participants.suspending import DayNotPossible, may_take_back, suspensions_of
from etasu.registry.reactions import participant_decertified, participant_suspended
from etasu.safe_use.certification import standing

_WARNING: dict[str, str | Promise] = {
    "suspend": gettext_lazy(
        "Every gate sees it at once. Infusion days and dispenses authorized through this "
        "participant are taken back if they were not used."
    ),
    "lift": gettext_lazy("The gates see the participant as certified again, if it still is."),
    "decertify": gettext_lazy(
        "From the day on, this cannot be undone here; before it comes, it can. Infusion days and "
        "dispenses authorized through this participant from that day on are taken back at once if "
        "they were not used."
    ),
    "keep": gettext_lazy(
        "The certification stays as it is. What was taken back already is to be asked for again."
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
        "is_suspended": record.is_suspended(found, where.today),
        "may_take_back": may_take_back(found, where.today),
        "review": review_of(found),
        "tables": [
            record.suspensions_table(suspensions_of(found), where.today, where.asker.time_zone),
            record.certifications_table(certifications_of(found)),
            record.members_table(members_of(found), where.asker.time_zone),
        ],
        "timeline": timeline(entries_about([found.number]), where.version, party),
    }
    if party is not None:
        now = standing(party, certification_facts(found), where.today)
        context["standing"] = record.standing_rows(found, now, where.today)
        context["tables"].insert(0, record.steps_table(party, now, steps_done(found)))
    return render(request, "administrator/participant.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: PortalRequest, number: str) -> HttpResponse:
    """Suspend a participant from one day, through another or until lifted.

    Suspensions that run or are to come already stay beside it.
    """
    where, found = _there(request, number)
    form = SuspendForm(_sent(request), initial={"since": where.today})

    def do(said: dict[str, Any]) -> str:
        participant_suspended(found, **said, by=actor(request), at=request.at)
        if said["since"] <= where.today:
            return _("The participant is suspended.")
        return _("The participant will be suspended from %(day)s.") % {"day": us_day(said["since"])}

    heading = _("Suspend %(name)s") % {"name": found.name}
    return _asked(request, found, (heading, str(_WARNING["suspend"])), form, do)


@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: PortalRequest, number: str) -> HttpResponse:
    """End a suspension that runs or is to come."""
    where, found = _there(request, number)
    left = record.suspensions_left(found, where.today)
    if not left and not record.is_suspended(found, where.today):
        messages.info(request, _("There is no suspension to lift."))
        return redirect("administrator:participant", number)
    form = LiftForm(left, _sent(request))

    def do(said: dict[str, Any]) -> str:
        which = int(said["which"]) if said.get("which") else None
        lift_suspension(found, reason=said["reason"], which=which, by=actor(request), at=request.at)
        return _("The suspension is lifted.")

    heading = _("Lift the suspension of %(name)s") % {"name": found.name}
    return _asked(request, found, (heading, str(_WARNING["lift"])), form, do)


@require_http_methods(["GET", "HEAD", "POST"])
def decertify(request: PortalRequest, number: str) -> HttpResponse:
    """Take the certification away; until the day comes, another one can be set."""
    where, found = _there(request, number)
    if found.decertified_on is not None and not may_take_back(found, where.today):
        messages.info(request, _("The participant is decertified already."))
        return redirect("administrator:participant", number)
    form = DecertifyForm(_sent(request), initial={"on": found.decertified_on or where.today})

    def do(said: dict[str, Any]) -> str:
        participant_decertified(found, **said, by=actor(request), at=request.at)
        if said["on"] <= where.today:
            return _("The participant is decertified.")
        return _("The participant will be decertified from %(day)s.") % {"day": us_day(said["on"])}

    heading = _("Decertify %(name)s") % {"name": found.name}
    return _asked(request, found, (heading, str(_WARNING["decertify"])), form, do)


@require_http_methods(["GET", "HEAD", "POST"])
def keep_certified(request: PortalRequest, number: str) -> HttpResponse:
    """Leave the certification as it is after all, while the day has not come."""
    where, found = _there(request, number)
    if not may_take_back(found, where.today):
        messages.info(request, _("There is nothing to take back."))
        return redirect("administrator:participant", number)

    def do(said: dict[str, Any]) -> str:
        take_back_decertification(found, **said, by=actor(request), at=request.at)
        return _("The certification stays as it is.")

    heading = _("Take the decertification of %(name)s back") % {"name": found.name}
    lead = str(_WARNING["keep"])
    return _asked(request, found, (heading, lead), ReasonForm(_sent(request)), do)


def _asked(
    request: PortalRequest,
    found: Any,
    words: tuple[str, str],
    form: PortalForm,
    do: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """The page that asks why, and what follows once it is answered, done once."""
    heading, lead = words
    if request.method == "POST" and form.is_valid():
        said: list[str] = []

        def act() -> str:
            said.append(do(form.cleaned_data))
            return str(found.number)

        try:
            sent_once(request, act)
        except DayNotPossible as refused:
            form.add_error("on" if "on" in form.fields else "since", _possible(refused))
        else:
            for each in said:
                messages.success(request, each)
            return redirect("administrator:participant", found.number)
    context = {"form": form, "participant": found, "heading": heading, "lead": lead}
    return render(request, "administrator/change_standing.html", context)


def _possible(refused: DayNotPossible) -> str:
    """The days there are to choose from."""
    first = us_day(refused.first)
    if refused.last is None:
        return _("The participant is in the program since %(day)s. Enter a day from then on.") % {
            "day": first
        }
    said = _("Enter a day from %(first)s through %(last)s.")
    return said % {"first": first, "last": us_day(refused.last)}


def _there(request: PortalRequest, number: str) -> tuple[Here, Any]:
    where = here(request)
    return where, _found(where, number)


def _sent(request: PortalRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _found(where: Here, number: str) -> Any:
    found = participant_by_number(number, where.asker.program)
    if found is None:
        raise Http404
    return found
