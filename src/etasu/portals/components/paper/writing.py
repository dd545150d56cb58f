"""What is filled in by hand: boxes to tick, lines to write on, a box for each digit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.platypus import Flowable  # type: ignore[import-untyped]

from etasu.portals.components.paper import fonts, looks
from etasu.portals.components.paper.words import paragraph

_BOX = 8.5
_GAP = 5.0


class Boxes(Flowable):  # type: ignore[misc]
    """Boxes to tick, each with its words; several on a line where there is room."""

    def __init__(self, options: Sequence[str], style: Any = looks.QUESTION) -> None:
        super().__init__()
        self.options = [paragraph(option, style) for option in options]
        self.widths = [
            max(fonts.width(line, style.fontName, style.fontSize) for line in text.split("\n"))
            for text in map(fonts.legible, options)
        ]
        self.leading = style.leading

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """Place the boxes from left to right, then on the next line."""
        self.places: list[tuple[float, float, Any]] = []
        left, line, line_height = 0.0, 3.0, 0.0
        for option, wide in zip(self.options, self.widths, strict=True):
            need = min(wide + 1, room - _BOX - _GAP)
            if left and left + _BOX + _GAP + need > room:
                left, line, line_height = 0.0, line + line_height + 3, 0.0
            _w, high = option.wrap(need, height)
            self.places.append((left, line + high, option))
            left += _BOX + _GAP + need + 14
            line_height = max(line_height, high)
        self.high = line + line_height
        return room, self.high

    def draw(self) -> None:
        """The boxes and their words."""
        self.canv.setStrokeColor(looks.INK)
        self.canv.setLineWidth(0.7)
        for left, bottom, option in self.places:
            first_line = self.high - bottom + option.height - self.leading
            self.canv.rect(left, first_line + 2.0, _BOX, _BOX)
            option.drawOn(self.canv, left + _BOX + _GAP, self.high - bottom)


class Lines(Flowable):  # type: ignore[misc]
    """Lines to write on."""

    def __init__(self, count: int = 1, spacing: float = 19) -> None:
        super().__init__()
        self.count, self.spacing = count, spacing

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """As many lines as were asked for."""
        self.wide = room
        return room, self.count * self.spacing

    def draw(self) -> None:
        """The lines."""
        self.canv.setStrokeColor(looks.INK)
        self.canv.setLineWidth(0.5)
        for number in range(self.count):
            self.canv.line(0, number * self.spacing + 0.5, self.wide, number * self.spacing + 0.5)


class Comb(Flowable):  # type: ignore[misc]
    """A box for each letter or digit, in groups with a word below each."""

    high, cell = 16.0, 13.5

    def __init__(self, groups: Sequence[tuple[int, str]]) -> None:
        super().__init__()
        self.groups = groups

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """The boxes, and room for the words."""
        count = sum(number for number, _hint in self.groups)
        gaps = 8 * (len(self.groups) - 1)
        self.size = min(self.cell, (room - gaps) / count)
        self.hints = 9.0 if any(hint for _number, hint in self.groups) else 0.0
        return room, self.high + self.hints + 4

    def draw(self) -> None:
        """The boxes, and the words below."""
        left = 0.0
        self.canv.setStrokeColor(looks.INK)
        self.canv.setLineWidth(0.5)
        for number, hint in self.groups:
            for place in range(number):
                self.canv.rect(left + place * self.size, self.hints, self.size, self.high)
            if hint:
                self.canv.setFillColor(looks.QUIET)
                self.canv.setFont(fonts.REGULAR, 6.5)
                self.canv.drawString(left, 1, hint)
            left += number * self.size + 8


class LabeledLine(Flowable):  # type: ignore[misc]
    """A few words, and a line after them to the end of the width."""

    def __init__(self, label: Any, words: str, high: float) -> None:
        super().__init__()
        self.label, self.words, self.least = label, fonts.legible(words), high

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """The words, which leave a third of the width for the line at least."""
        style = self.label.style
        wide = fonts.width(self.words, style.fontName, style.fontSize) + 6
        self.room, self.wide = room, min(wide, room * 2 / 3)
        self.high = max(self.label.wrap(self.wide, height)[1], self.least)
        return room, self.high

    def draw(self) -> None:
        """The words, and the line at their foot."""
        self.label.drawOn(self.canv, 0, 0)
        self.canv.setStrokeColor(looks.INK)
        self.canv.setLineWidth(0.4)
        self.canv.line(self.wide, 1.5, self.room, 1.5)
