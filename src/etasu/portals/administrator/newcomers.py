"""Participants who brought themselves in: those that wait to be let in, and those to be seen."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.administrator import participant_record as record
from etasu.portals.administrator.forms import NewcomerDecisionForm
from etasu.portals.administrator.here import Here, here
from etasu.portals.components.dates import local_day, short_day
from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.words import PARTIES
from etasu.portals.requests import PortalRequest
from etasu.registry.participants import newcomers as registry
from etasu.registry.participants.facts import participant_by_number

SHARED: dict[str, str | Promise] = {
    registry.NPI: gettext_lazy("the same NPI"),
    registry.NCPDP: gettext_lazy("the same NCPDP ID"),
    registry.NAME: gettext_lazy("the same name in the same state"),
}


@require_safe
def newcomers(request: PortalRequest) -> HttpResponse:
    """The newcomers nobody has looked at, those that wait first; and those somebody has."""
    where = here(request)
    program = where.asker.program
    context = {
        "tables": [
            _table(where, _("To look at"), registry.newcomers_to_look_at(program)),
            _table(where, _("Seen"), registry.newcomers_seen(program)),
        ]
    }
    return render(request, "administrator/newcomers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def newcomer(request: PortalRequest, number: str) -> HttpResponse:
    """One newcomer: what was told, whom it may be, and the decision."""
    where = here(request)
    found = participant_by_number(number, where.asker.program)
    review = registry.review_of(found) if found is not None else None
    if found is None or review is None:
        raise Http404
    form: PortalForm = (
        NewcomerDecisionForm(sent_form(request))
        if review.must_wait
        else PortalForm(sent_form(request))
    )
    if request.method == "POST" and form.is_valid() and _decided(request, review, form):
        return redirect("administrator:newcomers")
    context = {
        "participant": found,
        "kind": PARTIES.get(found.kind, found.kind),
        "review": review,
        "told": record.identity_rows(found),
        "came": _came(where, review),
        "alike": _alike_table(found),
        "doubts": place_doubts(found),
        "form": form,
        "can_decide": where.can_change and review.decided_at is None,
    }
    return render(request, "administrator/newcomer.html", context)


def place_doubts(participant: Any) -> list[str]:
    """What does not fit together in the place that was told."""
    # Loaded at the first question, for it holds every place of the country.
    import zipcodes

    known = zipcodes.matching(participant.zip_code[:5]) if participant.zip_code else []
    if participant.zip_code and not known:
        return [_("There is no such ZIP Code.")]
    if not known:
        return []
    place, doubts = known[0], []
    cities = [place["city"], *place["acceptable_cities"], *place["unacceptable_cities"]]
    if participant.city and _plain(participant.city) not in map(_plain, cities):
        said = _("This ZIP Code belongs to %(there)s, not to %(city)s.")
        doubts.append(said % {"there": place["city"], "city": participant.city})
    if participant.state and participant.state != place["state"]:
        said = _("This ZIP Code is in %(there)s, not in %(state)s.")
        doubts.append(said % {"there": place["state"], "state": participant.state})
    return doubts


def _decided(request: PortalRequest, review: Any, form: PortalForm) -> bool:
    """Whether the decision is kept; otherwise the form says why it cannot be."""
    is_accepted = form.cleaned_data.get("verdict", "another") == "another"
    reason = form.cleaned_data.get("reason", "")

    def do() -> str:
        registry.decide_on_newcomer(
            review, is_accepted=is_accepted, reason=reason, by=actor(request), at=request.at
        )
        return str(review.participant.number)

    try:
        sent_once(request, do)
    except registry.NumberTaken:
        said = _("Two prescribers cannot have one NPI. Do not let this one in under it.")
        form.add_error("verdict", said)
        return False
    messages.success(request, _("It is kept, and whoever has to know is told."))
    return True


def _table(where: Here, caption: str, reviews: Iterable[Any]) -> WorklistTable:
    rows = []
    for each in reviews:
        participant = each.participant
        place = ", ".join(part for part in (participant.city, participant.state) if part)
        rows.append(
            (
                Cell(
                    participant.name,
                    reverse("administrator:newcomer", args=[participant.number]),
                ),
                Cell(str(PARTIES.get(participant.kind, participant.kind))),
                Cell(place or "–"),
                Cell(short_day(local_day(each.came_at, where.asker.time_zone))),
                Cell(_state_of(each)),
            )
        )
    return WorklistTable(
        caption=caption,
        columns=(_("Name"), _("Kind"), _("Place"), _("Came on"), _("State")),
        rows=rows,
        empty=_("None."),
    )


def _state_of(review: Any) -> str:
    if review.decided_at is None:
        return _("Waits: may be on record already") if review.must_wait else _("Not seen yet")
    if not review.must_wait:
        return _("Seen")
    return _("Let in") if review.is_accepted else _("Not let in")


def _came(where: Here, review: Any) -> list[SummaryRow]:
    rows = [
        SummaryRow(_("Came on"), short_day(local_day(review.came_at, where.asker.time_zone))),
        SummaryRow(_("State"), _state_of(review)),
    ]
    return [*rows, SummaryRow(_("Reason"), review.reason)] if review.reason else rows


def _alike_table(participant: Any) -> WorklistTable:
    rows = []
    for each in registry.alike_to(participant):
        other = each.participant
        place = " ".join(part for part in (other.city, other.state, other.zip_code) if part)
        shared = ", ".join(str(SHARED[what]) for what in each.shared)
        rows.append(
            (
                Cell(other.name, reverse("administrator:participant", args=[other.number])),
                Cell(other.npi or "–"),
                Cell(place or "–"),
                Cell(shared),
            )
        )
    return WorklistTable(
        caption=_("Who it may be"),
        columns=(_("Name"), _("NPI"), _("Place"), _("Shared")),
        rows=rows,
        empty=_("Nobody on record has its numbers, or its name in its state."),
    )


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if char.isalnum())
