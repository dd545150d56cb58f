"""A form of a program on paper, blank or filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from etasu.portals.components import dates
from etasu.portals.components.paper import fonts, looks
from etasu.portals.components.paper.answers import Answers, as_text
from etasu.portals.components.paper.blank import blank_fields
from etasu.portals.components.paper.consents import consent_blocks
from etasu.portals.components.paper.filled import filled_fields, row
from etasu.portals.components.paper.flowables import Panel, PartHeading
from etasu.portals.components.paper.sending import sending_lines
from etasu.portals.components.paper.sheet import Printing, Sheet, build
from etasu.portals.components.paper.signatures import (
    PrintedSignature,
    signature_blocks,
    signature_lines,
)
from etasu.portals.components.paper.words import paragraph
from etasu.programs.document_text import Run
from etasu.safe_use.program import FormDefinition, ProgramVersion


def form_pdf(
    definition: FormDefinition,
    version: ProgramVersion,
    *,
    answers: Mapping[str, object] | None = None,
    signatures: Sequence[PrintedSignature] = (),
    about: Sequence[tuple[str, str]] = (),
    doubts: Sequence[str] = (),
    number: str = "",
    printing: Printing | None = None,
) -> bytes:
    """The form as a file: blank when there are no answers at all, otherwise as it was filled in.

    `answers` are by question, `code` or `code.1` and so on for one that repeats. `about` are lines
    at the top, such as the patient's number, and `number` is that of the record, on every page.
    `doubts` say why the record is not as it was signed; a copy with doubts warns before anything.
    `printing.address` of a blank form is the page where it can be filled in instead.
    """
    how = printing or Printing()
    given = None if answers is None else {key: as_text(each) for key, each in answers.items()}
    with translation.override(how.language):
        story = [*_top(definition, version, about, number, how), *_doubts(doubts)]
        if given is None:
            story += _blank(definition, version, how)
        else:
            story += _filled(definition, given, signatures)
        story += _end(definition, version, [*(given or {}).values(), *_names(signatures)])
        sheet = Sheet(
            title=definition.name,
            program=version.program.name,
            subject=f"{definition.code} {version.label}",
            footer=_footer(definition, version, number),
        )
    return build(story, sheet, how)


def _top(
    definition: FormDefinition,
    version: ProgramVersion,
    about: Sequence[tuple[str, str]],
    number: str,
    printing: Printing,
) -> Iterator[Any]:
    yield PartHeading.of(definition.name, looks.TITLE)
    yield paragraph(f"{version.program.name}: {version.program.product}", looks.LEAD)
    rows = list(about)
    if number:
        rows.insert(0, (_("Number of this form"), number))
    if printing.printed_at is not None:
        rows.append((_("Printed"), dates.moment(printing.printed_at, printing.zone)))
    for label, said in rows:
        yield row(label, said)


def _doubts(doubts: Sequence[str]) -> Iterator[Any]:
    if doubts:
        said = _("This record is not as it was signed. Do not rely on it; tell the program.")
        parts = [paragraph((Run(said, bold=True),), looks.BODY)]
        yield Panel([*parts, *(paragraph(each, looks.ANSWER) for each in doubts)], looks.STOP)


def _blank(definition: FormDefinition, version: ProgramVersion, how: Printing) -> Iterator[Any]:
    said = _("Write in black ink and in capital letters. Tick a box with an X.")
    yield paragraph(said, looks.BODY)
    yield from blank_fields(definition)
    yield from consent_blocks(definition, None)
    yield from signature_lines(definition)
    yield from sending_lines(version.program, how.address)


def _filled(
    definition: FormDefinition,
    answers: Answers,
    signatures: Sequence[PrintedSignature],
) -> Iterator[Any]:
    yield from filled_fields(definition, answers)
    yield from consent_blocks(definition, answers)
    yield from signature_blocks(definition, signatures)


def _end(definition: FormDefinition, version: ProgramVersion, said: Sequence[str]) -> Iterator[Any]:
    """What the form is not, and what could not be printed exactly."""
    if not all(map(fonts.is_exact, said)):
        note = _("Some letters could not be printed as they are. The record has them as written.")
        yield Panel([paragraph(note, looks.ANSWER)], looks.CARE)
    yield paragraph(version.program.notice, looks.SMALL)
    if not definition.verified:
        text = _("The questions of this form have not been compared with the approved form yet.")
        yield paragraph(text, looks.SMALL)


def _names(signatures: Sequence[PrintedSignature]) -> list[str]:
    return [said for each in signatures for said in (each.name, each.stands_for)]


def _footer(definition: FormDefinition, version: ProgramVersion, number: str) -> str:
    said = _("%(form)s, program version %(version)s")
    text = said % {"form": definition.code, "version": version.label}
    return f"{text}, {number}" if number else text
