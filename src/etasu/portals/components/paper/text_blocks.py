"""The blocks of a document as parts of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reportlab.platypus import (  # type: ignore[import-untyped]
    HRFlowable,
    KeepTogether,
    Spacer,
    Table,
    TableStyle,
)

from etasu.portals.components.paper import fonts, looks
from etasu.portals.components.paper.callouts import callout_label
from etasu.portals.components.paper.flowables import Panel, PartHeading
from etasu.portals.components.paper.words import paragraph
from etasu.portals.components.paper.writing import LabeledLine
from etasu.programs.document_text import (
    Block,
    Callout,
    CalloutKind,
    Grid,
    Heading,
    Listing,
    Paragraph,
    Run,
    Runs,
    WriteLine,
    plain_text,
)

_KEPT_TOGETHER = 8  # a table with more rows may go on on the next page
_BARS = {
    CalloutKind.NOTE: looks.BLUE,
    CalloutKind.IMPORTANT: looks.CARE,
    CalloutKind.WARNING: looks.STOP,
}


def text_story(blocks: Iterable[Block], text: looks.TextLooks = looks.TEXT) -> Iterator[Any]:
    """The blocks in order."""
    in_order = list(blocks)
    for block, following in zip(in_order, [*in_order[1:], None], strict=True):
        for part in _parts(block, text):
            if isinstance(block, Paragraph) and isinstance(following, Listing):
                part.keepWithNext = 1
            yield part


def _parts(block: Block, text: looks.TextLooks) -> Iterator[Any]:
    if isinstance(block, Heading):
        yield PartHeading.of(block.runs, text.headings[block.level], block.level - 2)
    elif isinstance(block, Paragraph):
        yield paragraph(block.runs, text.body)
    elif isinstance(block, Listing):
        yield from _listing(block, text)
    elif isinstance(block, Grid):
        yield _grid(block)
    elif isinstance(block, Callout):
        yield _callout(block, text)
    elif isinstance(block, WriteLine):
        yield LabeledLine(paragraph(block.runs, text.question), plain_text(block.runs), text.line)
    else:
        yield HRFlowable(width="100%", thickness=0.5, color=looks.HAIRLINE, spaceAfter=8)


def _listing(listing: Listing, text: looks.TextLooks, depth: int = 1) -> Iterator[Any]:
    style = text.items[min(depth, len(text.items)) - 1]
    for number, item in enumerate(listing.items, 1):
        mark: str | None = f"{number}." if listing.is_counted else "•"
        for block in item:
            if isinstance(block, Listing):
                yield from _listing(block, text, depth + 1)
            elif isinstance(block, Paragraph):
                yield paragraph(block.runs, style, bullet=mark)
                mark = None
            else:
                yield from _parts(block, text)
    if depth == 1:
        yield Spacer(1, text.body.spaceAfter / 2)


def _callout(callout: Callout, text: looks.TextLooks) -> Any:
    opening = paragraph((Run(callout_label(callout.kind), bold=True),), text.body)
    return Panel([opening, *text_story(callout.blocks, text)], _BARS[callout.kind])


def _grid(grid: Grid) -> Any:
    head = [paragraph(cell, looks.HEAD_CELL) for cell in grid.head]
    rows = [[paragraph(cell, looks.CELL) for cell in row] for row in grid.rows]
    table = Table(
        [head, *rows],
        colWidths=_widths([grid.head, *grid.rows]),
        repeatRows=1,
        splitInRow=1,
        spaceBefore=4,
        spaceAfter=10,
    )
    table.setStyle(_GRID)
    return KeepTogether([table]) if len(rows) <= _KEPT_TOGETHER else table


def _widths(rows: Sequence[Sequence[Runs]]) -> list[float]:
    """Columns as wide as their words ask for, none below a sixth of the widest."""
    longest = [max(len(plain_text(cell)) for cell in column) for column in zip(*rows, strict=True)]
    wanted = [max(length, max(longest) / 6, 10) ** 0.5 for length in longest]
    return [looks.WIDTH * each / sum(wanted) for each in wanted]


_GRID = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), fonts.REGULAR, 8.5),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, looks.HAIRLINE),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, looks.BLUE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
)
