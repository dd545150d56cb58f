"""Files of results: every row is answered by its number, and no file breaks anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.programs import library
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring import connecting
from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.quarantine import conservation
from etasu.registry.monitoring.result_files.columns import COLUMNS
from etasu.registry.monitoring.result_files.lines import MOST_BYTES, MOST_ROWS, Unreadable
from etasu.registry.monitoring.result_files.receive import Taken, receive_file
from etasu.registry.monitoring.result_files.translate import translate
from etasu.registry.patients.models import Patient
from tests.registry import labs

HEAD = "patient,test,value,unit,collected_on"


@pytest.fixture
def mara(db: None) -> Iterator[Patient]:
    """Mara, and nobody's connection yet."""
    before = library.current()
    labs.use_lemtrada()
    yield labs.patient()
    library.use(before)


def connection() -> LabConnection:
    """A clinic that sends files."""
    return connecting.register_connection(
        labs.PROGRAM, "Clinic", authorities={"RIVER": "riverside"}, wire="file",
        by=labs.LISTENER, at=labs.AT,
    )  # fmt: skip


def take(text: str | bytes, known: LabConnection | None = None) -> Taken:
    """What becomes of a file; all of it is accounted for."""
    content = text.encode() if isinstance(text, str) else text
    number = (known or connection()).number
    found = receive_file(content, number, by=labs.LISTENER, at=labs.AT)
    assert conservation(LabMessageRow.objects.get(number=found.outcome.reference)).holds
    return found


def test_every_row_is_stored_or_waits_with_a_reason(mara: Patient) -> None:
    number = mara.number
    found = take(
        "\ufeffpatient;identifier;authority;test;loinc;value;unit;collected_on;status;flags\r\n"
        f"{number};;;platelets;;8;K/uL;2025-06-01;;LL\r\n"
        f";{labs.MRN};RIVER;;2160-0;<0.9;mg/dL;2025-06-01;final;\r\n"
        "\r\n"
        f"{number};;;tsh;;2;uIU/mL;June 1;;\r\n"
        f"{number};;;;;2;;2025-06-01;;\r\n"
        f"{number};;;hiv;;'=1+1;;2025-06-01;;\r\n"
        "NOBODY;;;platelets;;8;K/uL;2025-06-01;;\r\n"
        f"{number};;;platelets;;9;K/uL;2025-06-01;odd;\r\n"
    )
    assert [(each.place, each.outcome, each.reason) for each in found.rows] == [
        ("row 2", "stored", ""), ("row 3", "stored", ""), ("row 5", "quarantined", "unreadable"),
        ("row 6", "quarantined", "code-unknown"), ("row 7", "quarantined", "unreadable"),
        ("row 8", "quarantined", "patient-unknown"), ("row 9", "quarantined", "status-unknown"),
    ]  # fmt: skip
    assert "collected_on is not a day: write it as 2025-06-01." in found.rows[2].said
    assert "value begins as a formula does" in found.rows[4].said
    assert all(each.remedy for each in found.rows[2:])
    assert labs.current(mara) == {"platelets": "8", "creatinine": "0.9"}


