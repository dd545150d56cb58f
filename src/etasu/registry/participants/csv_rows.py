"""Reading a list that was sent as a spreadsheet's text: its rows by column, whatever it is of."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

MOST_BYTES = 5_000_000
MOST_ROWS = 20_000
# What each column may be called, as `plain` writes it.
Names = Mapping[str, str]

# Spreadsheets are told by an apostrophe that such a cell is text; reading takes it off again.
_MADE_HARMLESS = re.compile(r"'[=+\-@\t\r\n]")


class FileProblem(StrEnum):
    """Why a whole file cannot be read."""

    EMPTY = "empty"
    NOT_TEXT = "not_text"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    NO_COLUMNS = "no_columns"


class BadFile(ValueError):
    """The file cannot be read at all; `missing` names columns it should have."""

    def __init__(self, why: FileProblem, missing: Sequence[str] = ()) -> None:
        super().__init__(why.value)
        self.why, self.missing = why, tuple(missing)


class Row(NamedTuple):
    """One row as sent: its number, the headings being row 1, and its cells by column."""

    number: int
    cells: Mapping[str, str]


def rows_of(content: bytes, names: Names, needed: Sequence[str]) -> list[Row]:
    """The rows of a file with headings, empty ones left out.

    UTF-8 or what spreadsheets write, with commas, semicolons or tabs, and any line ends. Columns
    nobody asked for are left out. Raises BadFile.
    """
    if len(content) > MOST_BYTES:
        raise BadFile(FileProblem.TOO_LARGE)
    text = _decoded(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise BadFile(FileProblem.EMPTY)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(first, names))
    try:
        return _told(list(reader), names, needed)
    except csv.Error:
        raise BadFile(FileProblem.NOT_TEXT) from None


def plain(text: str) -> str:
    """A heading or a word of a list without case, accents, spaces and signs, to be compared."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in bare if char.isalnum())


def _decoded(content: bytes) -> str:
    marked = (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")
    encodings = [name for mark, name in marked if content.startswith(mark)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadFile(FileProblem.NOT_TEXT)


def _separator(headings: str, names: Names) -> str:
    def known(separator: str) -> int:
        return sum(plain(cell) in names for cell in headings.split(separator))

    return max(",;\t", key=known)


def _told(lines: list[list[str]], names: Names, needed: Sequence[str]) -> list[Row]:
    numbered = [(n, cells) for n, cells in enumerate(lines, 1) if any(c.strip() for c in cells)]
    headings = [names.get(plain(cell), "") for cell in numbered[0][1]]
    missing = [column for column in needed if column not in headings]
    if missing:
        raise BadFile(FileProblem.NO_COLUMNS, missing)
    if len(numbered) - 1 > MOST_ROWS:
        raise BadFile(FileProblem.TOO_MANY_ROWS)
    if len(numbered) == 1:
        raise BadFile(FileProblem.EMPTY)
    return [
        Row(n, {h: _cell(c) for h, c in zip(headings, cells, strict=False) if h})
        for n, cells in numbered[1:]
    ]


def _cell(text: str) -> str:
    text = text.strip()
    return text[1:] if _MADE_HARMLESS.match(text) else text
