"""The columns of a file of results, and what each may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Column(NamedTuple):
    """One column: whether every row must fill it, and what belongs into it."""

    name: str
    is_needed: bool
    holds: str


# What a row that came back says; it is left out when the row is sent again.
TO_PUT_RIGHT = "to_put_right"
COLUMNS: Mapping[str, Column] = {
    each.name: each
    for each in (
        Column("patient", False, "the patient's number in the program"),
        Column("identifier", False, "another identifier of the patient, such as a record number"),
        Column("authority", False, "who gave the identifier, as agreed for the connection"),
        Column("last_name", False, "the patient's last name"),
        Column("first_name", False, "the patient's first name"),
        Column("birth_date", False, "the patient's birth date, as 1990-06-01"),
        Column("report", False, "the laboratory's number of the order; needed to correct it later"),
        Column("test", False, "the code of a test of the program, such as platelets"),
        Column("loinc", False, "the LOINC code of the test"),
        Column("code", False, "the laboratory's own code of the test"),
        Column("value", True, "a number or a word, such as 250, <5 or negative"),
        Column("unit", False, "the unit of the value, such as 10*3/uL"),
        Column("low", False, "the lower end of the laboratory's range"),
        Column("high", False, "the upper end of the laboratory's range"),
        Column("flags", False, "the laboratory's flags, such as H or LL"),
        Column("collected_on", True, "the day the specimen was collected, as 2025-06-01"),
        Column("status", False, "final if empty, or corrected, preliminary, canceled, withdrawn"),
        Column("note", False, "whatever else the laboratory says"),
        Column(TO_PUT_RIGHT, False, "left out: what was wrong when the row came back to you"),
    )
}
NEEDED = tuple(each.name for each in COLUMNS.values() if each.is_needed)
LONGEST_CELL = 2_000
# What results are looked up by in the database, which has an end.
LOOKED_UP = frozenset({"test", "loinc", "code", "report"})
LONGEST_LOOKED_UP = 255
