"""Where somebody stands who looks after what laboratories send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from etasu.portals.components.program_here import program_today
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.requests import PortalRequest
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.resolving import NotWaiting
from etasu.registry.monitoring.trying import what_if
from etasu.safe_use.program import ProgramVersion

STEP, DO = "step", "do"
_OWN = (STEP, "csrfmiddlewaretoken")


class Here(NamedTuple):
    """Who works on it, in which program as it stands today, and what their clock says."""

    program: str
    by: Actor
    at: datetime
    today: date
    zone: str
    version: ProgramVersion


def here(request: PortalRequest) -> Here:
    """The program somebody works for; whoever acts for a participant finds nothing."""
    asker = request.asker
    today, version = program_today(request)
    return Here(asker.program, actor(request), request.at, today, asker.time_zone, version)


def is_confirmed(request: PortalRequest) -> bool:
    """Whether the form comes from the page that showed what would follow."""
    return request.POST.get(STEP) == DO


def show_effect(
    request: PortalRequest, effect: Callable[[], list[str]], said: Mapping[str, Any]
) -> HttpResponse:
    """What would follow, in sentences, with the way to go on; nothing of it is kept yet.

    `said` has `heading`, `send` for the button, and `back_url`.
    """
    carried = [
        (name, value)
        for name in request.POST
        if name not in _OWN
        for value in request.POST.getlist(name)
    ]
    context = {
        **said,
        "effect": what_if(effect),
        "carried": carried,
        "step": (STEP, DO),
    }
    return render(request, "laboratory/effect.html", context)


def once_confirmed(
    request: PortalRequest,
    do: Callable[[], object],
    effect: Callable[[], list[str]],
    *,
    heading: str,
    about: str,
    back: str,
    leads_to: str = "",
) -> HttpResponse:
    """Show what would follow; once that was confirmed, do it, and lead on, or `back`.

    Where nothing waits for it any more, that is said instead.
    """
    place = leads_to or back

    def kept() -> str:
        do()
        return place

    try:
        if not is_confirmed(request):
            said = {"heading": heading, "about": about, "back_url": back}
            return show_effect(request, effect, {**said, "send": _("Keep on record")})
        sent_once(request, kept)
        messages.success(request, _("It is on record, with your name."))
    except NotWaiting:
        messages.info(request, _("Somebody did this already."))
    return redirect(place)
