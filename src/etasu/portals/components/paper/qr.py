"""An address as a code for telephones."""

from __future__ import annotations

import segno
from reportlab.platypus import Flowable  # type: ignore[import-untyped]

from etasu.portals.components.paper import looks


class QrCode(Flowable):  # type: ignore[misc]
    """An address as a code for telephones, drawn as squares; a link for whoever has the file."""

    def __init__(self, address: str, size: float = 0.95 * looks.INCH) -> None:
        super().__init__()
        self.address, self.size = address, size
        self.rows = [bytes(row) for row in segno.make(address, error="m", micro=False).matrix]

    def wrap(self, room: float, height: float) -> tuple[float, float]:
        """A square."""
        return self.size, self.size

    def draw(self) -> None:
        """The dark modules of each row, joined where they touch."""
        step = self.size / len(self.rows)
        path = self.canv.beginPath()
        for number, row in enumerate(self.rows):
            bottom = self.size - (number + 1) * step
            for start, length in _dark(row):
                path.rect(start * step, bottom, length * step, step)
        self.canv.setFillColor(looks.INK)
        self.canv.drawPath(path, stroke=0, fill=1)
        self.canv.linkURL(self.address, (0, 0, self.size, self.size), relative=1)


def _dark(row: bytes) -> list[tuple[int, int]]:
    """Where the dark stretches of a row begin, and how long they are."""
    found: list[tuple[int, int]] = []
    for place, module in enumerate(row):
        if module and found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif module:
            found.append((place, 1))
    return found
