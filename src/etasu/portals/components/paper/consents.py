"""Consents offered with a form: each in full, with the answer or the boxes for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from etasu.portals.components.paper import looks
from etasu.portals.components.paper.filled import row
from etasu.portals.components.paper.flowables import PartHeading
from etasu.portals.components.paper.words import paragraph
from etasu.portals.components.paper.writing import Boxes
from etasu.programs.document_text import Run
from etasu.safe_use.forms import CONSENT
from etasu.safe_use.program import FormDefinition


def consent_blocks(definition: FormDefinition, answers: Mapping[str, str] | None) -> Iterator[Any]:
    """Each consent with its text; boxes to tick when there are no answers at all."""
    if not definition.offered:
        return
    yield PartHeading.of(_("Consents"), looks.HEADINGS[2])
    for consent in definition.offered:
        yield PartHeading.of(consent.name, looks.HEADINGS[3], depth=1)
        yield paragraph(consent.text, looks.BODY)
        yield _line(_("It ends:"), consent.ends)
        yield _line(_("Taking it back:"), consent.revocation)
        if consent.needed:
            yield paragraph(_("The form is not complete without this."), looks.CELL)
        day = {"day": consent.text_version}
        yield paragraph(_("Wording of %(day)s") % day, looks.SMALL)
        if answers is None:
            yield Boxes([_("Yes"), _("No")])
        else:
            given = answers.get(f"{CONSENT}{consent.code}", "")
            words = {"yes": _("Yes"), "no": _("No")}.get(given, given or _("Not answered"))
            yield row(consent.name, words)


def _line(label: str, said: str) -> Any:
    return paragraph((Run(f"{label} ", bold=True), Run(said)), looks.CELL)
