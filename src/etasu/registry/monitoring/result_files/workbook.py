"""The first sheet of a workbook (XLSX) as lines of text: its values, and nothing that it does.

A workbook is an archive that says how large it is once unpacked, and may be made to unpack to
anything; so it is measured before it is read. Formulas are not reckoned and not believed: what a
cell showed when it was saved may not be what it says.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from etasu.registry.monitoring.result_files.lines import MOST_ROWS, Line, Unreadable

BEGINS = b"PK\x03\x04"
MOST_UNPACKED = 40_000_000
MOST_PARTS = 200
MOST_COLUMNS = 100
# Empty rows between others are passed over, but not without end.
_MOST_LINES = 2 * MOST_ROWS
# A column of three letters, or a row of six digits.
_FAR_AWAY = re.compile(rb"""\sr\s*=\s*["'](?:[A-Z]{3,}\d+|[A-Z]*\d{6,})["']""")
# Where merged cells are, which follows the rows of a sheet.
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*")
_MERGED_AT = re.compile(rb"""\sref\s*=\s*["']((?:[A-Z]+\d+:)?[A-Z]+(\d+))["']""")
_REACHES = (
    f"The sheet reaches beyond {MOST_COLUMNS} columns or {_MOST_LINES} rows: "
    "put the values into the upper left corner."
)
_BROKEN = "The workbook is damaged or is no XLSX file: save it anew, or as CSV in UTF-8."


def workbook_lines(content: bytes) -> Iterator[Line]:
    """Each line of the first sheet that is filled in; raises Unreadable for no sound workbook."""
    _measure(content)
    try:
        yield from _lines(content)
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 - a reader fed a broken archive fails in ways of its own
        raise Unreadable(_BROKEN) from None


def _measure(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Unreadable("The workbook is too large once unpacked: send it in parts.")
            for part in parts:
                _look_into(part.filename, archive.read(part))
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 - an archive can be broken in ways of its own
        raise Unreadable(_BROKEN) from None


def _look_into(name: str, said: bytes) -> None:
    # A part that names entities could be made to grow without end while it is read.
    if name.endswith((".xml", ".rels")) and b"<!" in said:
        raise Unreadable(_BROKEN)
    # The reader fills the space before a cell, however far away somebody says it is.
    if name.startswith("xl/worksheets/") and _FAR_AWAY.search(said):
        raise Unreadable(_REACHES)


def _lines(content: bytes) -> Iterator[Line]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            names_end = 0
            for row in sheet.iter_rows():
                line = _line(row)
                if line is not None:
                    names_end = names_end or _no_merged_cells_below(line.number, sheet, content)
                    yield line
        finally:
            book.close()


def _no_merged_cells_below(names: int, sheet: Any, content: bytes) -> int:
    """The row that names the columns; raises Unreadable where cells of any row below are merged.

    What people see in all of them is written in the first one only.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        said = archive.read(sheet._worksheet_path)
    for found in _MERGED.finditer(said):
        at = _MERGED_AT.search(found[0])
        if at is None or int(at[2]) > names:
            where = f" ({at[1].decode()})" if at is not None else ""
            raise Unreadable(
                f"The sheet has merged cells{where}: unmerge them, and write into each cell what"
                " holds for its row."
            )
    return names


def _line(row: tuple[Any, ...]) -> Line | None:
    filled = [cell for cell in row if cell.value is not None and str(cell.value).strip()]
    if not filled:
        return None
    number, last = filled[0].row, filled[-1].column
    if number > _MOST_LINES or last > MOST_COLUMNS:
        raise Unreadable(_REACHES)
    cells, troubles = [""] * last, []
    for cell in filled:
        cells[cell.column - 1], trouble = _said(cell)
        if trouble:
            troubles.append(f"Cell {get_column_letter(cell.column)}{number} {trouble}")
    days = frozenset(cell.column - 1 for cell in filled if isinstance(cell.value, date))
    return Line(number, cells, " ".join(troubles), days)


def _said(cell: Any) -> tuple[str, str]:
    """The cell's value as text, and why it cannot be used, if so."""
    value = cell.value
    if cell.data_type == "f":
        return "", "holds a formula: put the value itself there."
    if cell.data_type == "e":
        return "", "holds an error of the spreadsheet: put the value itself there."
    if isinstance(value, bool):
        return str(value).lower(), ""
    if isinstance(value, int | float):
        return _number(value), ""
    if isinstance(value, datetime):
        return value.date().isoformat(), ""
    if isinstance(value, date):
        return value.isoformat(), ""
    return str(value), ""


def _number(value: float) -> str:
    """A number with the digits a spreadsheet shows, never as `1E+3`."""
    shown = Decimal(format(value, ".15g"))
    return f"{shown.normalize():f}" if shown else "0"
