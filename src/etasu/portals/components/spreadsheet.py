"""Rows as a file a spreadsheet opens, in which no cell can be taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

# A cell that begins with one of these is run by spreadsheets; an apostrophe makes it text.
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What no workbook holds, and how much of a text one of its cells does.
_NOT_KEPT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST = 32_000
# A row of a file: texts, whole numbers and days; nothing is left empty.
Row = Sequence[str | int | date | None]


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


def in_text(rows: Iterable[Row]) -> Iterator[list[str]]:
    """Typed rows as a file of values has them: days as 2025-06-01, nothing as nothing."""
    for row in rows:
        yield ["" if each is None else str(each) for each in row]


def file_of(kind: str, rows: Iterable[Row], name: str) -> HttpResponseBase:
    """The rows as a file of that kind, `csv` or `xlsx`; not found for any other."""
    if kind == "csv":
        return csv_file(in_text(rows), name)
    if kind == "xlsx":
        return xlsx_file(rows, name)
    raise Http404


def xlsx_file(rows: Iterable[Row], name: str) -> HttpResponse:
    """The rows as a workbook of one sheet, headings first: numbers as numbers, days as days.

    Text is text, whatever it begins with; `name` holds no identity.
    """
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Etasu")
    typed = [list(row) for row in rows]
    for place, width in enumerate(_widths(typed), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    for place, row in enumerate(typed):
        sheet.append([_cell(sheet, each, is_heading=place == 0) for each in row])
    made = io.BytesIO()
    book.save(made)
    response = HttpResponse(made.getvalue(), content_type=WORKBOOK)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _cell(sheet: Any, value: str | int | date | None, *, is_heading: bool) -> Any:
    if value is None:
        return None
    text = _NOT_KEPT.sub("", value)[:_LONGEST] if isinstance(value, str) else value
    cell: Any = WriteOnlyCell(sheet, value=text)
    if isinstance(value, str):
        # Otherwise what begins with an equals sign would be a formula.
        cell.data_type = "s"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    if is_heading:
        cell.font = Font(bold=True)
    return cell


def _widths(rows: Sequence[Row]) -> list[int]:
    """As wide as what is in the columns, within reason."""
    texts = ([len(str(each)) for each in row] for row in rows)
    columns = zip(*texts, strict=False)
    return [min(60, max(10, 2 + max(column))) for column in columns]
