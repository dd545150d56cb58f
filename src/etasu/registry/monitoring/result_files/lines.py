"""What a file of values is made of, before anybody knows what its columns mean."""

from __future__ import annotations

from typing import NamedTuple

# A file is read whole, so it has an end somewhere.
MOST_BYTES = 5_000_000
MOST_ROWS = 10_000


class Line(NamedTuple):
    """One line of a file by its number, its cells as text, and what is odd about any of them.

    `days` are the places of the cells that a spreadsheet holds as a day.
    """

    number: int
    cells: list[str]
    trouble: str = ""
    days: frozenset[int] = frozenset()


class Unreadable(ValueError):
    """The file as a whole cannot be read; the text says what to do."""
