"""Whose record is open, and that it may be: asked anew for every page, and told to the patient."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.registry.patient_support.sharing import note_look
from etasu.registry.patient_support.sharing_facts import Helping, helping_with
from etasu.safe_use.sharing import Slice


def helping_here(request: PortalRequest, number: str, wanted: Slice | None = None) -> Helping:
    """The partnership of that number while it holds; without the slice it is not found either."""
    person: Any = request.user
    found = helping_with(person, number, request.asker.program, request.at)
    if found is None or (wanted is not None and not found.may_see(wanted)):
        raise Http404
    return found


def look(request: PortalRequest, helping: Helping, page: str) -> None:
    """Tell the trail, and so the patient, that somebody looks at this page now."""
    note_look(helping, page, by=actor(request), at=request.at)


def shown(
    request: PortalRequest, name: str, helping: Helping, context: dict[str, Any]
) -> HttpResponse:
    """A page of a record: it says whose it is, and nobody keeps it."""
    around = {
        "helping": helping,
        "shared": [each.value for each in helping.sharing.slices],
        "page": request.resolver_match.url_name if request.resolver_match else "",
    }
    response = render(request, name, {**around, **context})
    response["Cache-Control"] = "no-store, private"
    return response
