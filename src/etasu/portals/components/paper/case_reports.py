"""An individual case report on paper: the sections safety databases ask for, in our own layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from reportlab.platypus import Spacer  # type: ignore[import-untyped]

from etasu.portals.components import dates
from etasu.portals.components.paper import looks
from etasu.portals.components.paper.filled import row
from etasu.portals.components.paper.flowables import PartHeading
from etasu.portals.components.paper.sheet import Printing, Sheet, build
from etasu.portals.components.paper.words import paragraph
from etasu.programs.document_text import Run
from etasu.safe_use.program import Program

# A letter for each section, as on FDA form 3500A, so that whoever knows that one finds their way.
HEADINGS: Mapping[str, str | Promise] = {
    "patient": gettext_lazy("A. The patient"),
    "event": gettext_lazy("B. The event"),
    "product": gettext_lazy("C and D. The drug, and other medicines"),
    "reporter": gettext_lazy("E. Who reports"),
    "facility": gettext_lazy("F. Where it was given"),
    "sponsor": gettext_lazy("G. The sponsor, and this report"),
}
LABELS: Mapping[str, str | Promise] = {
    "patient_number": gettext_lazy("Patient number"),
    "patient_initials": gettext_lazy("Initials"),
    "birth_date": gettext_lazy("Birth date"),
    "age": gettext_lazy("Age in years"),
    "sex": gettext_lazy("Sex"),
    "weight": gettext_lazy("Weight in kg"),
    "history": gettext_lazy("Medical history"),
    "kind": gettext_lazy("About"),
    "criteria": gettext_lazy("Serious by"),
    "began_on": gettext_lazy("Began on"),
    "ended_on": gettext_lazy("Ended on"),
    "outcome": gettext_lazy("How it stands now"),
    "told": gettext_lazy("As it was told"),
    "tests": gettext_lazy("Tests"),
    "pregnancy_due": gettext_lazy("Due date of the pregnancy"),
    "product": gettext_lazy("Drug"),
    "dose": gettext_lazy("Dose"),
    "first_given_on": gettext_lazy("First given on"),
    "last_given_on": gettext_lazy("Last given on"),
    "courses": gettext_lazy("Courses"),
    "lot": gettext_lazy("Lot number"),
    "reason_for_use": gettext_lazy("Given for"),
    "after_stopping": gettext_lazy("After the drug was stopped"),
    "after_restarting": gettext_lazy("After it was given again"),
    "other_medicines": gettext_lazy("Other medicines"),
    "reporters": gettext_lazy("Told by"),
    "reporter_name": gettext_lazy("Name"),
    "reporter_contact": gettext_lazy("How to reach them"),
    "facility": gettext_lazy("Facility"),
    "facility_place": gettext_lazy("City and state"),
    "case": gettext_lazy("Case number"),
    "duplicates": gettext_lazy("Duplicates"),
    "sponsor": gettext_lazy("Sponsor"),
    "rems_number": gettext_lazy("REMS number"),
    "program": gettext_lazy("Program"),
    "program_version": gettext_lazy("Program version"),
    "hand_over": gettext_lazy("Handed over as"),
    "report_type": gettext_lazy("Initial or follow-up"),
    "first_received_on": gettext_lazy("First received on"),
    "last_received_on": gettext_lazy("Last received on"),
    "due_on": gettext_lazy("Due on"),
    "seriousness": gettext_lazy("Seriousness"),
    "expectedness": gettext_lazy("Expectedness"),
    "terms": gettext_lazy("Listed reactions"),
    "of_interest": gettext_lazy("Events of special interest"),
    "reason": gettext_lazy("Judged so because"),
    "missing": gettext_lazy("Missing for a valid case"),
    "made_at": gettext_lazy("Made at"),
}


def case_pdf(
    record: Mapping[str, str],
    sections: Mapping[str, tuple[str, ...]],
    program: Program,
    printing: Printing,
) -> bytes:
    """The report as a file; what is not known is said to be so."""
    with translation.override(printing.language):
        title = _("Individual case report %(case)s") % {"case": record["case"]}
        sheet = Sheet(
            title=title, program=program.name, subject=record["case"], footer=record["case"]
        )
        story = list(_story(record, sections, title, program, printing))
    return build(story, sheet, printing)


def _story(
    record: Mapping[str, str],
    sections: Mapping[str, tuple[str, ...]],
    title: str,
    program: Program,
    printing: Printing,
) -> Iterator[Any]:
    yield paragraph((Run(program.name, bold=True),), looks.LEAD)
    yield PartHeading.of(title, looks.TITLE)
    for section, heading in HEADINGS.items():
        yield PartHeading.of(str(heading), looks.HEADINGS[2])
        for name in sections[section]:
            said = record.get(name, "") or _("not known")
            yield row(str(LABELS[name]), said.replace("_", " ") if name in _CODES else said)
        yield Spacer(1, 8)
    if printing.printed_at is not None:
        at = dates.moment(printing.printed_at, printing.zone)
        yield paragraph(_("As on record on %(moment)s.") % {"moment": at}, looks.SMALL)
    yield paragraph(program.notice, looks.SMALL)


# Fields that hold codes, which read as words.
_CODES = frozenset({"kind", "criteria", "seriousness", "expectedness", "reporters", "missing"})