def test_the_same_file_again_changes_nothing(mara: Patient) -> None:
    known, text = connection(), f"{HEAD}\n{mara.number},platelets,250,K/uL,2025-06-01\n"
    take(text, known)
    assert take(text, known).outcome.is_repeat
    assert LabMessageRow.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Columns are missing"),
        (b"\xff\xfe", "UTF-8"),
        (b"value,collected_on\n\x00,1\n", "not text"),
        (HEAD.encode(), "no row"),
        (b"value,collected_on,color\n1,2,3\n", "not known: color"),
        (b"value,collected_on,value\n1,2,3\n", "twice: value"),
        (b"value,collected_on\n" + b'"' + b"x" * 200_000 + b'"', "not CSV"),
        (b"value,collected_on\n" + b"1,2\n" * (MOST_ROWS + 1), f"more than {MOST_ROWS} rows"),
        (b"x" * (MOST_BYTES + 1), "larger than"),
    ],
)
def test_a_file_that_is_none_says_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        translate(content, "c")


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        # Open to the end; closed where a row below opens one; closed where a row below has one.
        (('"hemolyzed', "", ""), "Line 2 is not CSV"),
        (('"hemolyzed', '"clotted"', ""), "Line 2 is not CSV"),
        (('"hemolyzed', 'so "clotted"', ""), "Line 2 is not CSV"),
        (("", '"hemolyzed', '"'), "Line 3 has a cell that holds a row of its own"),
        (('"hemolyzed', "", 'clotted"'), "Line 2 has a cell that holds a row of its own"),
        (('hemolyzed,"', '"', ""), "Line 2 has a cell that holds a row of its own"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_no_row_is_lost_in_the_cell_of_another(notes: tuple[str, ...], said: str, end: str) -> None:
    rows = ["tsh,2,uIU/mL", "platelets,40,K/uL", "alt,30,U/L"]
    lines = [f"A,{row},2025-06-01,{note}" for row, note in zip(rows, notes, strict=True)]
    with pytest.raises(Unreadable, match=f"{said}.*quote"):
        translate(end.join([f"{HEAD},note", *lines, ""]).encode(), "c")


def test_no_row_is_lost_in_a_note_that_stands_first() -> None:
    text = 'note,patient,value,collected_on\n"old,A,2,2025-06-01\n",A,40,2025-06-01\n'
    with pytest.raises(Unreadable, match="Line 2 has a cell"):
        translate(text.encode(), "c")


def test_only_a_note_goes_over_several_lines() -> None:
    text = f'{HEAD},note\nA,tsh,2,uIU/mL,2025-06-01,"pale, thin, told on\n2025-06-02\nby ""K"""\n'
    (report,) = translate(text.encode(), "c").reports
    assert report.items[0].note == 'pale, thin, told on\n2025-06-02\nby "K"'
    assert report.items[0].trouble == ""
    (report,) = translate(f'{HEAD}\nA,tsh,"2\n40",uIU/mL,2025-06-01\n'.encode(), "c").reports
    assert report.items[0].trouble == "value goes over several lines: write it in one."


def test_a_file_that_is_none_is_kept_as_well(mara: Patient) -> None:
    found = take(b"no,columns\n1,2\n")
    assert "Columns are missing" in found.problem and found.outcome.answer == "AE"
    assert bytes(LabMessageRow.objects.get().raw) == b"no,columns\n1,2\n"


def test_a_row_that_is_too_long_or_too_wide_waits() -> None:
    wide = f"{HEAD}\nA,platelets,1,K/uL,2025-06-01,more\n"
    (report,) = translate(wide.encode(), "c").reports
    assert "more cells" in report.items[0].trouble
    long = f"{HEAD}\nA,platelets,{'1' * 3000},K/uL,2025-06-01\n"
    (report,) = translate(long.encode(), "c").reports
    assert "value is longer" in report.items[0].trouble and len(report.items[0].value or "") == 2000


@given(
    st.lists(
        st.lists(st.text(max_size=12), min_size=1, max_size=len(COLUMNS)), min_size=1, max_size=6
    ),
    st.permutations(list(COLUMNS)),
)
def test_whatever_is_in_the_cells_every_row_becomes_one_item(
    rows: list[list[str]], names: list[str]
) -> None:
    import csv
    import io

    out = io.StringIO()
    csv.writer(out).writerows([names, *rows])
    text = out.getvalue()
    sent = [row for row in rows if any(cell.strip() for cell in row)]
    try:
        message = translate(text.encode("utf-8", "replace"), "c")
    except Unreadable as problem:
        assert not sent or "\x00" in text or "CSV" in str(problem)
        return
    assert sum(len(each.items) for each in message.reports) == len(sent)


def test_a_connection_is_changed_and_closed_by_somebody(mara: Patient) -> None:
    known = connection()
    changed = connecting.change_connection(
        known, authorities={"EAST": "east"}, time_zone="America/Denver", character_set="latin-1",
        by=labs.LISTENER, at=labs.AT,
    )  # fmt: skip
    assert changed.authorities == {"etasu": "program", "EAST": "east"}
    for _ in range(2):
        connecting.close_connection(known, by=labs.LISTENER, at=labs.AT)
    text = f"{HEAD}\n{mara.number},platelets,250,K/uL,2025-06-01\n"
    assert take(text, known).rows[0].reason == "sender-unknown"
    said = AuditEntry.objects.filter(subject=known.number).values_list("verb", flat=True)
    assert sorted(said) == [
        "lab_connection.changed", "lab_connection.closed", "lab_connection.registered",
    ]  # fmt: skip
