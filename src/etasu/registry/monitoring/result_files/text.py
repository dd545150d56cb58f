"""A file of values as text, with commas, semicolons or tabs between them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from etasu.registry.monitoring.result_files.lines import Line, Unreadable

_A_DAY = re.compile(r"\s*\d{4}-\d\d-\d\d\s*")


def text_lines(content: bytes) -> Iterator[Line]:
    """Each line, empty ones too; raises Unreadable for what is no text in UTF-8, or no CSV.

    A quote that is not closed takes the rows below into its cell: then no row is read at all.
    """
    text = _text(content)
    delimiter = _delimiter(text)
    # Only what is read strictly tells of a quote that is open where the file ends.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins, columns = 1, 0
    try:
        for cells in reader:
            columns = columns or len(cells)
            if any(_holds_a_row(cell, delimiter, columns) for cell in cells):
                raise Unreadable(
                    f"Line {begins} has a cell that holds a row of its own: close the quote that"
                    " opens it, or write the cell in one line."
                )
            yield Line(reader.line_num, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(
            f"Line {begins} is not CSV ({error}): close each quote that opens a cell, and write a"
            " quote inside such a cell twice."
        ) from None


def _holds_a_row(cell: str, delimiter: str, columns: int) -> bool:
    """Whether a cell of several lines has all that a row is told by: its cells, and a day."""
    if "\n" not in cell and "\r" not in cell:
        return False
    pieces = [piece for line in cell.splitlines() for piece in line.split(delimiter)]
    return cell.count(delimiter) >= columns - 1 and any(map(_A_DAY.fullmatch, pieces))


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(
            "The file is not text in UTF-8: save it as CSV in UTF-8, or as XLSX."
        ) from None
    if "\x00" in text:
        raise Unreadable("The file is not text: save it as CSV in UTF-8, or as XLSX.")
    return text


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)
