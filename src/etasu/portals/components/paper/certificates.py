"""The certificate of a participant, with the address where anybody can see whether it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.platypus import Flowable, Spacer  # type: ignore[import-untyped]

from etasu.portals.components import dates
from etasu.portals.components.paper import fonts, looks
from etasu.portals.components.paper.filled import row
from etasu.portals.components.paper.flowables import Panel, PartHeading
from etasu.portals.components.paper.qr import QrCode
from etasu.portals.components.paper.sheet import Printing, Sheet, build
from etasu.portals.components.paper.words import paragraph
from etasu.programs.document_text import Run
from etasu.safe_use.program import Program

_NAME = looks.style("name", 20, leading=1.25, font=fonts.BOLD, after=3)
_FOR = looks.style("for", 11, leading=1.4, color=looks.QUIET, before=4, after=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """Who is certified, in which role, from which day through which.

    `kind` is in words; `certified_until` is the last day, None for a certification without an end.
    `code` is what somebody types on the page at the printing's address to see how it stands.
    """

    name: str
    kind: str
    number: str
    certified_from: date
    certified_until: date | None
    issued_on: date
    code: str
    representative: str = ""


def certificate_pdf(certified: Certified, program: Program, printing: Printing) -> bytes:
    """The certificate as a file of one page; `printing.address` is where it can be verified."""
    with translation.override(printing.language):
        sheet = Sheet(
            title=f"{_('Certificate')}: {certified.name}",
            program=program.name,
            subject=certified.number,
            footer=f"{certified.number}, {certified.code}",
            has_header=False,
        )
        story = list(_story(certified, program, printing))
    return build(story, sheet, printing)


def _story(certified: Certified, program: Program, printing: Printing) -> Iterator[Any]:
    yield _Band(0.09 * looks.INCH)
    yield Spacer(1, 22)
    yield paragraph((Run(program.name, bold=True),), looks.LEAD)
    yield PartHeading.of(_("Certificate"), looks.TITLE)
    yield Spacer(1, 18)
    yield paragraph(_("This is to show that"), _FOR)
    yield paragraph(certified.name, _NAME)
    said = _("is certified in the program as: %(kind)s") % {"kind": certified.kind}
    yield paragraph(said, _FOR)
    yield Spacer(1, 20)
    for label, value in _rows(certified, program):
        yield row(label, value)
    yield Spacer(1, 20)
    yield _verification(certified, printing)
    if not fonts.is_exact(certified.name + certified.representative):
        note = _("Some letters could not be printed as they are. The record has them as written.")
        yield paragraph(note, looks.SMALL)
    yield paragraph(program.notice, looks.SMALL)


def _rows(certified: Certified, program: Program) -> Iterator[tuple[str, str]]:
    yield _("Number"), certified.number
    if certified.representative:
        yield _("Authorized representative"), certified.representative
    yield _("Product"), program.product
    yield _("Certified from"), dates.day(certified.certified_from)
    until = certified.certified_until
    yield _("Certified through"), dates.day(until) if until else _("No end is set")
    yield _("Issued"), dates.day(certified.issued_on)


def _verification(certified: Certified, printing: Printing) -> Any:
    """Paper goes out of date: it says how things stood, and where to see how they stand."""
    said = _(
        "This paper says how the certification stood on the day it was issued. Whether it still "
        "holds, anybody can see on this page:"
    )
    parts = [
        paragraph((Run(_("Check this certificate"), bold=True),), looks.BODY),
        paragraph(said, looks.BODY),
        *([paragraph(printing.address, looks.ANSWER)] if printing.address else []),
        paragraph((Run(f"{_('Verification code')}: "), Run(certified.code, True)), looks.BODY),
        *([QrCode(printing.address, 1.2 * looks.INCH)] if printing.address else []),
    ]
    return Panel(parts)


class _Band(Flowable):  # type: ignore[misc]
    """The colored band at the head of the certificate."""

    def __init__(self, high: float) -> None:
        super().__init__()
        self.high = high

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """The whole width."""
        self.wide = room
        return room, self.high

    def draw(self) -> None:
        """One filled rectangle."""
        self.canv.setFillColor(looks.BLUE)
        self.canv.rect(0, 0, self.wide, self.high, stroke=0, fill=1)
