"""What only the whole file can tell: IDs given twice, and rows that speak of the same thing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from etasu.interfaces.carry_over.reasons import Fault, Reason
from etasu.interfaces.carry_over.rows import Row, Values

Key = tuple[str, str]


class Sameness(NamedTuple):
    """What two rows of a file must not share unless they are one row."""

    reason: Reason
    column: str
    shared: Hashable


class Survey:
    """Knows the rows of one file by their legacy IDs, once every row was noted."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.rows = 0
        self._first: dict[Key, tuple[int, bytes]] = {}
        self._given_twice: dict[Key, list[int]] = {}
        self._owner: dict[Sameness, tuple[int, Key]] = {}
        self._shared: dict[Sameness, list[int]] = {}

    def note(self, row: Row) -> None:
        """Take one row into account, whatever is wrong with it."""
        self.rows += 1
        if not row.values.get("legacy_id"):
            return
        self._note_id(row)
        for same in samenesses(self.sheet, row.values):
            number, key = self._owner.setdefault(same, (row.number, row.key))
            if key != row.key:
                self._shared.setdefault(same, [number]).append(row.number)

    def row_of(self, key: Key) -> int | None:
        """The first row with this legacy ID; None when the file has none."""
        found = self._first.get(key)
        return found[0] if found else None

    def faults(self, row: Row) -> Iterator[Fault]:
        """What the row has wrong in view of the others."""
        twice = self._given_twice.get(row.key)
        if twice is not None:
            other = _other(row, twice)
            yield Fault(row.number, "legacy_id", Reason.DUPLICATE_LEGACY_ID, see_row=other)
        for same in samenesses(self.sheet, row.values):
            shared = self._shared.get(same)
            if shared is not None:
                yield Fault(row.number, same.column, same.reason, see_row=_other(row, shared))

    def _note_id(self, row: Row) -> None:
        print_ = row.fingerprint()
        number, first = self._first.setdefault(row.key, (row.number, print_))
        if first != print_:
            self._given_twice.setdefault(row.key, [number]).append(row.number)


def samenesses(sheet: str, values: Values) -> Iterator[Sameness]:
    """Everything the row must be alone with."""
    program = values.get("program")
    if sheet == "participants":
        kind, npi, ncpdp = values.get("kind"), values.get("npi"), values.get("ncpdp")
        if kind == "prescriber" and npi:
            yield Sameness(Reason.DUPLICATE_NPI, "npi", (program, npi))
        if kind == "pharmacy" and ncpdp:
            yield Sameness(Reason.DUPLICATE_NCPDP, "ncpdp", (program, ncpdp))
    elif sheet == "patients":
        person = likeness(values)
        if person is not None and not values.get("is_distinct"):
            yield Sameness(Reason.SAME_PERSON_TWICE, "name", (program, *person))
    elif sheet == "infusions":
        yield from _alone(values, Reason.SAME_DAY_TWICE, "given_on", ("patient", "given_on"))
    elif sheet == "authorizations":
        parts = ("patient", "gate", "course", "day")
        yield from _alone(values, Reason.SAME_SLOT_TWICE, "gate", parts)


def likeness(values: Values) -> tuple[Hashable, ...] | None:
    """Name, birth date and ZIP code, by which somebody may be known; None unless all are there."""
    name, birth, zip_code = (values.get(each) for each in ("name", "birth_date", "zip_code"))
    if not (name and birth and zip_code):
        return None
    return name.casefold(), birth, zip_code[:5]


def _alone(
    values: Values, reason: Reason, column: str, parts: tuple[str, ...]
) -> Iterator[Sameness]:
    if values.get("patient") and values.get(column):
        shared = (values.get("program"), *(values.get(part) for part in parts))
        yield Sameness(reason, column, shared)


def _other(row: Row, rows: list[int]) -> int | None:
    return next((number for number in rows if number != row.number), None)
