"""Signatures on paper: lines to sign on, and what is on record of those that were given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _
from reportlab.platypus import Spacer  # type: ignore[import-untyped]

from etasu.portals.components import dates
from etasu.portals.components.paper import looks
from etasu.portals.components.paper.flowables import Beside, Panel, PartHeading, Stack
from etasu.portals.components.paper.words import paragraph
from etasu.portals.components.paper.writing import Comb, Lines
from etasu.portals.components.words import role_label
from etasu.programs.document_text import Run
from etasu.safe_use.program import FormDefinition, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedSignature:
    """A signature as the law wants it shown.

    `role` and `method` are in words. `digest` is the SHA-256 of the text that was signed, and
    `is_valid` whether that text is still the one on record; None when nobody has looked.
    `stands_for` says for whom a representative signed. `paper_on` is the day on a paper that was
    written down later, at `signed_at`.
    """

    name: str
    role: str
    meaning: str
    signed_at: datetime
    zone: str
    method: str
    digest: str
    is_valid: bool | None
    stands_for: str = ""
    paper_on: date | None = None


def signature_lines(definition: FormDefinition) -> Iterator[Any]:
    """What each signer signs on, in the order in which they sign."""
    yield PartHeading.of(_("Signatures"), looks.HEADINGS[2])
    for signer in definition.signers:
        yield _lines(signer)


def _lines(signer: Signer) -> Any:
    parts = [
        paragraph((Run(role_label(signer.role), bold=True),), looks.QUESTION),
        paragraph(signer.meaning, looks.ANSWER),
        Beside(captioned(Lines(1, 30), _("Signature")), dated()),
        captioned(Lines(1, 24), _("Full name in capital letters")),
    ]
    if signer.in_place is not None:
        said = f"{signer.in_place.who}: {signer.in_place.meaning}"
        caption = _("Name and relationship of whoever signs in the signer's place")
        parts += [paragraph(said, looks.SMALL), captioned(Lines(1, 24), caption)]
    return Panel([Stack([part], after=3) for part in parts])


def captioned(line: Any, caption: str) -> Any:
    """A line to write on, and what it is for below it."""
    return Stack([line, Spacer(1, 2), paragraph(caption, looks.SMALL)], after=2)


def dated() -> Any:
    """Boxes for a date written by hand."""
    comb = Comb([(2, _("Month")), (2, _("Day")), (4, _("Year"))])
    return Stack([paragraph(_("Date"), looks.SMALL), comb], after=2)


def signature_blocks(
    definition: FormDefinition, signatures: Sequence[PrintedSignature]
) -> Iterator[Any]:
    """Every signature with its manifest, then how many are still missing."""
    yield PartHeading.of(_("Signatures"), looks.HEADINGS[2])
    for signature in signatures:
        yield _block(signature)
    missing = len(definition.signers) - len(signatures)
    if missing > 0:
        roles = ", ".join(role_label(each.role) for each in definition.signers)
        said = _("Signatures still missing: %(count)s. The form is signed by: %(roles)s.")
        text = said % {"count": missing, "roles": roles}
        yield Panel([paragraph(text, looks.ANSWER)], looks.CARE)


def _block(signature: PrintedSignature) -> Any:
    utc = signature.signed_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    local = dates.moment(signature.signed_at, signature.zone)
    lines = [
        paragraph((Run(signature.name, bold=True), Run(f", {signature.role}")), looks.BODY),
        *([paragraph(signature.stands_for, looks.ANSWER)] if signature.stands_for else []),
        *_days(signature.paper_on, f"{local} ({utc})"),
        _line(_("Meaning:"), signature.meaning),
        _line(_("How:"), signature.method),
        _line(_("SHA-256 of the text signed:"), signature.digest),
        _line(_("Checked:"), _verdict(signature.is_valid)),
    ]
    return Panel(lines, looks.STOP if signature.is_valid is False else looks.BLUE)


def _days(paper_on: date | None, moment: str) -> list[Any]:
    if paper_on is None:
        return [_line(_("Signed:"), moment)]
    on_paper = _line(_("Signed on paper:"), dates.day(paper_on))
    return [on_paper, _line(_("Written down here:"), moment)]


def _line(label: str, said: str) -> Any:
    return paragraph((Run(f"{label} ", bold=True), Run(said)), looks.CELL)


def _verdict(is_valid: bool | None) -> str:
    if is_valid is None:
        return _("Not checked when this copy was printed.")
    if is_valid:
        return _("Valid. The text on record is the text that was signed.")
    return _("NOT VALID. The text on record is not the text that was signed.")
