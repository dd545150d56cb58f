"""Files as sent: bytes into lines, lines into cells, and what is wrong with a line.

A row is one line, so that one stray quote can never swallow the rows after it, and a row's number
is the line a text editor shows. Reading takes no more memory for a larger file.
"""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from etasu.interfaces.carry_over.reasons import Reason

LONGEST_LINE = 1 << 16
SEPARATORS = (",", ";", "\t", "|")
# A column whose name begins so is left aside on purpose.
LEFT_ASIDE = "x_"
_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")


class UnreadableFile(Exception):
    """The file as a whole cannot be read; says why, and what to do."""

    def __init__(self, name: str, what: str, remedy: str) -> None:
        self.what = f"{name} {what}"
        super().__init__(self.what)
        self.remedy = remedy


class Header(NamedTuple):
    """The columns of a file in their order, and what separates them."""

    columns: tuple[str, ...]
    separator: str


class Line(NamedTuple):
    """One row as sent: its cells, or what keeps it from having any."""

    number: int
    cells: list[str]
    fault: Reason | None = None


class Delivered:
    """One file that was delivered."""

    def __init__(self, path: Path, known: Collection[str], needed: Collection[str]) -> None:
        self.path = path
        with self._opened() as file:
            self.header = _header(path.name, file.readline(LONGEST_LINE + 1))
        _check_header(path.name, self.header.columns, known, needed)

    def lines(self) -> Iterator[Line]:
        """Every row below the header that holds anything, in order."""
        with self._opened() as file:
            file.readline(LONGEST_LINE + 1)
            for number, raw in enumerate(_raw_lines(file), start=2):
                line = self._line(number, raw)
                if line.fault is not None or any(cell.strip() for cell in line.cells):
                    yield line

    def size(self) -> int:
        """How many bytes it has."""
        return self.path.stat().st_size

    def _opened(self) -> BinaryIO:
        name = self.path.name
        try:
            if not stat.S_ISREG(self.path.stat().st_mode):
                raise UnreadableFile(name, "is not a plain file.", "Put the file itself there.")
            return self.path.open("rb")
        except OSError as trouble:
            what = f"cannot be read: {trouble.strerror}."
            raise UnreadableFile(name, what, "See who may read it.") from trouble

    def _line(self, number: int, raw: bytes | None) -> Line:
        if raw is None:
            return Line(number, [], Reason.LINE_TOO_LONG)
        if b"\x00" in raw:
            return Line(number, [], Reason.NUL_BYTE)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return Line(number, [], Reason.NOT_UTF8)
        cells = _cells(text, self.header.separator)
        if cells is None:
            return Line(number, [], Reason.BAD_QUOTING)
        if len(cells) != len(self.header.columns) and any(cells):
            return Line(number, [], Reason.COLUMN_COUNT)
        return Line(number, cells)


def _raw_lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Each line without its end; None for one that is too long, read to its end."""
    while raw := file.readline(LONGEST_LINE + 1):
        if len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LONGEST_LINE)
            yield None
        else:
            yield raw.rstrip(b"\r\n")


def _cells(text: str, separator: str) -> list[str] | None:
    # A carriage return inside a line would begin another row for the reader.
    if "\r" in text:
        return None
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return None


def _header(name: str, raw: bytes) -> Header:
    if raw.startswith(_WIDE) or b"\x00" in raw:
        raise UnreadableFile(name, "is not UTF-8 text.", "Save it as CSV UTF-8.")
    if not raw.strip():
        raise UnreadableFile(name, "is empty.", "Put the header into the first line.")
    if len(raw) > LONGEST_LINE or b"\r" in raw.rstrip(b"\r\n"):
        raise UnreadableFile(name, "has no line ends we know.", "Save it again as CSV UTF-8.")
    try:
        text = raw.removeprefix(_BOM).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        what = "has a header that is not UTF-8 text."
        raise UnreadableFile(name, what, "Save it as CSV UTF-8.") from None
    separator = max(SEPARATORS, key=text.count)
    cells = _cells(text, separator)
    if cells is None:
        raise UnreadableFile(name, "has a header with a stray quote.", "Take the quote out.")
    return Header(tuple(re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in cells), separator)


def _check_header(
    name: str, columns: tuple[str, ...], known: Collection[str], needed: Collection[str]
) -> None:
    twice = sorted({column for column in columns if columns.count(column) > 1})
    missing = [column for column in needed if column not in columns]
    odd = [c for c in columns if c not in known and not c.startswith(LEFT_ASIDE)]
    # What is missing comes first: a file without a header must not have its first person printed.
    for what, found, remedy in (
        ("lacks columns", missing, "The column page says what each file needs."),
        ("has columns twice", twice, "Each column is there once."),
        ("has columns nobody knows", odd, f"Rename them; {LEFT_ASIDE}… leaves one aside."),
    ):
        if found:
            shown = ", ".join(repr(column[:40]) for column in found[:5])
            raise UnreadableFile(name, f"{what}: {shown}.", remedy)
