"""Trying a message out, and the checklist of a new connection: nothing of either is kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import sent_form
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.laboratory.forms import PastedForm
from etasu.portals.laboratory.here import here
from etasu.portals.laboratory.lent import wire
from etasu.portals.laboratory.messages import items_table
from etasu.portals.requests import PortalRequest
from etasu.registry.monitoring import lab_facts

page_methods = require_http_methods(["GET", "HEAD", "POST"])
# So many messages of a batch are shown.
MOST = 5


@page_methods
def try_out(request: PortalRequest) -> HttpResponse:
    """Paste a message: what it says, what would become of it, and how it would be answered."""
    where = here(request)
    known = lab_facts.connections_of(where.program).filter(closed_at__isnull=True)
    form = PastedForm(sent_form(request), connections=known)
    tried: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        sender = f"connection:{said['connection']}" if said["connection"] else None
        raw = said["message"].encode()
        for each in wire().try_out(raw, sender, by=where.by, at=where.at)[:MOST]:
            outcome = each.tried.outcome
            tried.append(
                {
                    "shown": each.shown,
                    "answer": outcome.answer,
                    "is_repeat": outcome.is_repeat,
                    "acknowledgment": each.acknowledgment,
                    "items": items_table(each.tried.items, where, are_on_record=False),
                }
            )
    return render(request, "laboratory/try.html", {"form": form, "tried": tried})


@page_methods
def checklist(request: PortalRequest) -> HttpResponse:
    """Run the checks of a new connection, and show what came of each."""
    where = here(request)
    checked: list[Any] = []
    if request.method == "POST":
        checked = list(wire().run_checklist(where.version, by=where.by, at=where.at))
    context = {
        "has_run": request.method == "POST",
        "checked": checked,
        "met": sum(each.is_met for each in checked),
        "table": _table(checked),
    }
    return render(request, "laboratory/checklist.html", context)


def _table(checked: list[Any]) -> WorklistTable:
    return WorklistTable(
        caption=_("Checks"),
        columns=(_("What is sent"), _("Comes out"), _("Has to be"), _("Is")),
        rows=[
            (
                Cell(each.name),
                Cell(status=("check", "met" if each.is_met else "not_met")),
                Cell(each.expected),
                Cell(each.observed),
            )
            for each in checked
        ],
        empty=_("The program watches too few numbers for these checks."),
    )
