"""Colors, measures and styles of everything on paper."""

from __future__ import annotations

from typing import Any, NamedTuple

from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import LETTER  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]

from etasu.portals.components.paper import fonts

INCH = 72.0
PAGE_WIDTH, PAGE_HEIGHT = LETTER
MARGIN = 0.85 * INCH
TOP, BOTTOM = 0.95 * INCH, 0.85 * INCH
WIDTH = PAGE_WIDTH - 2 * MARGIN
HEIGHT = PAGE_HEIGHT - TOP - BOTTOM

INK = HexColor("#1b1b1b")
BLUE = HexColor("#162e51")
QUIET = HexColor("#565c65")
HAIRLINE = HexColor("#a9aeb1")
TINT = HexColor("#f0f3f7")
STOP = HexColor("#b50909")
CARE = HexColor("#c28402")


def style(
    name: str,
    size: float,
    *,
    leading: float = 1.42,
    color: Any = INK,
    font: str = fonts.REGULAR,
    before: float = 0,
    after: float = 0,
    **more: Any,
) -> Any:
    """A style of paragraphs; `leading` counts in sizes, the rest in points."""
    return ParagraphStyle(
        name,
        fontName=font,
        fontSize=size,
        leading=size * leading,
        textColor=color,
        spaceBefore=before,
        spaceAfter=after,
        bulletFontName=font,
        bulletFontSize=size,
        spaceShrinkage=0,
        **more,
    )


BODY = style("body", 9.5, leading=1.5, after=6)
ANSWER = style("answer", 9.5, leading=1.4)
LABEL = style("label", 8.5, color=QUIET)
QUESTION = style("question", 8.5)
SMALL = style("small", 7.5, color=QUIET)
DIGEST = style("digest", 7, color=QUIET)
CELL = style("cell", 8.5, leading=1.35)
HEAD_CELL = style("head cell", 8.5, leading=1.35, font=fonts.BOLD, color=BLUE)
TITLE = style("title", 18, leading=1.2, font=fonts.BOLD, color=BLUE, after=4)
LEAD = style("lead", 10, color=QUIET, after=2)
HEADINGS = {
    2: style("heading 2", 12.5, leading=1.25, font=fonts.BOLD, color=BLUE, before=14, after=5),
    3: style("heading 3", 10.5, leading=1.3, font=fonts.BOLD, before=9, after=3),
    4: style("heading 4", 9.5, leading=1.35, font=fonts.BOLD, before=6, after=2),
}


class TextLooks(NamedTuple):
    """How the blocks of a document look; `items` are by depth of the list."""

    body: Any
    items: tuple[Any, ...]
    headings: dict[int, Any]
    question: Any
    line: float


def _item(depth: int, size: float, leading: float, after: float) -> Any:
    left = depth * size * 1.9
    return style(
        f"item {depth} {size}",
        size,
        leading=leading,
        after=after,
        leftIndent=left,
        bulletIndent=left - size * 1.5,
    )


TEXT = TextLooks(
    body=BODY,
    items=tuple(_item(depth, 9.5, 1.5, 3) for depth in (1, 2, 3)),
    headings=HEADINGS,
    question=QUESTION,
    line=20,
)


def card_text(size: float) -> TextLooks:
    """The looks of a card whose words have the size."""
    heading = style(f"card heading {size}", size * 1.15, font=fonts.BOLD, color=BLUE, after=2)
    return TextLooks(
        body=style(f"card {size}", size, leading=1.3, after=size * 0.35),
        items=tuple(_item(depth, size, 1.25, size * 0.15) for depth in (1, 2, 3)),
        headings=dict.fromkeys((2, 3, 4), heading),
        question=style(f"card question {size}", size, leading=1.2),
        line=size * 2,
    )
