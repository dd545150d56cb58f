"""An order for laboratory tests on paper: who orders what for whom, and nothing else of them.

The paper names no drug and no illness. It never says more than what is on record: an order that a
prescriber gave says so, and anything else has a line to be signed by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.platypus import Spacer  # type: ignore[import-untyped]

from etasu.portals.components import dates
from etasu.portals.components.paper import looks
from etasu.portals.components.paper.filled import row
from etasu.portals.components.paper.flowables import Beside, PartHeading
from etasu.portals.components.paper.sheet import Printing, Sheet, build
from etasu.portals.components.paper.signatures import captioned, dated
from etasu.portals.components.paper.words import paragraph
from etasu.portals.components.paper.writing import Lines
from etasu.programs.document_text import Run
from etasu.safe_use.program import ProgramVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What an order says. Without `ordered_at` nobody ordered yet, and somebody has to sign."""

    patient: str
    number: str
    birth_date: date | None
    telephone: str
    prescriber: str
    npi: str
    tests: Sequence[tuple[str, str]]
    order: str = ""
    ordered_at: datetime | None = None
    through: date | None = None
    is_standing: bool = False

    @classmethod
    def to_sign(
        cls, patient: Any, prescriber: Any, tests: Sequence[str], version: ProgramVersion
    ) -> Ordered:
        """An order for these tests that the prescriber signs by hand."""
        return cls(
            patient=patient.full_name,
            number=patient.number,
            birth_date=patient.birth_date,
            telephone=patient.telephone,
            prescriber=prescriber.name,
            npi=prescriber.npi,
            tests=list(_coded(tests, version)),
        )

    @classmethod
    def on_record(
        cls, order: Any, patient: Any, due: Sequence[str], version: ProgramVersion
    ) -> Ordered:
        """The order on record, for those of its tests that are due; all of them when none is."""
        tests = [each for each in order.tests if each in due] or order.tests
        return cls(
            patient=patient.full_name,
            number=patient.number,
            birth_date=patient.birth_date,
            telephone=patient.telephone,
            prescriber=order.prescriber.name,
            npi=order.prescriber.npi,
            tests=list(_coded(tests, version)),
            order=order.number,
            ordered_at=order.ordered_at,
            through=order.through,
            is_standing=order.is_standing,
        )


def lab_order_pdf(ordered: Ordered, printing: Printing) -> bytes:
    """The order as a file."""
    with translation.override(printing.language):
        sheet = Sheet(
            title=_("Order for laboratory tests"),
            program=str(settings.ETASU_SITE_NAME),
            subject=ordered.number,
            footer=ordered.order or ordered.number,
        )
        story = list(_story(ordered, sheet.title, printing))
    return build(story, sheet, printing)


def _story(ordered: Ordered, title: str, printing: Printing) -> Iterator[Any]:
    yield PartHeading.of(title, looks.TITLE)
    yield PartHeading.of(_("Patient"), looks.HEADINGS[2])
    yield row(_("Name"), ordered.patient)
    if ordered.birth_date:
        yield row(_("Born"), dates.day(ordered.birth_date))
    yield row(_("Patient number"), ordered.number)
    if ordered.telephone:
        yield row(_("Telephone"), ordered.telephone)
    yield PartHeading.of(_("Tests"), looks.HEADINGS[2])
    for name, codes in ordered.tests:
        yield row(name, f"LOINC {codes}" if codes else "–")
    yield row(_("Who pays"), _("The lab program. Do not bill the patient for the analysis."))
    yield PartHeading.of(_("Ordered by"), looks.HEADINGS[2])
    yield row(_("Prescriber"), ordered.prescriber)
    if ordered.npi:
        yield row("NPI", ordered.npi)
    yield from _on_record(ordered, printing) if ordered.ordered_at else _to_sign()


def _on_record(ordered: Ordered, printing: Printing) -> Iterator[Any]:
    yield row(_("Order number"), ordered.order)
    yield row(_("Ordered electronically"), dates.moment(ordered.ordered_at, printing.zone))
    kind = _("A standing order, for each time the tests are due") if ordered.is_standing else ""
    yield row(_("Good through"), " · ".join(filter(None, (dates.day(ordered.through), kind))))
    yield Spacer(1, 12)
    said = _("The order is on record under this number. No signature by hand is needed with it.")
    yield paragraph(said, looks.SMALL)


def _to_sign() -> Iterator[Any]:
    yield Spacer(1, 10)
    said = _("This is no order before the prescriber has signed it.")
    yield paragraph((Run(said, bold=True),), looks.BODY)
    yield Beside(captioned(Lines(1, 30), _("Signature")), dated())


def _coded(tests: Sequence[str], version: ProgramVersion) -> Iterator[tuple[str, str]]:
    """Each test with the codes it is ordered by: its own, or those of its parts."""
    for code in tests:
        test = version.tests[code]
        ordered = [test] if test.loinc else [version.tests[each] for each in test.needs]
        yield test.name, ", ".join(each.loinc[0] for each in ordered if each.loinc)
