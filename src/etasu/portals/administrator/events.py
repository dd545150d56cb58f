"""Compliance events: what is open, and closing one with what was done."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.administrator.event_list import SHOWN, event_rows, events_table, kind_said
from etasu.portals.administrator.forms import CloseEventForm
from etasu.portals.administrator.here import here
from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.registry.compliance import facts
from etasu.registry.compliance.actions import close_event

LONGEST_LIST = 200


@require_safe
def events(request: PortalRequest) -> HttpResponse:
    """The events, open ones unless others are asked for."""
    where = here(request)
    show = request.GET.get("show", "open")
    show = show if show in SHOWN else "open"
    is_open = {"open": True, "closed": False}.get(show)
    found = facts.events(where.asker.program, is_open=is_open)
    table = events_table(found[:LONGEST_LIST], show)
    table.shown, table.total = len(table.rows), found.count()
    return render(request, "administrator/events.html", {"table": table})


@require_http_methods(["GET", "HEAD", "POST"])
def event(request: PortalRequest, number: str) -> HttpResponse:
    """One event; whoever may, closes it with what was done."""
    where = here(request)
    found = facts.event_by_number(number, where.asker.program)
    if found is None:
        raise Http404
    form = CloseEventForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        close_event(found, reason=reason, by=actor(request), at=request.at)
        messages.success(request, _("The event is closed."))
        return redirect("administrator:event", number)
    context = {
        "event": found,
        "kind": kind_said(found.kind),
        "rows": event_rows(found, where.asker.time_zone),
        "can_close": where.can_change and found.closed_at is None,
        "form": form,
    }
    return render(request, "administrator/event.html", context)
