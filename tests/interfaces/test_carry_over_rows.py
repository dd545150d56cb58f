"""What can be wrong with a row by itself, and files as no program should write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.interfaces.carry_over.cells import BadCell, Rules, as_day, clean, told
from etasu.interfaces.carry_over.columns import SHEETS, known_columns, needed_columns
from etasu.interfaces.carry_over.lines import Delivered, UnreadableFile
from etasu.interfaces.carry_over.reasons import WORDS, Reason, Remark
from etasu.interfaces.carry_over.rows import Reader, Row, Site
from etasu.programs import library
from tests.interfaces.legacy import TODAY

RULES = Rules(TODAY, us_dates=False)
US = Rules(TODAY, us_dates=True)
HEAD = b"legacy_id,kind,name,npi\n"
RIGHT = b"PR-1,prescriber,Dr. Amara,1234567893\n"


@pytest.fixture
def site() -> Iterator[Site]:
    yield Site(library.current(), "teaching", TODAY, RULES)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "participants.csv"


def rows_of(path: Path, site: Site, sheet: str = "participants") -> list[Row]:
    columns = known_columns(sheet, frozenset())
    file = Delivered(path, columns, needed_columns(sheet))
    reader = Reader(sheet, columns, site)
    return [reader.read(file.header.columns, line) for line in file.lines()]


def faults_of(rows: list[Row]) -> list[tuple[int, str | None, str]]:
    return [(fault.row, fault.column, fault.reason.value) for row in rows for fault in row.faults]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + RIGHT,
        b"\xef\xbb\xbf" + HEAD + RIGHT,
        (HEAD + RIGHT).replace(b"\n", b"\r\n"),
        (HEAD + RIGHT).replace(b",", b";"),
        (HEAD + RIGHT).replace(b",", b"\t"),
        b'"Legacy ID","Kind","NAME","npi"\n"PR-1","Prescriber"," Dr.  Amara ","1234567893"\n',
        HEAD + b"\n ,,,\n" + RIGHT + b",,,\n\n",
        HEAD + RIGHT.rstrip(b"\n"),
    ],
    ids="plain bom crlf semicolon tab quoted blank-rows no-last-end".split(),
)
def test_files_of_many_habits_say_the_same(text: bytes, place: Path, site: Site) -> None:
    place.write_bytes(text)
    (row,) = rows_of(place, site)
    assert row.faults == ()
    assert row.values == {
        "legacy_id": "PR-1",
        "program": "teaching",
        "kind": "prescriber",
        "name": "Dr. Amara",
        "npi": "1234567893",
    }


def test_the_same_row_in_other_clothes_has_the_same_fingerprint(place: Path, site: Site) -> None:
    place.write_bytes(HEAD + RIGHT + b'PR-1 ,PRESCRIBER,"Dr.  Amara",1234567893\n')
    one, other = rows_of(place, site)
    assert one.fingerprint() == other.fingerprint()
    place.write_bytes(HEAD + b"PR-1,prescriber,Dr. Amaro,1234567893\n")
    assert rows_of(place, site)[0].fingerprint() != one.fingerprint()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"PR-2,prescriber,Dr. Noor", Reason.COLUMN_COUNT),
        (b"PR-2,prescriber,Noor, Dr.,1234567893", Reason.COLUMN_COUNT),
        (b'PR-2,prescriber,"Dr. Noor,1234567893', Reason.BAD_QUOTING),
        (b'PR-2,prescriber,"Dr." Noor,1234567893', Reason.BAD_QUOTING),
        (b"PR-2,prescriber,Dr.\rNoor,1234567893", Reason.BAD_QUOTING),
        (b"PR-2,prescriber,Dr.\x00Noor,1234567893", Reason.NUL_BYTE),
        (b"PR-2,prescriber,Jos\xe9,1234567893", Reason.NOT_UTF8),
        (b"PR-2,prescriber," + b"x" * 70_000, Reason.LINE_TOO_LONG),
        (b"x" * 300_000, Reason.LINE_TOO_LONG),
    ],
)
def test_one_broken_line_never_takes_others_along(
    line: bytes, reason: Reason, place: Path, site: Site
) -> None:
    place.write_bytes(HEAD + RIGHT + line + b"\n" + RIGHT.replace(b"PR-1", b"PR-3"))
    rows = rows_of(place, site)
    assert faults_of(rows) == [(3, None, reason.value)]
    assert [row.values.get("legacy_id") for row in rows] == ["PR-1", None, "PR-3"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"\n" + RIGHT, "is empty"),
        ("legacy_id,kind,name".encode("utf-16"), "not UTF-8"),
        (b"legacy_id,kind,n\xe9me\n", "not UTF-8"),
        (b"legacy_id,kind,name\rPR-1,prescriber,Dr. Amara\r", "no line ends"),
        (b'legacy_id,"kind,name\n', "stray quote"),
        (b"x" * 100_000, "no line ends"),
        (b"kind,name,npi\n", "lacks columns: 'legacy_id'"),
        (b"Dr. Amara,1980-01-01\n", "lacks columns"),
        (b"legacy_id,kind,name,name\n", "columns twice: 'name'"),
        (b"legacy_id,kind,name,shoe_size\n", "nobody knows: 'shoe_size'"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_says_why(
    text: bytes, said: str, place: Path, site: Site
) -> None:
    place.write_bytes(text)
    with pytest.raises(UnreadableFile) as refused:
        rows_of(place, site)
    assert said in refused.value.what
    assert "Amara" not in refused.value.what
    assert refused.value.remedy


def test_a_column_is_left_aside_only_on_purpose(place: Path, site: Site) -> None:
    place.write_bytes(b"legacy_id,kind,name,npi,x_shoe\nPR-1,prescriber,Dr. Amara,1234567893,44\n")
    (row,) = rows_of(place, site)
    assert row.faults == () and "x_shoe" not in row.values


@pytest.mark.parametrize(
    ("text", "rules", "found"),
    [
        ("2025-03-31", RULES, date(2025, 3, 31)),
        ("2025-3-1", RULES, date(2025, 3, 1)),
        ("3/31/2025", US, date(2025, 3, 31)),
        ("2025-03-31", US, date(2025, 3, 31)),
        ("3/31/2025", RULES, Reason.DATE_UNREADABLE),
        ("31/3/2025", US, Reason.DATE_NOT_IN_CALENDAR),
        ("3/31/25", US, Reason.DATE_UNREADABLE),
        ("2025-02-30", RULES, Reason.DATE_NOT_IN_CALENDAR),
        ("2025-00-10", RULES, Reason.DATE_NOT_IN_CALENDAR),
        ("٢٠٢٥-٠٣-٣١", RULES, Reason.DATE_UNREADABLE),
        ("2025-03-31T00:00", RULES, Reason.DATE_UNREADABLE),
        ("45000", RULES, Reason.DATE_UNREADABLE),
        ("1899-12-31", RULES, Reason.DATE_TOO_EARLY),
        ("2026-05-07", RULES, Reason.DATE_IN_FUTURE),
        ("2026-05-06", RULES, TODAY),
    ],
)
def test_days_are_read_one_way_or_not_at_all(text: str, rules: Rules, found: date | Reason) -> None:
    if isinstance(found, date):
        assert as_day(text, rules, date(1900, 1, 1), TODAY) == found
        return
    with pytest.raises(BadCell) as bad:
        as_day(text, rules, date(1900, 1, 1), TODAY)
    assert bad.value.reason is found


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|x", " =a"])
def test_what_a_spreadsheet_would_run_is_refused(text: str) -> None:
    with pytest.raises(BadCell) as bad:
        clean(text, 200)
    assert bad.value.reason is Reason.FORMULA


@pytest.mark.parametrize("text", ["+1 (555) 555-0100", "-0.5", "O'Neil-Smith", "Nuñez", "李雷"])
def test_what_is_no_formula_is_kept(text: str) -> None:
    assert clean(text, 200) == text


@given(st.text(max_size=80))
def test_every_text_is_kept_or_refused_for_a_reason(text: str) -> None:
    try:
        kept = clean(text, 40)
    except BadCell as bad:
        assert bad.reason in WORDS
    else:
        assert len(kept) <= 40 and "\x00" not in kept and kept == clean(kept, 40)


@given(st.binary(max_size=400))
def test_every_bytes_are_rows_or_refused_for_a_reason(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    place = tmp_path_factory.mktemp("bytes") / "participants.csv"
    place.write_bytes(HEAD + body)
    site = Site(library.current(), "teaching", TODAY, RULES)
    for row in rows_of(place, site):
        assert all(fault.reason in WORDS for fault in row.faults)
        if not row.faults:
            assert row.values["legacy_id"] and row.values["npi"]


def test_a_report_shows_what_kind_of_thing_an_identity_is_and_never_the_thing() -> None:
    assert told("1234567890", True) == "10 digits"
    assert told("Dr. Amara", True) == "9 letters"
    assert told("12 Main", True) == "7 characters, digits among them"
    assert told("docter", False) == "docter"
    assert told("=docter", False) == "7 letters"
    assert told("+cmd|' /C calc'!A0", False) == "18 characters, digits among them"
    assert told(" ", True) == "empty"


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        (b"PR-1,prescriber,Dr. A,", [("npi", "missing")]),
        (b"PR-1,prescriber,Dr. A,123", [("npi", "bad-npi")]),
        (b"PR-1,chemist,Dr. A,1234567893", [("kind", "unknown-kind")]),
        (b",,,1234567893", [("legacy_id", "missing"), ("kind", "missing"), ("name", "missing")]),
    ],
)
def test_everything_wrong_with_a_row_is_said_once(
    line: bytes, faults: list[tuple[str, str]], place: Path, site: Site
) -> None:
    place.write_bytes(HEAD + line + b"\n")
    assert [each[1:] for each in faults_of(rows_of(place, site))] == faults


@pytest.mark.parametrize(
    ("days", "faults", "remarks"),
    [
        (b"2025-02-01,2027-01-31", [], []),
        (b"2025-02-01,", [], []),
        (b"2025-02-01,2026-06-30", [], []),
        (b"2025-02-01,2027-02-01", [], [Remark.LAST_DAY_COUNTED_OTHERWISE]),
        (b"2025-02-01,2027-02-02", [("certified_until", "period-too-long")], []),
        (b"2025-02-01,2025-01-31", [("certified_until", "dates-out-of-order")], []),
        (b",2025-01-31", [("certified_from", "missing")], []),
        (b"soon,2025-01-31", [("certified_from", "date-unreadable")], []),
    ],
)
def test_a_certification_lasts_as_long_as_it_was_given_and_never_longer_than_allowed(
    days: bytes, faults: list[tuple[str, str]], remarks: list[Remark], place: Path, site: Site
) -> None:
    head = b"legacy_id,kind,name,setting,certified_from,certified_until\n"
    place.write_bytes(head + b"FA-1,facility,Riverside,hospital," + days + b"\n")
    (row,) = rows_of(place, site)
    assert [each[1:] for each in faults_of([row])] == faults
    assert [remark.reason for remark in row.remarks] == remarks


def test_a_file_that_is_no_plain_file_is_refused(place: Path, site: Site) -> None:
    place.mkdir()
    with pytest.raises(UnreadableFile, match="not a plain file"):
        rows_of(place, site)
    place.rmdir()
    place.symlink_to("nowhere")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        rows_of(place, site)


def test_every_reason_has_words_and_every_column_a_meaning() -> None:
    assert set(WORDS) == {*Reason, *Remark}
    assert all(words.meaning and words.remedy for words in WORDS.values())
    columns = [column for sheet in SHEETS.values() for column in sheet.values()]
    assert len(columns) > 50 and all(column.meaning.endswith(".") for column in columns)
