"""A form with its answers: every question, what was answered, and what was not asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from etasu.portals.components.paper import looks
from etasu.portals.components.paper.answers import (
    Answers,
    Block,
    blocks,
    in_words,
    key_of,
)
from etasu.portals.components.paper.flowables import Pair, PartHeading
from etasu.portals.components.paper.words import paragraph
from etasu.safe_use.forms import CONSENT, is_asked, questions
from etasu.safe_use.program import FormDefinition, FormField


def filled_fields(definition: FormDefinition, answers: Answers) -> Iterator[Any]:
    """Every question of the form with its answer, section by section.

    Answers the form has no question for are there too, at the end: nothing on record is left out.
    """
    for section in definition.sections:
        yield PartHeading.of(section.title, looks.HEADINGS[2])
        for block in blocks(section.fields):
            if block.times > 1:
                yield from _rows(block, answers)
            else:
                yield from (_answered(field, answers) for field in block.fields)
    known = {key for key, _field, _row in questions(definition)}
    others = [key for key in answers if key not in known and not key.startswith(CONSENT)]
    if others:
        yield PartHeading.of(_("Other answers on record"), looks.HEADINGS[2])
        for key in others:
            yield row(key, answers[key])


def row(label: str, said: str) -> Any:
    """A label and what is said about it."""
    return Pair(paragraph(label, looks.LABEL), paragraph(said, looks.ANSWER))


def quiet_row(label: str, said: str) -> Any:
    """A label about which there is nothing to say."""
    return Pair(paragraph(label, looks.LABEL), paragraph(said, looks.LABEL))


def _rows(block: Block, answers: Answers) -> Iterator[Any]:
    """One part for each row that was begun, and a line for those that were not."""
    begun = [number for number in range(1, block.times + 1) if _is_begun(block, answers, number)]
    for number in begun:
        yield PartHeading.of(f"{number}.", looks.HEADINGS[3], depth=1)
        yield from (_answered(field, answers, number) for field in block.fields)
    left = block.times - len(begun)
    if left:
        if not begun:
            yield from (quiet_row(field.label, _("Not answered")) for field in block.fields)
        said = _("Rows left empty: %(count)s") % {"count": left}
        yield paragraph(said, looks.LABEL)


def _is_begun(block: Block, answers: Answers, number: int) -> bool:
    return any(answers.get(key_of(field, number)) for field in block.fields)


def _answered(field: FormField, answers: Answers, number: int | None = None) -> Any:
    answer = answers.get(key_of(field, number), "")
    if answer:
        return row(field.label, in_words(field, answer))
    is_open = is_asked(field, answers, number)
    return quiet_row(field.label, _("Not answered") if is_open else _("Not asked"))
