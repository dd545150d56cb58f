"""A card for the wallet: a strip of panels to cut out and fold, with what to do beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from reportlab.platypus import Flowable, Spacer  # type: ignore[import-untyped]

from etasu.portals.components.paper import looks
from etasu.portals.components.paper.qr import QrCode
from etasu.portals.components.paper.text_blocks import text_story
from etasu.portals.components.paper.words import paragraph
from etasu.programs.document_text import Block, Blocks, Divider, Run

PANEL_WIDTH, PANEL_HEIGHT = 3.375 * looks.INCH, 2.125 * looks.INCH  # that of a bank card
_SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5)
_PAD = 8.0
_GUTTER = 26.0
_PANEL_ROOM = PANEL_HEIGHT - 2 * _PAD + 2
_CODE = 0.62 * looks.INCH


class Card(Flowable):  # type: ignore[misc]
    """The strip at the left and the parts of `side` at the right, on one page."""

    def __init__(self, blocks: Blocks, side: Sequence[Any], address: str) -> None:
        super().__init__()
        self.panels = panels(blocks)
        self.side = list(side)
        self.code = QrCode(address, _CODE) if address else None

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """As high as the panels, or as what stands beside them."""
        rooms = [_PANEL_ROOM] * len(self.panels)
        if self.code is not None:
            rooms[-1] -= _CODE
        self.sized = [_fitting(*each) for each in zip(self.panels, rooms, strict=True)]
        self.right = room - PANEL_WIDTH - _GUTTER
        self.heights = [_height(part, self.right, height) for part in self.side]
        self.high = max(PANEL_HEIGHT * len(self.panels), sum(self.heights))
        return room, self.high

    def draw(self) -> None:
        """Panels from the top, with lines to cut and dashes to fold along."""
        for number, parts in enumerate(self.sized):
            top = self.high - number * PANEL_HEIGHT
            _draw_down(self.canv, parts, _PAD, top - _PAD, PANEL_WIDTH - 2 * _PAD)
        _draw_down(self.canv, self.side, PANEL_WIDTH + _GUTTER, self.high, self.right)
        if self.code is not None:
            foot = self.high - PANEL_HEIGHT * len(self.panels)
            self.code.wrap(_CODE, _CODE)
            self.code.drawOn(self.canv, PANEL_WIDTH - _PAD - _CODE, foot + _PAD)
        self._draw_marks()

    def _draw_marks(self) -> None:
        canvas = self.canv
        count = len(self.panels)
        foot = self.high - count * PANEL_HEIGHT
        canvas.saveState()
        canvas.setStrokeColor(looks.INK)
        canvas.setLineWidth(0.6)
        canvas.rect(0, foot, PANEL_WIDTH, count * PANEL_HEIGHT)
        canvas.setDash(4, 3)
        canvas.setStrokeColor(looks.QUIET)
        for number in range(1, count):
            height = foot + number * PANEL_HEIGHT
            canvas.line(-9, height, PANEL_WIDTH + 9, height)
        canvas.restoreState()


def panels(blocks: Blocks) -> list[list[Block]]:
    """The blocks of each panel: a rule in the text begins the next one."""
    found: list[list[Block]] = [[]]
    for block in blocks:
        if isinstance(block, Divider):
            found.append([])
        else:
            found[-1].append(block)
    return found


def folding_steps() -> list[Any]:
    """How to make the card out of the sheet."""
    steps = (
        _("Write your details on the card."),
        _("Cut it out along the line around it."),
        _("Fold it on the dashed lines, back and forth like a fan."),
        _("Keep it in your wallet, always."),
    )
    style = looks.TEXT.items[0]
    return [
        paragraph((Run(_("How to make the card"), bold=True),), looks.BODY),
        *(paragraph(step, style, bullet=f"{number}.") for number, step in enumerate(steps, 1)),
        Spacer(1, 8),
    ]


def _fitting(panel: Sequence[Block], height: float) -> list[Any]:
    """The parts of a panel in the largest letters that have room."""
    room = PANEL_WIDTH - 2 * _PAD
    for size in _SIZES:
        parts = list(text_story(panel, looks.card_text(size)))
        if sum(_height(part, room, height) for part in parts) <= height:
            return parts
    return parts


def _height(part: Any, room: float, height: float) -> float:
    return float(part.wrap(room, height)[1] + part.getSpaceAfter())


def _draw_down(canvas: Any, parts: Sequence[Any], left: float, top: float, room: float) -> None:
    for part in parts:
        _w, high = part.wrap(room, looks.HEIGHT)
        part.drawOn(canvas, left, top - high)
        top -= high + part.getSpaceAfter()
