"""A printed file as its reader sees it: its words, and where on the page each of them stands."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

from etasu.portals.components.paper import looks


class Placed(NamedTuple):
    """A piece of text: where its line begins, where it ends, and how high it stands."""

    text: bytes
    left: float
    right: float
    height: float


def reader(file: bytes) -> PdfReader:
    """The file, read strictly: a mistake in its structure is an error."""
    return PdfReader(io.BytesIO(file), strict=True)


def words_of(file: bytes) -> str:
    """All words of all pages with single spaces between them."""
    return " ".join(" ".join(page.extract_text().split()) for page in reader(file).pages)


def squeezed(text: str) -> str:
    """Text without its white space, for a line may break anywhere."""
    return re.sub(r"\s+", "", text)


def outside(file: bytes) -> list[tuple[int, Placed]]:
    """Every piece of text that stands outside the paper's margins, with its page from 1."""
    return [
        (number, placed)
        for number, page in enumerate(reader(file).pages, 1)
        for placed in pieces(page)
        if not _is_inside(placed)
    ]


def _is_inside(placed: Placed) -> bool:
    right = looks.PAGE_WIDTH - looks.MARGIN
    is_across = looks.MARGIN - 1 <= placed.left and placed.right <= right + 1
    return is_across and 30 <= placed.height <= looks.PAGE_HEIGHT - 30


def pieces(page: PageObject) -> Iterator[Placed]:
    """Every piece of text of a page, from the operators that draw it."""
    faces = {name: _widths(face.get_object()) for name, face in page["/Resources"]["/Font"].items()}
    pen = Pen()
    for operands, operator in ContentStream(page["/Contents"], page.pdf).operations:
        if operator == b"Tj":
            text = operands[0].original_bytes
            wide = sum(faces[pen.face][code] for code in text) * pen.size / 1000
            left = pen.origin[0] + pen.x
            yield Placed(text, left, left + wide, pen.origin[1] + pen.y)
            pen.x += wide
        else:
            pen.obey(operator.decode(), operands)


class Pen:
    """Where the next piece of text will stand, and in which letters."""

    def __init__(self) -> None:
        self.origin, self.kept = (0.0, 0.0), list[tuple[float, float]]()
        self.line_x = self.x = self.y = self.leading = 0.0
        self.face, self.size = "", 1.0

    def obey(self, operator: str, operands: list[Any]) -> None:
        """Do what an operator says, if it moves the pen."""
        assert operator not in ("TJ", "'", '"', "Tw", "Tc", "Tz"), operator
        self._on_page(operator, operands)
        self._on_line(operator, operands)

    def _on_page(self, operator: str, operands: list[Any]) -> None:
        if operator == "q":
            self.kept.append(self.origin)
        elif operator == "Q":
            self.origin = self.kept.pop()
        elif operator == "cm":
            assert [float(each) for each in operands[:4]] == [1, 0, 0, 1], "nothing is turned"
            self.origin = (self.origin[0] + operands[4], self.origin[1] + operands[5])

    def _on_line(self, operator: str, operands: list[Any]) -> None:
        if operator == "Tm":
            self.line_x, self.y = float(operands[4]), float(operands[5])
            self.x = self.line_x
        elif operator == "Td":
            self.line_x, self.y = self.line_x + operands[0], self.y + operands[1]
            self.x = self.line_x
        elif operator == "T*":
            self.x, self.y = self.line_x, self.y - self.leading
        elif operator == "TL":
            self.leading = float(operands[0])
        elif operator == "Tf":
            self.face, self.size = operands[0], float(operands[1])


def _widths(font: Any) -> dict[int, float]:
    first = int(font["/FirstChar"])
    return {first + place: float(wide) for place, wide in enumerate(font["/Widths"])}
