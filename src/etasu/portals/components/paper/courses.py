"""The summary of a course on paper, for the prescriber's own record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.platypus import Spacer  # type: ignore[import-untyped]

from etasu.portals.components import dates
from etasu.portals.components.course_summary import CourseSummary
from etasu.portals.components.paper import looks
from etasu.portals.components.paper.filled import row
from etasu.portals.components.paper.flowables import PartHeading
from etasu.portals.components.paper.sheet import Printing, Sheet, build
from etasu.portals.components.paper.words import paragraph
from etasu.programs.document_text import Run
from etasu.safe_use.program import Program


def course_pdf(summary: CourseSummary, patient: Any, program: Program, printing: Printing) -> bytes:
    """The summary as a file; `patient` is whose course it is, named on the paper only."""
    with translation.override(printing.language):
        title = _("Summary of course %(course)s") % {"course": summary.course}
        sheet = Sheet(
            title=title, program=program.name, subject=patient.number, footer=patient.number
        )
        story = list(_story(summary, patient, title, program, printing))
    return build(story, sheet, printing)


def _story(
    summary: CourseSummary, patient: Any, title: str, program: Program, printing: Printing
) -> Iterator[Any]:
    yield paragraph((Run(program.name, bold=True),), looks.LEAD)
    yield PartHeading.of(title, looks.TITLE)
    yield row(_("Patient"), patient.full_name)
    yield row(_("Patient number"), patient.number)
    if patient.birth_date:
        yield row(_("Born"), dates.day(patient.birth_date))
    for each in summary.rows:
        yield row(str(each.label), str(each.value))
    for day in summary.days:
        yield Spacer(1, 8)
        yield PartHeading.of(day.title, looks.HEADINGS[2])
        for clock, said in day.lines:
            yield row(clock, said)
    yield Spacer(1, 12)
    if printing.printed_at is not None:
        at = dates.moment(printing.printed_at, printing.zone)
        yield paragraph(_("As on record on %(moment)s.") % {"moment": at}, looks.SMALL)
    yield paragraph(program.notice, looks.SMALL)
