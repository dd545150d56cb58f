"""One file: its pages with header, footer and number, its bookmarks, and what it says of itself."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate  # type: ignore[import-untyped]

from etasu.portals.components.paper import fonts, looks

_TOTAL = "total"
_ROOM_FOR_TOTAL = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """Who prints, when and how. `address` is the page where the same can be seen today.

    `printed_at` is shown and kept in the file; without it the file says no time. `watermark` is a
    word across every page, such as TEST.
    """

    language: str = "en"
    printed_at: datetime | None = None
    zone: str = "America/New_York"
    address: str = ""
    watermark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What every page of a file says besides its story."""

    title: str
    program: str
    subject: str
    footer: str = ""
    has_header: bool = True


class _Paper(Canvas):  # type: ignore[misc]
    """A canvas that knows, once it is full, how many pages there are."""

    parts = 0

    def save(self) -> None:
        """Write the number of pages where every footer has left room for it."""
        self.beginForm(_TOTAL, 0, -3, _ROOM_FOR_TOTAL, 8)
        self.setFont(fonts.REGULAR, 7.5)
        self.setFillColor(looks.QUIET)
        self.drawString(0, 0, str(self.getPageNumber() - 1))
        self.endForm()
        super().save()


def build(story: Sequence[Any], sheet: Sheet, printing: Printing) -> bytes:
    """The file as bytes; the same arguments give the same bytes."""
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=(looks.PAGE_WIDTH, looks.PAGE_HEIGHT),
        title=fonts.legible(sheet.title),
        author=sheet.program,
        subject=sheet.subject,
        creator="Etasu",
        lang="es-US" if printing.language.startswith("es") else "en-US",
        displayDocTitle=True,
        invariant=True,
        initialFontName=fonts.REGULAR,
    )
    document.addPageTemplates(_page(sheet, printing))

    def canvas(*args: Any, **options: Any) -> _Paper:
        paper = _Paper(*args, **options)
        _say_when(paper, printing.printed_at)
        return paper

    with translation.override(printing.language):
        document.build(list(story), canvasmaker=canvas)
    return out.getvalue()


def _page(sheet: Sheet, printing: Printing) -> Any:
    frame = Frame(
        looks.MARGIN,
        looks.BOTTOM,
        looks.WIDTH,
        looks.HEIGHT,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )

    def around(canvas: Any, _document: Any) -> None:
        if sheet.has_header:
            _draw_header(canvas, sheet)
        _draw_footer(canvas, sheet)

    def over(canvas: Any, _document: Any) -> None:
        if printing.watermark:
            _draw_watermark(canvas, printing.watermark)

    return PageTemplate(frames=[frame], onPage=around, onPageEnd=over)


def _draw_header(canvas: Any, sheet: Sheet) -> None:
    top = looks.PAGE_HEIGHT - 0.62 * looks.INCH
    half = looks.WIDTH / 2 - 6
    canvas.setFillColor(looks.QUIET)
    left, right = looks.MARGIN, looks.PAGE_WIDTH - looks.MARGIN
    canvas.setFont(fonts.BOLD, 7.5)
    canvas.drawString(left, top, fitted(sheet.program, half, fonts.BOLD, 7.5))
    canvas.setFont(fonts.REGULAR, 7.5)
    canvas.drawRightString(right, top, fitted(sheet.title, half, fonts.REGULAR, 7.5))
    _draw_rule(canvas, top - 6)


def _draw_footer(canvas: Any, sheet: Sheet) -> None:
    line = 0.55 * looks.INCH
    _draw_rule(canvas, line + 12)
    canvas.setFillColor(looks.QUIET)
    canvas.setFont(fonts.REGULAR, 7.5)
    page = _("Page %(page)s of") % {"page": canvas.getPageNumber()}
    wide = fonts.width(page, fonts.REGULAR, 7.5)
    right = looks.PAGE_WIDTH - looks.MARGIN - _ROOM_FOR_TOTAL
    canvas.drawString(right - wide - 3, line, page)
    canvas.saveState()
    canvas.translate(right, line)
    canvas.doForm(_TOTAL)
    canvas.restoreState()
    room = looks.WIDTH - wide - _ROOM_FOR_TOTAL - 12
    canvas.drawString(looks.MARGIN, line, fitted(sheet.footer, room, fonts.REGULAR, 7.5))


def _draw_rule(canvas: Any, height: float) -> None:
    canvas.setStrokeColor(looks.HAIRLINE)
    canvas.setLineWidth(0.5)
    canvas.line(looks.MARGIN, height, looks.PAGE_WIDTH - looks.MARGIN, height)


def _draw_watermark(canvas: Any, word: str) -> None:
    text = fonts.legible(word)
    size = min(150.0, 480 / max(fonts.width(text, fonts.BOLD, 1), 0.1))
    canvas.saveState()
    canvas.setFillColor(looks.INK)
    canvas.setFillAlpha(0.1)
    canvas.setFont(fonts.BOLD, size)
    canvas.translate(looks.PAGE_WIDTH / 2, looks.PAGE_HEIGHT / 2)
    canvas.rotate(48)
    canvas.drawCentredString(0, -size / 3, text)
    canvas.restoreState()


def fitted(said: str, room: float, font: str, size: float) -> str:
    """The text on one line, cut with an ellipsis where there is no room for all of it."""
    text = " ".join(fonts.legible(said).split())
    if fonts.width(text, font, size) <= room:
        return text
    while text and fonts.width(f"{text}…", font, size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _say_when(canvas: Any, at: datetime | None) -> None:
    """The moment the file carries: the one given, never the computer's."""
    stamp = canvas._doc._timeStamp
    utc = (at or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC)
    stamp.YMDhms = utc.timetuple()[:6]
    stamp.dhh = stamp.dmm = 0
