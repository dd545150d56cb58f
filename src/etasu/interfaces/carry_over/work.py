"""What bringing rows in needs at hand: who vouches, who acts, and whom rows refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from etasu.interfaces.carry_over.reasons import Fault, Reason
from etasu.interfaces.carry_over.rows import Row, Site
from etasu.interfaces.carry_over.survey import Key, Survey
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.origins import NewOrigin, Source, known_origins

Found = TypeVar("Found")


class Unfit(Exception):
    """A row that cannot be brought in, because of what is here or is not here."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def unfit(row: Row, column: str, reason: Reason) -> Unfit:
    """Why one row cannot be brought in."""
    return Unfit(Fault(row.number, column, reason))


class Work(NamedTuple):
    """One delivery being brought in."""

    source: Source
    site: Site
    surveys: Mapping[str, Survey]
    by: Actor
    at: datetime


class Outcome:
    """What became of the rows of one batch."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.imported = 0
        self.already_there = 0
        self.explained: list[Fault] = []
        self.remarks: list[Fault] = []
        self.origins: list[NewOrigin] = []

    def bring(self, row: Row, number: str) -> None:
        """The row is in, under this number."""
        self.imported += 1
        self._keep(row, number)

    def recognize(self, row: Row, number: str) -> None:
        """What the row says was here already, under this number."""
        self.already_there += 1
        self._keep(row, number)

    def sift(self, rows: Iterable[Row], make: Callable[[Row], Found]) -> list[tuple[Row, Found]]:
        """What is made of each row; the unfit ones are explained and left out."""
        found = []
        for row in rows:
            try:
                found.append((row, make(row)))
            except Unfit as bad:
                self.explained.append(bad.fault)
        return found

    def _keep(self, row: Row, number: str) -> None:
        self.remarks += row.remarks
        program, legacy_id = row.key
        self.origins.append(NewOrigin(program, self.kind, legacy_id, number, row.fingerprint()))


class Reference(NamedTuple):
    """A column that names a row of another file, and what the row is without it."""

    column: str
    sheet: str
    unknown: Reason
    waits: Reason


PARTICIPANT = (Reason.UNKNOWN_PARTICIPANT, Reason.WAITS_FOR_PARTICIPANT)
PATIENT = (Reason.UNKNOWN_PATIENT, Reason.WAITS_FOR_PATIENT)


class Lookup(Generic[Found]):
    """Finds what the rows of a batch refer to."""

    def __init__(
        self,
        work: Work,
        rows: Sequence[Row],
        references: Iterable[Reference],
        fetch: Callable[[set[str]], Mapping[str, Found]],
    ) -> None:
        self._references = {each.column: each for each in references}
        sheet = next(iter(self._references.values())).sheet
        self._survey = work.surveys.get(sheet)
        wanted = {
            row.values[column]
            for row in rows
            for column in self._references
            if column in row.values
        }
        self._numbers = {
            key: known.number
            for key, known in known_origins(work.source.administrator, sheet, wanted).items()
        }
        self._found = fetch(set(self._numbers.values()))

    def find(self, row: Row, column: str) -> Found:
        """What the row refers to; raises Unfit when it is not here."""
        key = (row.key[0], row.values[column])
        number = self._numbers.get(key)
        if number is None:
            raise Unfit(self._missing(row, column, key))
        return self._found[number]

    def find_if_named(self, row: Row, column: str) -> Found | None:
        """The same, or None when the row refers to nothing in this column."""
        return self.find(row, column) if row.values.get(column) else None

    def everything(self) -> list[Found]:
        """All that the rows of the batch refer to and that is here."""
        return list(self._found.values())

    def _missing(self, row: Row, column: str, key: Key) -> Fault:
        reference = self._references[column]
        where = self._survey.row_of(key) if self._survey else None
        reason = reference.unknown if where is None else reference.waits
        return Fault(row.number, column, reason, see_row=where)
