"""Taking back what stands: a result, a refusal, or whom reports were said to be about."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.laboratory import words
from etasu.portals.laboratory.here import Here, once_confirmed
from etasu.portals.requests import PortalRequest
from etasu.registry.monitoring.lab_facts import ItemNow, fates_of
from etasu.registry.monitoring.resolving import refuse_result
from etasu.registry.monitoring.taking_back import (
    is_refused,
    take_decision_back,
    take_refusal_back,
)

TO_TAKE_BACK = TAKE_BACK, REFUSAL = "take-back", "refusal"


def what_to_take_back(found: ItemNow) -> str:
    """What of an item can be taken back: the result it became, that it was refused, or nothing."""
    if found.result is not None and found.result.replaced_at is None:
        return TAKE_BACK
    return REFUSAL if is_refused(found.row) else ""


def take_back(request: PortalRequest, where: Here, found: ItemNow, reason: str) -> HttpResponse:
    """Show what would follow when that is taken back, and then have it so."""
    row, result = found.row, found.result
    is_result = what_to_take_back(found) == TAKE_BACK

    def do() -> None:
        if is_result and result is not None:
            refuse_result(result, reason, by=where.by, at=where.at)
        else:
            take_refusal_back(row, reason, by=where.by, at=where.at)

    def effect() -> list[str]:
        do()
        return [words.count_no_more(1)] if is_result else words.effect_on(fates_of([row.pk]))

    heading = _("Take this result back") if is_result else _("Take the refusal back")
    place = reverse("laboratory:item", args=[row.report.message.number, row.pk])
    about = row.code_text or row.code
    return once_confirmed(request, do, effect, heading=heading, about=about, back=place)


def take_choice_back(request: PortalRequest, where: Here, task: Any, reason: str) -> HttpResponse:
    """Show what would follow when a decision whom reports are about is taken back, and do it."""
    place = reverse("laboratory:reconcile", args=[task.number])

    def do() -> tuple[list[int], int]:
        return take_decision_back(task, reason, by=where.by, at=where.at)

    def effect() -> list[str]:
        items, results = do()
        counted = [words.count_no_more(results)] if results else []
        return [*counted, *words.effect_on(fates_of(items))]

    heading = _("Take the decision back")
    return once_confirmed(request, do, effect, heading=heading, about=task.number, back=place)
