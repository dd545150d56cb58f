"""Workbooks of results: only values are read, and no file breaks or swells anything."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from etasu.registry.monitoring.result_files import workbook
from etasu.registry.monitoring.result_files.lines import MOST_BYTES, MOST_ROWS, Unreadable
from etasu.registry.monitoring.result_files.translate import rows_of, translate

HEAD = ["patient", "test", "value", "unit", "collected_on", "note"]


def xlsx(*rows: list[Any], merged: tuple[str, ...] = (), beside: tuple[str, ...] = ()) -> bytes:
    """A workbook with its rows in the first sheet, and cells merged in it and in one `beside`."""
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    for each in merged:
        sheet.merge_cells(each)
    for each in beside:
        (book["Beside"] if "Beside" in book else book.create_sheet("Beside")).merge_cells(each)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def repacked(content: bytes, name: str, change: Any) -> bytes:
    """The same workbook with one part of it changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.infolist():
            said = old.read(part)
            new.writestr(part.filename, change(said) if part.filename == name else said)
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SOUND = xlsx(HEAD, ["A", "platelets", 250, "K/uL", date(2025, 6, 1), None])


def test_values_come_as_people_see_them() -> None:
    content = xlsx(
        HEAD,
        ["A", "platelets", 250, "K/uL", datetime(2025, 6, 1, 7, 30), "=SUM(A1)"],
        [],
        [None, None, None, None, "  ", None],
        ["A", "tsh", 4.1 + 0.1, "m[IU]/L", "2025-06-02", True],
        ["A", "cd4", 1234567.0, "/uL", date(2025, 6, 3), "x"],
        ["A", "creatinine", 0.00002, "mg/dL", date(2025, 6, 3), 0.0],
    )
    rows = rows_of(content)
    assert [row.number for row in rows] == [2, 5, 6, 7]
    assert [row.cells["value"] for row in rows] == ["250", "4.2", "1234567", "0.00002"]
    assert [row.cells["collected_on"] for row in rows] == [
        "2025-06-01", "2025-06-02", "2025-06-03", "2025-06-03",
    ]  # fmt: skip
    assert rows[0].trouble == "Cell F2 holds a formula: put the value itself there."
    assert rows[1].cells["note"] == "true" and rows[3].cells["note"] == "0"


def test_what_a_cell_does_is_refused_row_by_row() -> None:
    content = xlsx(
        HEAD,
        ["A", "platelets", "=200+50", "K/uL", date(2025, 6, 1), None],
        ["A", "platelets", "#N/A", "K/uL", date(2025, 6, 1), None],
        ["A", "urine-protein", date(2025, 5, 1), "", date(2025, 6, 1), None],
        ["A", "platelets", 250, "K/uL", date(2025, 6, 1), None],
    )
    (formula, error, became_a_day, right) = rows_of(content)
    assert "C2 holds a formula" in formula.trouble and formula.cells["value"] == ""
    assert "C3 holds an error" in error.trouble
    assert "value was made a day by the spreadsheet" in became_a_day.trouble
    assert right.trouble == ""
    items = [report.items[0] for report in translate(content, "c").reports]
    assert [bool(item.trouble) for item in items] == [True, True, True, False]


def test_a_workbook_without_the_columns_or_rows_says_so() -> None:
    with pytest.raises(Unreadable, match="Columns are missing: collected_on"):
        rows_of(xlsx(["patient", "value"], ["A", 1]))
    with pytest.raises(Unreadable, match="no row"):
        rows_of(xlsx(HEAD))
    with pytest.raises(Unreadable, match="Columns are missing"):
        rows_of(xlsx([]))


COUNT = ["A", "platelets", 250, "K/uL", date(2025, 6, 1), "clotted"]


@pytest.mark.parametrize("merged", ["F2:F4", "C3:D3", "A1:A2", "H9:I9"])
def test_no_value_is_lost_in_merged_cells(merged: str) -> None:
    content = xlsx(HEAD, COUNT, [*COUNT[:5], None], [*COUNT[:5], None], merged=("B1:B1", merged))
    with pytest.raises(Unreadable, match=rf"merged cells \({merged}\): unmerge them"):
        rows_of(content)
    unsaid = repacked(content, SHEET, lambda said: said.replace(b"Cell ref=", b"Cell at="))
    with pytest.raises(Unreadable, match="merged cells: unmerge them"):
        rows_of(unsaid)


def test_cells_merged_above_the_values_or_on_another_sheet_hide_none() -> None:
    rows: list[list[Any]] = [[], [None], HEAD, COUNT]
    assert len(rows_of(xlsx(*rows, merged=("A1:F2", "H3:J3"), beside=("A1:A9",)))) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 and then nothing", "damaged"),
        (SOUND[: len(SOUND) // 2], "damaged"),
        (repacked(SOUND, SHEET, lambda said: said[:-30]), "damaged"),
        (repacked(SOUND, SHEET, lambda said: b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + said), "damaged"),
        (repacked(SOUND, SHEET, lambda said: said.replace(b'r="C2"', b'r="XFD2"')), "reaches"),
        (repacked(SOUND, SHEET, lambda said: said.replace(b'r="E2"', b"r='DA2'")), "reaches"),
        (repacked(SOUND, SHEET, lambda said: said.replace(b'2"', b'999999"')), "reaches"),
        (repacked(SOUND, SHEET, lambda said: said.replace(b'2"', b'20001"')), "reaches"),
        (SOUND + b"x" * MOST_BYTES, "larger than"),
    ],
)  # fmt: skip
def test_a_broken_workbook_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        rows_of(content)


def test_a_workbook_that_swells_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    swollen = repacked(SOUND, SHEET, lambda said: said + b" " * (workbook.MOST_UNPACKED + 1))
    small = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(swollen)) as old,
        zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
    assert len(small.getvalue()) < 100_000
    monkeypatch.setattr(workbook, "load_workbook", None)
    with pytest.raises(Unreadable, match="too large once unpacked"):
        rows_of(small.getvalue())
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as new:
        for n in range(workbook.MOST_PARTS + 1):
            new.writestr(f"{n}.xml", b"<a/>")
    with pytest.raises(Unreadable, match="too large once unpacked"):
        rows_of(many.getvalue())


def test_there_are_only_so_many_rows() -> None:
    rows = [["A", "platelets", n, "K/uL", "2025-06-01", None] for n in range(MOST_ROWS + 1)]
    with pytest.raises(Unreadable, match=f"more than {MOST_ROWS} rows"):
        rows_of(xlsx(HEAD, *rows))


@given(st.binary(max_size=400), st.integers(0, len(SOUND) - 1))
def test_whatever_is_written_into_a_workbook_is_read_or_refused(noise: bytes, place: int) -> None:
    content = SOUND[:place] + noise + SOUND[place + len(noise) :]
    try:
        rows = rows_of(content)
    except Unreadable as problem:
        assert str(problem)
        return
    assert rows
