"""Rows as a file a spreadsheet opens, in which no cell can be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

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


def csv_file(rows: Iterable[Sequence[str]], name: str) -> StreamingHttpResponse:
    """The rows as a file to keep; `name` holds no identity."""
    response = StreamingHttpResponse(as_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
