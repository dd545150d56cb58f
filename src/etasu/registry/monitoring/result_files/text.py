"""A file of values as text, with commas, semicolons or tabs between them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from etasu.registry.monitoring.result_files.lines import Line, Unreadable


def text_lines(content: bytes) -> Iterator[Line]:
    """Each line, empty ones too; raises Unreadable for what is no text in UTF-8, or no CSV."""
    text = _text(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for cells in reader:
            yield Line(reader.line_num, cells)
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} is not CSV ({error}).") from None


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
