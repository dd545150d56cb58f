"""A document of a program as a leaflet, or as a card to cut out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.platypus import KeepTogether, Spacer  # type: ignore[import-untyped]

from etasu.portals.components import dates
from etasu.portals.components.paper import looks
from etasu.portals.components.paper.cards import Card, folding_steps
from etasu.portals.components.paper.flowables import PartHeading
from etasu.portals.components.paper.qr import QrCode
from etasu.portals.components.paper.sheet import Printing, Sheet, build
from etasu.portals.components.paper.text_blocks import text_story
from etasu.portals.components.paper.words import paragraph
from etasu.portals.components.words import role_label
from etasu.programs.document_files import Document
from etasu.safe_use.program import Program


def material_pdf(document: Document, program: Program, printing: Printing | None = None) -> bytes:
    """The document as a file, in its own language whatever the printing's is.

    A document that `is_card` becomes a strip of panels to cut out and fold. `printing.address` is
    the page where the newest wording is.
    """
    how = replace(printing or Printing(), language=document.language)
    with translation.override(how.language):
        if document.is_card:
            beside = [*_top(document), *folding_steps(), *_end(document, how)]
            story: list[Any] = [Card(document.blocks, beside, how.address)]
        else:
            end = KeepTogether(list(_end(document, how)))
            story = [*_top(document), *text_story(document.blocks), end]
        said = _("%(document)s, wording of %(day)s")
        words = {"document": document.code, "day": document.edition.isoformat()}
        sheet = Sheet(
            title=document.title,
            program=program.name,
            subject=f"{document.code} {document.edition.isoformat()}",
            footer=said % words,
        )
    return build(story, sheet, how)


def _top(document: Document) -> Iterator[Any]:
    yield PartHeading.of(document.title, looks.TITLE)
    readers = ", ".join(map(_reader, document.audience))
    yield paragraph(_("For: %(readers)s") % {"readers": readers}, looks.LEAD)
    day = dates.day(document.edition)
    yield paragraph(_("Wording of %(day)s") % {"day": day}, looks.LEAD)
    yield Spacer(1, 10)


def _reader(audience: str) -> str:
    return _("Everybody") if audience == "public" else role_label(audience)


def _end(document: Document, printing: Printing) -> Iterator[Any]:
    """What the text is not, where it comes from, and where the newest wording is."""
    yield Spacer(1, 8)
    if printing.address:
        if not document.is_card:
            yield QrCode(printing.address, 0.85 * looks.INCH)
            yield Spacer(1, 6)
        said = _("The newest wording is here: %(address)s") % {"address": printing.address}
        yield paragraph(said, looks.SMALL)
    yield paragraph(document.notice, looks.SMALL)
    if not document.verified:
        yield paragraph(unconfirmed(), looks.SMALL)


def unconfirmed() -> str:
    """What a document says of itself until somebody has compared it with the approved one."""
    return _("This wording has not been compared with the approved document yet.")
