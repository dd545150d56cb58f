"""A patient's list of medicines on paper, to show at any visit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.platypus import Spacer  # type: ignore[import-untyped]

from etasu.portals.components import dates
from etasu.portals.components.medicines import MedicineLine
from etasu.portals.components.paper import looks
from etasu.portals.components.paper.filled import row
from etasu.portals.components.paper.flowables import PartHeading
from etasu.portals.components.paper.sheet import Printing, Sheet, build
from etasu.portals.components.paper.words import bold, paragraph
from etasu.safe_use.program import Program


def medicines_pdf(
    name: str, lines: Sequence[MedicineLine], program: Program, printing: Printing
) -> bytes:
    """The list as a file: what is taken now, then what was; why to look at a line beside it."""
    with translation.override(printing.language):
        title = _("What I take")
        sheet = Sheet(title=title, program=program.name, subject="medicines", footer=title)
        return build(list(_story(name, lines, title, printing)), sheet, printing)


def _story(
    name: str, lines: Sequence[MedicineLine], title: str, printing: Printing
) -> Iterator[Any]:
    yield PartHeading.of(title, looks.TITLE)
    yield paragraph((bold(name),), looks.LEAD)
    if printing.printed_at is not None:
        at = dates.moment(printing.printed_at, printing.zone)
        yield paragraph(_("As on record on %(moment)s.") % {"moment": at}, looks.LEAD)
    yield Spacer(1, 10)
    yield from medicine_story(lines)
    said = _("Written by the patient. Please compare it with your own records.")
    yield paragraph(said, looks.SMALL)


def medicine_story(lines: Sequence[MedicineLine]) -> Iterator[Any]:
    """The lines of a list, those in use first."""
    for heading, part in (
        (_("Now"), [each for each in lines if each.is_in_use]),
        (_("Before"), [each for each in lines if not each.is_in_use]),
    ):
        yield PartHeading.of(heading, looks.HEADINGS[2])
        for line in part:
            about = (str(line.kind), line.how_taken, line.days, *map(_flag, line.flags))
            yield row(line.name, "\n".join(each for each in about if each))
        if not part:
            yield paragraph(_("Nothing."), looks.BODY)
        yield Spacer(1, 8)


def _flag(flag: Any) -> str:
    return f"! {flag.because} {flag.says.text} {flag.until}".strip()
