"""A file of results as one `LabMessage`: a report for each row, its place the row's number.

Nothing is corrected: a cell that cannot be read goes into the item's trouble, by the column's name
and with what to do, and the row waits until somebody has looked at it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from etasu.registry.monitoring.result_files.columns import (
    COLUMNS,
    LONGEST_CELL,
    LONGEST_LOOKED_UP,
    LOOKED_UP,
    NEEDED,
    TO_PUT_RIGHT,
)
from etasu.registry.monitoring.result_files.lines import (
    MOST_BYTES,
    MOST_ROWS,
    Line,
    Unreadable,
)
from etasu.registry.monitoring.result_files.text import text_lines
from etasu.registry.monitoring.result_files.workbook import BEGINS, workbook_lines
from etasu.safe_use.lab_reports import (
    LOCAL,
    LOINC,
    Coding,
    ItemStatus,
    LabItem,
    LabMessage,
    LabReport,
    PatientAsSent,
    PatientIdentifier,
)
from etasu.safe_use.readings import compared

# The authority of the program's own numbers, and the system of its own tests.
OWN = "etasu"
_STATUSES = {each.value: each for each in ItemStatus if each is not ItemStatus.UNKNOWN}
# A spreadsheet is told by an apostrophe that a cell is text and no formula.
_MADE_HARMLESS = re.compile(r"'[=+\-@]")
_FORMULA = re.compile(r"[=+@]|-(?!\d)")
_DAYS = frozenset({"birth_date", "collected_on"})
_FREE_TEXT = frozenset({"note", TO_PUT_RIGHT})

Cells = Mapping[str, str]


class Row(NamedTuple):
    """One row below the names of the columns: its number, its cells by name, and its trouble."""

    number: int
    cells: Cells
    trouble: str


def translate(content: bytes, sent_as: str) -> LabMessage:
    """What the file says; raises Unreadable when it is no file of results."""
    reports = tuple(_report(row.number, row.cells, row.trouble) for row in rows_of(content))
    # The same file sent again is the same message.
    return LabMessage(
        control_id=hashlib.sha256(content).hexdigest()[:32], sent_as=sent_as, reports=reports
    )


def rows_of(content: bytes) -> list[Row]:
    """The rows of a file that are filled in, in its order; raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES} bytes: send it in parts.")
    return list(
        _rows(workbook_lines(content) if content.startswith(BEGINS) else text_lines(content))
    )


def place_of(number: int) -> str:
    """Where a row stands, as its item says it."""
    return f"row {number}"


def _rows(lines: Iterator[Line]) -> Iterator[Row]:
    first = next(lines, Line(1, []))
    names, count = _names(first.cells), 0
    for line in lines:
        if any(cell.strip() for cell in line.cells) or line.trouble:
            count += 1
            if count > MOST_ROWS:
                raise Unreadable(f"There are more than {MOST_ROWS} rows: send it in parts.")
            yield _row(names, line)
    if not count:
        raise Unreadable("There is no row below the names of the columns.")


def _names(line: list[str]) -> list[str]:
    names = [cell.strip().lower().replace(" ", "_") for cell in line]
    if missing := [name for name in NEEDED if name not in names]:
        raise Unreadable(f"Columns are missing: {', '.join(missing)}. The first row names them.")
    if unknown := sorted({name for name in names if name not in COLUMNS}):
        known = ", ".join(COLUMNS)
        raise Unreadable(f"Columns are not known: {', '.join(unknown)}. These are: {known}.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Unreadable(f"Columns are there twice: {', '.join(twice)}.")
    return names


def _row(names: list[str], line: Line) -> Row:
    troubles = [line.trouble] if line.trouble else []
    if any(cell.strip() for cell in line.cells[len(names) :]):
        troubles.append("The row has more cells than there are columns: quote cells with commas.")
    cells = {}
    for place, (name, cell) in enumerate(zip(names, line.cells, strict=False)):
        value = cell.strip()
        if place in line.days and name not in _DAYS:
            troubles.append(f"{name} was made a day by the spreadsheet: format the cell as text.")
        if len(value.splitlines()) > 1 and name not in _FREE_TEXT:
            troubles.append(f"{name} goes over several lines: write it in one.")
        if _MADE_HARMLESS.match(value):
            value = value[1:]
        longest = LONGEST_LOOKED_UP if name in LOOKED_UP else LONGEST_CELL
        if len(value) > longest:
            value = value[:longest]
            troubles.append(f"{name} is longer than {longest} characters: shorten it.")
        if _FORMULA.match(value) and name not in _FREE_TEXT:
            troubles.append(f"{name} begins as a formula does: put the value itself there.")
        cells[name] = value
    return Row(line.number, cells, " ".join(troubles))


def _report(place: int, cells: Cells, trouble: str) -> LabReport:
    born, unread = _day(cells, "birth_date")
    identifiers = [PatientIdentifier(cells["patient"], OWN)] if cells.get("patient") else []
    if cells.get("identifier"):
        identifiers.append(PatientIdentifier(cells["identifier"], cells.get("authority", "")))
    patient = PatientAsSent(
        identifiers=tuple(identifiers),
        last_name=cells.get("last_name", ""),
        first_name=cells.get("first_name", ""),
        birth_date=born,
    )
    item = _item(place, cells, " ".join(filter(None, (trouble, unread))))
    return LabReport(
        place=place_of(place), number=cells.get("report", ""), patient=patient, items=(item,)
    )


def _item(place: int, cells: Cells, trouble: str) -> LabItem:
    collected_on, unread = _day(cells, "collected_on")
    codes = _codes(cells)
    status = _STATUSES.get((cells.get("status") or "final").lower(), ItemStatus.UNKNOWN)
    said = cells.get("value", "")
    comparator, value = compared(said) or ("", said)
    troubles = [trouble, unread]
    if not codes:
        troubles.append("test, loinc and code are all empty: say what was measured.")
    return LabItem(
        place=place_of(place),
        key="|".join(f"{each.system}^{each.code}" for each in codes) or f"row {place}",
        codes=codes,
        value=value or None,
        status=status,
        collected_on=collected_on,
        comparator=comparator,
        unit=cells.get("unit", ""),
        low=cells.get("low") or None,
        high=cells.get("high") or None,
        abnormal=tuple(cells.get("flags", "").replace("~", " ").split()),
        note=cells.get("note", ""),
        trouble=" ".join(filter(None, troubles)),
    )


def _codes(cells: Cells) -> tuple[Coding, ...]:
    systems = (("test", OWN), ("loinc", LOINC), ("code", LOCAL))
    return tuple(Coding(system, cells[name]) for name, system in systems if cells.get(name))


def _day(cells: Cells, name: str) -> tuple[date | None, str]:
    said = cells.get(name, "")
    if not said:
        return None, ""
    try:
        return date.fromisoformat(said), ""
    except ValueError:
        return None, f"{name} is not a day: write it as 2025-06-01."
