"""A form to fill in by hand: each question with what its answer is written in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from reportlab.platypus import Spacer, Table, TableStyle  # type: ignore[import-untyped]

from etasu.portals.components.paper import fonts, looks
from etasu.portals.components.paper.answers import Block, blocks, condition, options
from etasu.portals.components.paper.flowables import Beside, PartHeading, Stack
from etasu.portals.components.paper.words import paragraph
from etasu.portals.components.paper.writing import Boxes, Comb, Lines
from etasu.programs.document_text import Run
from etasu.safe_use.program import FieldType, FormDefinition, FormField

_IN_FULL_WIDTH = {FieldType.LONG_TEXT, FieldType.ADDRESS, FieldType.CHECKBOX}
_LONGEST_HALF = 230.0  # how wide a question in half of the page may be, in points
_MOST_COLUMNS = 5
_DIGITS = {FieldType.NPI: 10, FieldType.NCPDP: 7, FieldType.DEA: 9, FieldType.STATE: 2}
_ROOM_TO_WRITE = {FieldType.LONG_TEXT: 54.0}


def blank_fields(definition: FormDefinition) -> Iterator[Any]:
    """Every question of the form, section by section."""
    for section in definition.sections:
        yield PartHeading.of(section.title, looks.HEADINGS[2])
        for block in blocks(section.fields):
            if block.times > 1:
                yield from _rows(block, definition)
            else:
                yield from _in_pairs(block.fields, definition)


def _in_pairs(fields: Sequence[FormField], definition: FormDefinition) -> Iterator[Any]:
    """Short questions two by two, the others over the whole width."""
    waiting: Any = None
    for field in fields:
        asked = _asked(field, definition)
        if not _is_short(field):
            if waiting is not None:
                yield Beside(waiting, Stack([]))
                waiting = None
            yield asked
        elif waiting is None:
            waiting = asked
        else:
            yield Beside(waiting, asked)
            waiting = None
    if waiting is not None:
        yield Beside(waiting, Stack([]))


def _is_short(field: FormField) -> bool:
    if field.type in _IN_FULL_WIDTH:
        return False
    words = [field.label, "   ".join(options(field)) + 12 * " "]
    return all(fonts.width(each, fonts.REGULAR, 8.5) <= _LONGEST_HALF for each in words)


def _asked(field: FormField, definition: FormDefinition) -> Any:
    if field.type is FieldType.CHECKBOX:
        return Stack([Boxes([field.label]), *_notes(field, definition)], after=4)
    runs = [Run(field.label, bold=True)]
    if not field.required:
        runs.append(Run(f" {_('(optional)')}"))
    question = paragraph(tuple(runs), looks.QUESTION)
    return Stack([question, *_notes(field, definition), *_place(field)])


def _notes(field: FormField, definition: FormDefinition) -> list[Any]:
    said = [field.help or "", condition(field, definition)]
    return [paragraph(each, looks.SMALL) for each in said if each]


def _place(field: FormField) -> list[Any]:
    """Where the answer is written."""
    if field.type in (FieldType.YES_NO, FieldType.CHOICE):
        return [Boxes(options(field))]
    if field.type is FieldType.DATE:
        return [Comb([(2, _("Month")), (2, _("Day")), (4, _("Year"))])]
    if field.type is FieldType.TIME:
        return [Comb([(2, _("Hour")), (2, _("Minute"))]), Boxes(["AM", "PM"])]
    if field.type is FieldType.ZIP:
        return [Comb([(5, ""), (4, "")])]
    if field.type in _DIGITS:
        return [Comb([(_DIGITS[field.type], "")])]
    return [Lines({FieldType.LONG_TEXT: 4}.get(field.type, 1))]


def _rows(block: Block, definition: FormDefinition) -> Iterator[Any]:
    """Questions asked again and again, as a table with a column for each time."""
    for first in range(1, block.times + 1, _MOST_COLUMNS):
        last = min(first + _MOST_COLUMNS - 1, block.times)
        yield _table(block, definition, range(first, last + 1))


def _table(block: Block, definition: FormDefinition, times: range) -> Any:
    head = ["", *(paragraph(f"{number}.", looks.HEAD_CELL) for number in times)]
    body = [
        [[_row_label(field), *_notes(field, definition)], *(_cell(field) for _time in times)]
        for field in block.fields
    ]
    label = 0.27 * looks.WIDTH
    table = Table(
        [head, *body],
        colWidths=[label, *([(looks.WIDTH - label) / len(times)] * len(times))],
        repeatRows=1,
        spaceAfter=8,
    )
    table.setStyle(_GRID)
    return table


def _row_label(field: FormField) -> Any:
    return paragraph(field.label, looks.CELL)


def _cell(field: FormField) -> Any:
    if field.type is FieldType.CHECKBOX:
        return Boxes([""])
    boxes = [Boxes([option], looks.SMALL) for option in options(field)]
    return boxes or Spacer(1, _ROOM_TO_WRITE.get(field.type, 19.0))


_GRID = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), fonts.REGULAR, 8.5),
        ("GRID", (0, 0), (-1, -1), 0.5, looks.HAIRLINE),
        ("BACKGROUND", (0, 0), (-1, 0), looks.TINT),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)
