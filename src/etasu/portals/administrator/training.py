"""How people do in the program's assessments: which questions are missed, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from etasu.portals.administrator.here import Here, here
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.sending import actor
from etasu.portals.components.spreadsheet import as_csv
from etasu.portals.requests import PortalRequest
from etasu.registry.audit import actions as audit
from etasu.registry.education.statistics import question_counts, tries
from etasu.safe_use.training import Assessment


class QuestionLine(NamedTuple):
    """One wording of a question, in the order of the columns."""

    assessment: str
    topic: str
    code: str
    wording: str
    question: str
    shown: str
    missed: str
    missed_percent: str


class Told(NamedTuple):
    """One assessment: its name, how people did, and its questions."""

    assessment: Assessment
    rows: list[SummaryRow]
    table: WorklistTable


@require_safe
def training(request: PortalRequest) -> HttpResponse:
    """Every assessment of the program, the question missed most often first."""
    where = here(request)
    told = [
        Told(each, _summary(where, each), _table(where, each))
        for each in where.version.assessments.values()
    ]
    return render(request, "administrator/training.html", {"told": told})


@require_safe
def export(request: PortalRequest) -> StreamingHttpResponse:
    """All the questions as a file, with the columns and words of the page."""
    where = here(request)
    audit.record(
        "training.exported",
        subject=("program", where.asker.program),
        by=actor(request),
        at=request.at,
    )

    def rows() -> Iterator[tuple[str, ...]]:
        yield _columns()
        for each in where.version.assessments.values():
            yield from _lines(where, each)

    response = StreamingHttpResponse(as_csv(rows()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="training.csv"'
    return response


def _columns() -> tuple[str, ...]:
    return (
        _("Assessment"),
        _("Topic"),
        _("Code"),
        _("Wording"),
        _("Question"),
        _("Shown"),
        _("Missed"),
        _("Missed, percent"),
    )


def _lines(where: Here, assessment: Assessment) -> Iterator[QuestionLine]:
    texts = _texts(assessment)
    topics = {topic.code: topic.name for topic in assessment.topics}
    for each in question_counts(where.asker.program, assessment.code):
        yield QuestionLine(
            assessment.name,
            topics.get(each.topic, each.topic),
            each.item,
            str(each.version),
            texts.get((each.item, each.version), _("An earlier wording")),
            str(each.shown),
            str(each.missed),
            str(each.missed_percent),
        )


def _texts(assessment: Assessment) -> Mapping[tuple[str, int], str]:
    return {
        (item.code, item.version): item.question
        for topic in assessment.topics
        for item in topic.items
    }


def _table(where: Here, assessment: Assessment) -> WorklistTable:
    columns = _columns()
    rows = [
        [
            Cell(line.question),
            Cell(line.topic),
            Cell(line.wording),
            Cell(line.shown),
            Cell(line.missed),
            Cell(f"{line.missed_percent} %", is_number=True),
        ]
        for line in _lines(where, assessment)
    ]
    return WorklistTable(
        caption=_("Questions, the one missed most often first"),
        columns=(columns[4], columns[1], columns[3], columns[5], columns[6], _("Missed, share")),
        rows=rows,
        empty=_("Nobody has handed in answers yet."),
    )


def _summary(where: Here, assessment: Assessment) -> list[SummaryRow]:
    found = tries(where.asker.program, assessment.code)
    at_once = round(100 * found.first_time / found.passed) if found.passed else 0
    first = _("%(n)s, %(percent)s percent of those who passed")
    return [
        SummaryRow(_("People who tried"), str(found.people)),
        SummaryRow(_("Passed"), str(found.passed)),
        SummaryRow(
            _("Passed at the first try"), first % {"n": found.first_time, "percent": at_once}
        ),
        SummaryRow(_("Tries handed in"), str(found.handed_in)),
        SummaryRow(_("Tries begun and not handed in"), str(found.left_open)),
    ]
