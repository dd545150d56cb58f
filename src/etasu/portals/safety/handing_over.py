"""Handing cases over to the sponsor's safety database, and what it answered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.forms import sent_form
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.sending import sent_once
from etasu.portals.components.spreadsheet import csv_file
from etasu.portals.requests import PortalRequest
from etasu.portals.safety import words
from etasu.portals.safety.cases import pdf_answer
from etasu.portals.safety.forms import AcknowledgmentForm, HandOverForm
from etasu.portals.safety.here import Here, here
from etasu.registry.accounts.facts import names_of
from etasu.registry.safety.actions import acknowledge_hand_over, hand_over
from etasu.registry.safety.facts import (
    CaseAt,
    cases_by_number,
    hand_over_by_number,
    handed_over,
    records_in,
    worklist,
)
from etasu.registry.safety.handing_over import NothingToHandOver
from etasu.registry.safety.reporting import COLUMNS

COMMA = ", "


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over_cases(request: PortalRequest) -> HttpResponse:
    """Choose what goes; everything that can go is chosen."""
    where = here(request)
    waiting = [each for each in worklist(where.program, where.at) if each.not_handed]
    offered = [(each.case.number, _offered(each)) for each in waiting]
    initial = {
        "recipient": where.version.program.sponsor,
        "cases": [each.case.number for each in waiting],
    }
    form = HandOverForm(sent_form(request), offered=offered, initial=initial)
    if form.is_valid():
        said = form.cleaned_data

        def do() -> str:
            chosen = cases_by_number(where.program, said["cases"], where.at)
            kept = hand_over(
                [each.case for each in chosen],
                program=where.program,
                recipient=said["recipient"],
                by=where.by,
                at=where.at,
            )
            return reverse("safety:handed", args=[kept.number])

        try:
            there = sent_once(request, do)
        except NothingToHandOver:
            messages.info(request, _("Somebody did this already."))
            return redirect("safety:hand-overs")
        return redirect(there)
    context = {"form": form, "is_empty": not waiting}
    return render(request, "safety/hand_over.html", context)


@require_safe
def hand_overs(request: PortalRequest) -> HttpResponse:
    """Every hand-over, the newest first."""
    where = here(request)
    rows = [
        (
            Cell(each.number, reverse("safety:handed", args=[each.number]), is_number=True),
            Cell(moment(each.handed_at, where.zone)),
            Cell(str(each.count), is_number=True),  # type: ignore[attr-defined]
            Cell(each.recipient),
            Cell(each.acknowledgment or _("Not acknowledged yet")),
        )
        for each in handed_over(where.program)
    ]
    table = WorklistTable(
        caption=_("Handed over"),
        columns=(_("Number"), _("When"), _("Cases"), _("To"), _("Acknowledged")),
        rows=rows,
        empty=_("Nothing was handed over yet."),
    )
    return render(request, "safety/hand_overs.html", {"table": table})


@require_http_methods(["GET", "HEAD", "POST"])
def handed(request: PortalRequest, number: str) -> HttpResponse:
    """One hand-over with its files, and what the sponsor's database answered."""
    where = here(request)
    found = _found(where, number)
    form = AcknowledgmentForm(sent_form(request))
    if form.is_valid():

        def do() -> str:
            said = form.cleaned_data["acknowledgment"]
            acknowledge_hand_over(found, acknowledgment=said, by=where.by, at=where.at)
            return reverse("safety:handed", args=[number])

        there = sent_once(request, do)
        messages.success(request, _("It is on record, with your name."))
        return redirect(there)
    context = {
        "hand_over": found,
        "rows": _rows(found, where),
        "table": _table(found),
        "form": form,
    }
    return render(request, "safety/handed.html", context)


@require_safe
def handed_csv(request: PortalRequest, number: str) -> HttpResponseBase:
    """The cases as they were handed over, one a row."""
    found = _found(here(request), number)
    rows = [[str(each.get(name, "")) for name in COLUMNS] for each in records_in(found)]
    return csv_file([list(COLUMNS), *rows], f"hand-over-{found.number}")


@require_safe
def handed_file(request: PortalRequest, number: str, case: str) -> HttpResponse:
    """One case as it was handed over, on paper."""
    where = here(request)
    records: list[dict[str, Any]] = records_in(_found(where, number))
    record = next((each for each in records if each["case"] == case), None)
    if record is None:
        raise Http404
    return pdf_answer(request, record, where)


def _found(where: Here, number: str) -> Any:
    found = hand_over_by_number(where.program, number)
    if found is None:
        raise Http404
    return found


def _offered(each: CaseAt) -> str:
    said = [each.case.number, str(words.KINDS[each.case.kind]), words.days_said(each)]
    missing = [str(words.MISSING[one]) for one in each.missing]
    if missing:
        said.append(_("missing: %(what)s") % {"what": COMMA.join(missing)})
    return COMMA.join(said)


def _rows(found: Any, where: Here) -> list[SummaryRow]:
    names = names_of({found.handed_by, found.acknowledged_by or ""})

    def by(number: str, at: Any) -> str:
        return f"{names.get(number, number)}, {moment(at, where.zone)}"

    rows = [
        SummaryRow(_("To"), found.recipient),
        SummaryRow(_("Handed over by"), by(found.handed_by, found.handed_at)),
        SummaryRow(_("SHA-256 of its content"), found.digest),
    ]
    if found.acknowledged_at is not None:
        rows += [
            SummaryRow(_("Answer"), found.acknowledgment),
            SummaryRow(_("Kept by"), by(found.acknowledged_by, found.acknowledged_at)),
        ]
    return rows


def _table(found: Any) -> WorklistTable:
    return WorklistTable(
        caption=_("Cases"),
        columns=(_("Case"), _("Initial or follow-up"), _("Due on"), _("Report on paper")),
        rows=[
            (
                Cell(
                    str(each["case"]), reverse("safety:case", args=[each["case"]]), is_number=True
                ),
                Cell(_("Follow-up") if each["report_type"] == "follow-up" else _("Initial")),
                Cell(short_day(str(each["due_on"])) or words.DASH),
                Cell(
                    _("Open the PDF"),
                    reverse("safety:handed-file", args=[found.number, each["case"]]),
                ),
            )
            for each in records_in(found)
        ],
        empty="",
    )
