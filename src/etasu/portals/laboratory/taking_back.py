"""Taking back what stands: one result, or whom reports were said to be about."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.sending import sent_once
from etasu.portals.laboratory import words
from etasu.portals.laboratory.here import Here, is_confirmed, show_effect
from etasu.portals.requests import PortalRequest
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.lab_facts import ItemNow
from etasu.registry.monitoring.resolving import NotWaiting, refuse_result
from etasu.registry.monitoring.taking_back import take_decision_back

TAKE_BACK = "take-back"


def stands(found: ItemNow) -> bool:
    """Whether the item became a result that counts."""
    return found.result is not None and found.result.replaced_at is None


def take_result_back(
    request: PortalRequest, where: Here, found: ItemNow, reason: str
) -> HttpResponse:
    """Show what would follow when an item's result counts no longer, and then have it so."""
    row, result = found.row, found.result
    assert result is not None
    place = reverse("laboratory:item", args=[row.report.message.number, row.pk])

    def do() -> str:
        refuse_result(result, reason, by=where.by, at=where.at)
        return place

    def effect() -> list[str]:
        do()
        return [words.count_no_more(1)]

    try:
        if not is_confirmed(request):
            said = {"heading": _("Take this result back"), "about": row.code_text or row.code,
                    "back_url": place, "send": _("Keep on record")}  # fmt: skip
            return show_effect(request, effect, said)
        sent_once(request, do)
        messages.success(request, _("It is on record, with your name."))
    except NotWaiting:
        messages.info(request, _("Somebody did this already."))
    return redirect(place)


def take_choice_back(request: PortalRequest, where: Here, task: Any, reason: str) -> HttpResponse:
    """Show what would follow when a decision whom reports are about is taken back, and do it."""
    place = reverse("laboratory:reconcile", args=[task.number])

    def do() -> str:
        take_decision_back(task, reason, by=where.by, at=where.at)
        return place

    def effect() -> list[str]:
        items, results = take_decision_back(task, reason, by=where.by, at=where.at)
        counted = [words.count_no_more(results)] if results else []
        return [*counted, *words.effect_on(lab_facts.fates_of(items))]

    try:
        if not is_confirmed(request):
            said = {"heading": _("Take the decision back"), "about": task.number,
                    "back_url": place, "send": _("Keep on record")}  # fmt: skip
            return show_effect(request, effect, said)
        sent_once(request, do)
        messages.success(request, _("It is on record, with your name."))
    except NotWaiting:
        messages.info(request, _("Somebody did this already."))
    return redirect(place)
