"""The parts a page is made of that ReportLab does not have.

Each is a flowable: `wrap` says how high it is in a width, `split` breaks it at the end of a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.platypus import Flowable, Paragraph  # type: ignore[import-untyped]

from etasu.portals.components.paper import fonts, looks
from etasu.portals.components.paper.words import paragraph
from etasu.programs.document_text import Runs, plain_text


class PartHeading(Paragraph):  # type: ignore[misc]
    """A heading that readers of the file find in its list of parts, `depth` levels down."""

    depth = 0
    words = ""

    @classmethod
    def of(cls, said: str | Runs, style: Any, depth: int = 0) -> Any:
        """The heading; it stays on the page of what follows."""
        heading = paragraph(said, style)
        heading.__class__ = cls
        heading.depth = depth
        heading.keepWithNext = 1
        heading.words = fonts.legible(said if isinstance(said, str) else plain_text(said))
        return heading

    def draw(self) -> None:
        """The heading, and its place in the list."""
        canvas = self.canv
        if self.words:
            canvas.parts += 1
            key = f"part-{canvas.parts}"
            canvas.bookmarkHorizontal(key, 0, self.height + 6)
            canvas.addOutlineEntry(self.words, key, self.depth)
        super().draw()


class Pair(Flowable):  # type: ignore[misc]
    """A label with what is said about it beside it, over as many pages as that needs."""

    share = 0.36
    pad = 4.0

    def __init__(self, label: Any, answer: Any) -> None:
        super().__init__()
        self.label, self.answer = label, answer

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """The height of the higher side and the air around it."""
        self.width = room
        side = room * self.share - 10
        _w, self.label_height = self.label.wrap(side, height)
        _w, self.answer_height = self.answer.wrap(room - side - 10, height)
        return room, max(self.label_height, self.answer_height) + 2 * self.pad

    def split(self, room: float, height: float) -> list[Any]:
        """Two pairs, the second without the label; nothing when not even a line has room."""
        side = room * self.share - 10
        if self.label.wrap(side, height)[1] + 2 * self.pad > height:
            return []
        parts = self.answer.split(room - side - 10, height - 2 * self.pad)
        if len(parts) < 2:
            return []
        rest = paragraph("", self.label.style)
        return [type(self)(self.label, parts[0]), type(self)(rest, parts[1])]

    def draw(self) -> None:
        """Both sides from the top, and a hairline below."""
        top = self.height_drawn() - self.pad
        self.label.drawOn(self.canv, 0, top - self.label_height)
        self.answer.drawOn(self.canv, self.width * self.share, top - self.answer_height)
        self.canv.setStrokeColor(looks.HAIRLINE)
        self.canv.setLineWidth(0.3)
        self.canv.line(0, 0, self.width, 0)

    def height_drawn(self) -> float:
        """The height found by the last `wrap`."""
        return float(max(self.label_height, self.answer_height)) + 2 * self.pad


class Stack(Flowable):  # type: ignore[misc]
    """Parts one above the other that stay together."""

    def __init__(self, parts: Sequence[Any], after: float = 9) -> None:
        super().__init__()
        self.parts = list(parts)
        self.after = after

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """The heights of all parts."""
        self.heights = [part.wrap(room, height)[1] for part in self.parts]
        return room, sum(self.heights) + self.after

    def draw(self) -> None:
        """The parts from the top."""
        line = sum(self.heights) + self.after
        for part, height in zip(self.parts, self.heights, strict=True):
            line -= height
            part.drawOn(self.canv, 0, line)


class Beside(Flowable):  # type: ignore[misc]
    """Two parts side by side; `share` is how much of the width is the left one's."""

    gutter = 18.0

    def __init__(self, left: Any, right: Any, share: float = 0.5) -> None:
        super().__init__()
        self.sides, self.share = (left, right), share

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """The height of the higher side."""
        left = (room - self.gutter) * self.share
        self.starts = (0.0, left + self.gutter)
        widths = (left, room - self.gutter - left)
        sides = zip(self.sides, widths, strict=True)
        self.heights = [side.wrap(width, height)[1] for side, width in sides]
        return room, max(self.heights)

    def draw(self) -> None:
        """Both sides from the top."""
        top = max(self.heights)
        for side, start, height in zip(self.sides, self.starts, self.heights, strict=True):
            side.drawOn(self.canv, start, top - height)


class Panel(Flowable):  # type: ignore[misc]
    """Parts on a tinted ground with a bar at the left, over as many pages as they need."""

    pad = 8.0

    def __init__(self, parts: Sequence[Any], color: Any = looks.BLUE, after: float = 8) -> None:
        super().__init__()
        self.parts, self.color, self.after = list(parts), color, after

    def getSpaceBefore(self) -> float:
        """Air above."""
        return 4

    def getSpaceAfter(self) -> float:
        """Air below."""
        return self.after

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """The parts with the air between them."""
        self.wide = room
        self.heights = [self._height(part, room, height) for part in self.parts]
        last = self.parts[-1].getSpaceAfter() if self.parts else 0
        self.high = sum(self.heights) - last + 2 * self.pad
        return room, self.high

    def split(self, room: float, height: float) -> list[Any]:
        """The parts that have room, then the others; a small panel is never split."""
        if self.wrap(room, height)[1] < looks.HEIGHT / 2:
            return []
        left = height - 2 * self.pad
        for number, part in enumerate(self.parts):
            need = self._height(part, room, height)
            if need > left:
                halves = part.split(room - 2 * self.pad - 3, left - part.getSpaceAfter())
                rest = [*(halves[1:] or [part]), *self.parts[number + 1 :]]
                first = [*self.parts[:number], *halves[:1]]
                if not first:
                    return []
                return [Panel(first, self.color, 0), Panel(rest, self.color, self.after)]
            left -= need
        return [self]

    def draw(self) -> None:
        """The ground, the bar and the parts."""
        canvas = self.canv
        canvas.setFillColor(looks.TINT)
        canvas.rect(0, 0, self.wide, self.high, stroke=0, fill=1)
        canvas.setFillColor(self.color)
        canvas.rect(0, 0, 3, self.high, stroke=0, fill=1)
        line = self.high - self.pad
        for part, height in zip(self.parts, self.heights, strict=True):
            line -= height
            part.drawOn(canvas, self.pad + 3, line + part.getSpaceAfter())

    def _height(self, part: Any, room: float, height: float) -> float:
        _w, high = part.wrap(room - 2 * self.pad - 3, height)
        return float(high + part.getSpaceAfter())
