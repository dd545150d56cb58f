"""What the public finds of a prescriber or facility; a prescriber’s yes to it, and its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.records import SummaryRow
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.requests import PortalRequest
from etasu.portals.standing import presenters
from etasu.portals.standing.framing import framed
from etasu.portals.standing.here import Mine, mine
from etasu.registry.participants.listing import is_of_the_list, list_publicly, may_choose
from etasu.registry.participants.locator import Site, as_found, is_found

YES, NO = "yes", "no"


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: PortalRequest, number: str) -> HttpResponse:
    """What is shown to everybody, and a prescriber's own yes or no to it, from this moment."""
    own = mine(request, number)
    if not is_of_the_list(own.participant):
        raise Http404
    if request.method == "POST":
        return _choose(request, own)
    site = as_found(own.participant)
    context: dict[str, Any] = {
        "own": own,
        "rows": _rows(own, site),
        "may_choose": may_choose(own.participant),
        "is_found": is_found(own.participant, own.today),
        "has_place": bool(site.zip_code or site.state),
        "public_page": reverse("public:sites", args=[own.participant.program]),
    }
    return framed(request, "standing/listing.html", context)


def _choose(request: PortalRequest, own: Mine) -> HttpResponse:
    said = request.POST.get("listed")
    if said not in (YES, NO) or not may_choose(own.participant):
        raise Http404
    by, at = actor(request), request.at

    def do() -> str:
        list_publicly(own.participant, said == YES, by=by, at=at)
        done = _("You are in the list.") if said == YES else _("You are no longer in the list.")
        messages.success(request, done)
        return reverse("standing:listing", args=[own.participant.number])

    return redirect(sent_once(request, do))


def _rows(own: Mine, site: Site) -> list[SummaryRow]:
    missing = _("Not on record")
    place = f"{site.city}, {site.state} {site.zip_code}".strip(" ,")
    return [
        SummaryRow(_("Name"), site.name),
        SummaryRow(_("Kind"), presenters.kind_of(own.participant)),
        SummaryRow(_("City, state and ZIP Code"), place or missing),
        SummaryRow(_("Telephone"), site.telephone or missing),
    ]
