"""Rows as a file a spreadsheet opens, in which no cell can be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

# A cell that begins with one of these is run by spreadsheets; an apostrophe makes it text.
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"


def as_csv(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The rows line by line, as UTF-8 text with a mark that tells spreadsheets so."""
    yield BOM
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([safe_cell(text) for text in row])
        yield line.getvalue()


def safe_cell(text: str) -> str:
    """The text, made harmless when a spreadsheet would run it."""
    return f"'{text}" if text.startswith(_RUN) else text
