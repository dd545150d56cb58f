"""Results that are kept as sent because of their unit or their size, looked at together."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import short_day
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.sending import sent_once
from etasu.portals.laboratory import words
from etasu.portals.laboratory.fixing_forms import UnitForm
from etasu.portals.laboratory.here import Here, here, is_confirmed, show_effect
from etasu.portals.laboratory.quarantine import review_address
from etasu.portals.requests import PortalRequest
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.lab_facts import InReview
from etasu.registry.monitoring.resolving import NotWaiting, confirm_result, enter_unit

MOST = 50
AS_SENT = "as sent"


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: PortalRequest) -> HttpResponse:
    """Results of one sender, test and unit: say the unit, or that they are right as sent."""
    where = here(request)
    group = _group(request, where)
    results = list(lab_facts.results_in_review(where.program, group)[:MOST]) if group else []
    if group is None or not results:
        if request.method == "POST":
            return redirect("laboratory:quarantine")
        raise Http404
    test = where.version.tests.get(group.test)
    asks_unit = group.review == "unit-review" and test is not None
    is_right = request.POST.get("what") == AS_SENT
    sent = request.POST if request.method == "POST" and not is_right else None
    form = UnitForm(sent, test=test) if asks_unit and test is not None else None
    if request.method == "POST" and (is_right or (form is not None and form.is_valid())):
        unit = form.cleaned_data["unit"] if form is not None and not is_right else ""
        return _settle(request, where, results, unit, review_address(group))
    context = {
        "group": group,
        "name": words.test_name(group.test, where.version),
        "why": words.said_of(group.review),
        "table": _table(results),
        "form": form,
        "as_sent": AS_SENT,
        "more": max(0, group.results - MOST),
    }
    return render(request, "laboratory/review.html", context)


def _group(request: PortalRequest, where: Here) -> InReview | None:
    asked = (request.GET.get(name, "") for name in ("sender", "test", "unit", "why"))
    wanted = tuple(asked)
    return next(
        (each for each in lab_facts.reviews_waiting(where.program) if each[:4] == wanted), None
    )


def _settle(
    request: PortalRequest, where: Here, results: list[Any], unit: str, back: str
) -> HttpResponse:
    def do() -> str:
        for each in results:
            if unit:
                enter_unit(each, unit, by=where.by, at=where.at)
            else:
                confirm_result(each, by=where.by, at=where.at)
        return reverse("laboratory:quarantine")

    def effect() -> list[str]:
        do()
        count = len(results)
        said = {"n": count, "unit": unit}
        if not unit:
            text = ngettext(
                "%(n)s result stays as it was sent, and nobody is asked about it again.",
                "%(n)s results stay as they were sent, and nobody is asked about them again.",
                count,
            )
            return [text % said]
        text = ngettext(
            "%(n)s result is read as %(unit)s, and the new one takes its place.",
            "%(n)s results are read as %(unit)s, and new ones take their places.",
            count,
        )
        return [text % said, _("Limits are compared with them from then on.")]

    try:
        if not is_confirmed(request):
            said = {"heading": _("Results to look at"), "about": "", "back_url": back,
                    "send": _("Keep on record")}  # fmt: skip
            return show_effect(request, effect, said)
        led = sent_once(request, do)
        messages.success(request, _("It is on record, with your name."))
        return redirect(led)
    except NotWaiting:
        messages.info(request, _("Somebody did this already."))
        return redirect("laboratory:quarantine")


def _table(results: list[Any]) -> WorklistTable:
    return WorklistTable(
        caption=_("Results"),
        columns=(_("As sent"), _("Collected on"), _("The laboratory’s range"), _("Flags")),
        rows=[
            (
                Cell(" ".join(filter(None, (each.reported_value, each.reported_unit)))),
                Cell(short_day(each.collected_on), is_number=True),
                Cell(
                    f"{each.low or ''}–{each.high or ''}" if each.low or each.high else words.DASH
                ),
                Cell(each.flags or words.DASH),
            )
            for each in results
        ],
        empty=_("None."),
    )
