"""Results that are kept as sent because of their unit or their size, looked at together."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import short_day
from etasu.portals.components.forms import ReasonForm
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.laboratory import words
from etasu.portals.laboratory.fixing_forms import UnitForm
from etasu.portals.laboratory.here import Here, here, once_confirmed
from etasu.portals.laboratory.waiting_tables import review_address
from etasu.portals.requests import PortalRequest
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.lab_facts import InReview
from etasu.registry.monitoring.resolving import (
    NotWaiting,
    confirm_result,
    enter_unit,
    refuse_result,
)
from etasu.safe_use.units import UNIT_REVIEW

MOST = 50
AS_SENT, REFUSE, SHOWN = "as sent", "refuse", "shown"


class Decision(NamedTuple):
    """What somebody says about results: the unit they were sent in, why not to keep them, or ok."""

    unit: str = ""
    refused: str = ""

    def about(self, result: Any, where: Here) -> None:
        """Keep it on record for one result."""
        if self.refused:
            refuse_result(result, self.refused, by=where.by, at=where.at)
        elif self.unit:
            enter_unit(result, self.unit, by=where.by, at=where.at)
        else:
            confirm_result(result, by=where.by, at=where.at)

    def effect(self, count: int) -> list[str]:
        """What follows for so many results."""
        said = {"n": count, "unit": self.unit}
        if self.refused:
            return [words.count_no_more(count)]
        if not self.unit:
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


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: PortalRequest) -> HttpResponse:
    """Results of one sender, test and unit: say the unit, refuse them, or let them stand."""
    where = here(request)
    group = _group(request, where)
    results = list(lab_facts.results_in_review(where.program, group)[:MOST]) if group else []
    if group is None or not results:
        if request.method == "POST":
            return redirect("laboratory:quarantine")
        raise Http404
    what = request.POST.get("what", "") if request.method == "POST" else None
    test = where.version.tests.get(group.test) if group.review == UNIT_REVIEW else None
    unit = UnitForm(request.POST if what == "" else None, test=test) if test else None
    refuse = ReasonForm(request.POST if what == REFUSE else None, prefix=REFUSE)
    decision = _decision(what, unit, refuse)
    if decision is not None:
        # What came after the page was opened is not decided by it.
        seen = set(request.POST.get(SHOWN, "").split())
        meant = [each for each in results if str(each.pk) in seen]
        return _settle(request, where, meant, decision, review_address(group))
    context = {
        "name": words.test_name(group.test, where.version),
        "why": words.said_of(group.review),
        "table": _table(results),
        "form": refuse if what == REFUSE else unit,
        "unit": unit,
        "refuse": refuse,
        "more": max(0, group.results - MOST),
        "shown": " ".join(str(each.pk) for each in results),
    }
    return render(request, "laboratory/review.html", context)


def _decision(what: str | None, unit: UnitForm | None, refuse: ReasonForm) -> Decision | None:
    """What was decided; None while nothing was, or not all that it takes was said."""
    if what == AS_SENT:
        return Decision()
    if what == REFUSE and refuse.is_valid():
        return Decision(refused=refuse.cleaned_data["reason"])
    if what == "" and unit is not None and unit.is_valid():
        return Decision(unit=unit.cleaned_data["unit"])
    return None


def _group(request: PortalRequest, where: Here) -> InReview | None:
    wanted = tuple(request.GET.get(name, "") for name in ("sender", "test", "unit", "why"))
    return next(
        (each for each in lab_facts.reviews_waiting(where.program) if each[:4] == wanted), None
    )


def _settle(
    request: PortalRequest, where: Here, results: list[Any], decision: Decision, back: str
) -> HttpResponse:
    """Show what would follow, and once that was confirmed, do it."""

    def do() -> None:
        if not results:
            raise NotWaiting
        for each in results:
            decision.about(each, where)

    def effect() -> list[str]:
        do()
        return decision.effect(len(results))

    heading, onward = _("Results to look at"), reverse("laboratory:quarantine")
    return once_confirmed(
        request, do, effect, heading=heading, about="", back=back, leads_to=onward
    )


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
