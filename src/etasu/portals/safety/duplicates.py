"""Two cases side by side, and saying that they are one, or that they are not after all."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import short_day
from etasu.portals.components.forms import ReasonForm, sent_form
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.sending import sent_once
from etasu.portals.requests import PortalRequest
from etasu.portals.safety import words
from etasu.portals.safety.here import case_here, here
from etasu.registry.safety.actions import NotLinked, link_duplicate, unlink_duplicate
from etasu.registry.safety.facts import CaseAt


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: PortalRequest, number: str, other: str) -> HttpResponse:
    """Two cases beside each other; the earlier receipt counts when they are one."""
    where = here(request)
    found, like = case_here(where, number), case_here(where, other)
    form = ReasonForm(sent_form(request))
    if form.is_valid():

        def do() -> str:
            reason = form.cleaned_data["reason"]
            link_duplicate(found.case, like.case, reason=reason, by=where.by, at=where.at)
            return reverse("safety:case", args=[other])

        try:
            there = sent_once(request, do)
        except NotLinked:
            messages.info(request, _("These two cannot be linked: one of them is linked already."))
            return redirect("safety:case", number)
        messages.success(request, _("The cases are linked. Both stay on record."))
        return redirect(there)
    context = {"form": form, "table": _side_by_side(found, like), "case": found.case}
    return render(request, "safety/compare.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def unlink(request: PortalRequest, number: str) -> HttpResponse:
    """Say that a case is one of its own after all."""
    where = here(request)
    found = case_here(where, number)
    if found.same_as is None and request.method != "POST":
        raise Http404
    form = ReasonForm(sent_form(request))
    if form.is_valid():

        def do() -> str:
            reason = form.cleaned_data["reason"]
            unlink_duplicate(found.case, reason=reason, by=where.by, at=where.at)
            return reverse("safety:case", args=[number])

        there = sent_once(request, do)
        messages.success(request, _("It is a case of its own again."))
        return redirect(there)
    context = {"form": form, "heading": _("A case of its own after all"), "number": number}
    return render(request, "safety/one_form.html", context)


def _side_by_side(found: CaseAt, like: CaseAt) -> WorklistTable:
    both = (found, like)
    details = dict.fromkeys([*found.details, *like.details])
    rows: list[tuple[Any, list[Any]]] = [
        (_("Received"), [short_day(each.case.received_on) for each in both]),
        (_("About"), [words.KINDS[each.case.kind] for each in both]),
        (_("What was said"), [each.words or words.DASH for each in both]),
        *(
            (words.DETAILS[name], [each.details.get(name, words.DASH) for each in both])
            for name in details
            if name in words.DETAILS
        ),
    ]
    return WorklistTable(
        caption=_("Side by side"),
        columns=("", found.case.number, like.case.number),
        rows=[(Cell(label), *(Cell(text) for text in sides)) for label, sides in rows],
        empty="",
    )
