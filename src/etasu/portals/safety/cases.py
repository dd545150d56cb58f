"""Every case with something left to do, and one case with everything told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.paper.case_reports import case_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.components.records import Cell, SummaryRow, TimelineEntry, WorklistTable
from etasu.portals.requests import PortalRequest
from etasu.portals.safety import words
from etasu.portals.safety.here import Here, case_here, here
from etasu.registry.accounts.facts import names_of
from etasu.registry.safety.facts import CaseAt, cases_like, worklist
from etasu.registry.safety.reporting import SECTIONS, names_of_terms, of_interest, record_of
from etasu.registry.safety.seen import note_look


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """What is to be done, the fewest days left first."""
    where = here(request)
    found = worklist(where.program, where.at)
    context = {
        "table": _table(found),
        "late": sum(each.left.is_late for each in found),
        "can_hand_over": any(each.not_handed for each in found),
    }
    return render(request, "safety/home.html", context)


@require_safe
def case(request: PortalRequest, number: str) -> HttpResponse:
    """One case: how long is left, what is missing, what was told, and what can be done."""
    where = here(request)
    found = case_here(where, number)
    note_look(found.case, by=where.by, at=where.at)
    like = [each for each in cases_like(found, where.at) if each.same_as is None]
    context = {
        "found": found,
        "case": found.case,
        "rows": list(_rows(found, where)),
        "details": [
            SummaryRow(words.DETAILS[name], said)
            for name, said in found.details.items()
            if name in words.DETAILS
        ],
        "told": list(_told(found)),
        "missing": [words.MISSING[each] for each in found.missing],
        "like": _like(found, like) if like and found.same_as is None else None,
        "reporters": ", ".join(words.told_by(each.told_by) for each in found.information),
    }
    return render(request, "safety/case.html", context)


@require_safe
def case_file(request: PortalRequest, number: str) -> HttpResponse:
    """The report as it would be handed over now, for reading and for paper."""
    where = here(request)
    found = case_here(where, number)
    note_look(found.case, by=where.by, at=where.at)
    record = record_of(found, number="", at=where.at)
    return pdf_answer(request, record, where)


def pdf_answer(request: PortalRequest, record: dict[str, Any], where: Here) -> HttpResponse:
    """A report as a file; its name holds the case's number alone."""
    printing = Printing(
        language=get_language() or "en", printed_at=request.at, zone=request.asker.time_zone
    )
    content = case_pdf(record, SECTIONS, where.version.program, printing)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="case-{record["case"]}.pdf"'
    return answer


def _table(found: Sequence[CaseAt]) -> WorklistTable:
    return WorklistTable(
        caption=_("Cases with something left to do"),
        columns=(
            *(_("Case"), _("Time left"), _("About"), _("Received"), _("Serious")),
            *(_("Expected"), _("Why here")),
        ),
        rows=[
            (
                Cell(
                    each.case.number,
                    reverse("safety:case", args=[each.case.number]),
                    is_number=True,
                ),
                Cell(words.days_said(each)),
                Cell(words.KINDS[each.case.kind]),
                Cell(short_day(each.case.received_on)),
                Cell(words.SERIOUS[each.seriousness]),
                Cell(words.EXPECTED[each.expectedness]),
                Cell(words.why_said(each)),
            )
            for each in found
        ],
        empty=_("Nothing is left to do."),
    )


def _rows(found: CaseAt, where: Here) -> Iterator[SummaryRow]:
    yield SummaryRow(_("About"), words.KINDS[found.case.kind])
    received = short_day(found.case.received_on)
    yield SummaryRow(_("First received"), received)
    yield SummaryRow(_("Kept at"), moment(found.case.received_at, where.zone))
    yield SummaryRow(_("Came by"), words.SOURCES[found.case.source])
    if found.left.due_on is not None:
        yield SummaryRow(_("Due on"), short_day(found.left.due_on))
    yield SummaryRow(_("Time left"), words.days_said(found))
    yield SummaryRow(_("Because"), words.why_said(found))
    patient = found.patient
    about = f"{patient.full_name}, {patient.number}" if patient else _("Not on record")
    yield SummaryRow(_("Patient"), about)
    yield SummaryRow(_("Drug"), found.case.product or words.DASH)
    yield SummaryRow(_("Seriousness"), words.SERIOUS[found.seriousness])
    said = ", ".join(str(words.CRITERIA[each]) for each in sorted(found.criteria))
    yield SummaryRow(_("Said to be serious by"), said or words.DASH)
    yield SummaryRow(_("Expectedness"), words.EXPECTED[found.expectedness])
    if interest := of_interest(found):
        yield SummaryRow(_("Of special interest"), ", ".join(interest))
    if found.assessment is not None:
        yield from _judged(found, where)


def _judged(found: CaseAt, where: Here) -> Iterator[SummaryRow]:
    judged = found.assessment
    if judged is None:
        return
    who = names_of({judged.assessed_by}).get(judged.assessed_by, judged.assessed_by)
    terms = ", ".join(names_of_terms(found, judged.terms))
    yield SummaryRow(_("Listed reactions"), terms or words.DASH)
    yield SummaryRow(_("Judged so because"), judged.reason)
    yield SummaryRow(_("Judged by"), f"{who}, {moment(judged.assessed_at, where.zone)}")


def _told(found: CaseAt) -> Iterator[TimelineEntry]:
    """Everything that was told, in the words it was told in, the first first."""
    for each in found.information:
        question = f"{each.question.text} — " if each.question else ""
        yield TimelineEntry(
            at=each.received_at,
            what=f"{question}{each.words}" or _("Nothing but details"),
            who=words.told_by(each.told_by),
            detail=", ".join(str(words.CRITERIA[one]) for one in each.criteria),
        )


def _like(found: CaseAt, like: Sequence[CaseAt]) -> WorklistTable:
    return WorklistTable(
        caption=_("Other cases of the same patient"),
        columns=(_("Case"), _("Received"), _("What was said")),
        rows=[
            (
                Cell(
                    each.case.number,
                    reverse("safety:compare", args=[found.case.number, each.case.number]),
                    is_number=True,
                ),
                Cell(short_day(each.case.received_on)),
                Cell(each.words[:200]),
            )
            for each in like
        ],
        empty="",
    )
