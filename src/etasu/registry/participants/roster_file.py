"""Reading a staff roster that was sent as a file: the rows that are right, and what is wrong with
each of the others. Nothing is looked up and nothing is kept here.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from etasu.registry.accounts.access import INFUSION_NURSE, PHARMACIST

NAME, EMAIL, ROLE, TRAINED_ON, SITE = "name", "e-mail", "role", "trained on", "site"
COLUMNS = (NAME, EMAIL, ROLE, TRAINED_ON, SITE)
NEEDED = (NAME, EMAIL, ROLE, TRAINED_ON)
# Somebody trained who does not sign in here.
OTHER_STAFF = "other_staff"
STAFF_ROLES: Mapping[str, tuple[str, ...]] = {
    "facility": (INFUSION_NURSE, OTHER_STAFF),
    "pharmacy": (PHARMACIST, OTHER_STAFF),
}
MOST_BYTES = 5_000_000
MOST_ROWS = 20_000
LONGEST_NAME = 200
FIRST_YEAR = 2000

# What a column or a role may also be called; compared without case, accents, spaces, and signs.
_COLUMN_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("name", "fullname", "nombre"), NAME),
    **dict.fromkeys(("email", "emailaddress", "mail", "correo", "correoelectronico"), EMAIL),
    **dict.fromkeys(("role", "rol", "funcion"), ROLE),
    **dict.fromkeys(("trainedon", "trained", "trainingdate", "fechadecapacitacion"), TRAINED_ON),
    **dict.fromkeys(("site", "sitenumber", "store", "centro", "sitio"), SITE),
}
_ROLE_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("infusionnurse", "nurse", "enfermero", "enfermera"), INFUSION_NURSE),
    **dict.fromkeys(("pharmacist", "farmaceutico", "farmaceutica"), PHARMACIST),
    **dict.fromkeys(("otherstaff", "other", "staff", "otropersonal"), OTHER_STAFF),
}
_NAME = re.compile(r"[^\W\d_][\w .,'’()-]*")
# Spreadsheets are told by an apostrophe that such a cell is text; reading takes it off again.
_MADE_HARMLESS = re.compile(r"'[=+\-@\t\r\n]")


class FileProblem(StrEnum):
    """Why a whole file cannot be read."""

    EMPTY = "empty"
    NOT_TEXT = "not_text"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    NO_COLUMNS = "no_columns"


class CellProblem(StrEnum):
    """What is wrong with one cell of a row."""

    MISSING = "missing"
    NAME_ODD = "name_odd"
    TOO_LONG = "too_long"
    EMAIL_ODD = "email_odd"
    EMAIL_TWICE = "email_twice"
    ROLE_UNKNOWN = "role_unknown"
    DAY_UNREADABLE = "day_unreadable"
    DAY_TO_COME = "day_to_come"
    DAY_LONG_AGO = "day_long_ago"
    SITE_UNKNOWN = "site_unknown"


class BadFile(ValueError):
    """The file cannot be read at all; `missing` names columns it should have."""

    def __init__(self, why: FileProblem, missing: Sequence[str] = ()) -> None:
        super().__init__(why.value)
        self.why, self.missing = why, tuple(missing)


class Row(NamedTuple):
    """One row as sent: its number, the headings being row 1, and its cells by column."""

    number: int
    cells: Mapping[str, str]


class Person(NamedTuple):
    """A row that can be taken. `site` is as written; empty for the site the file is sent for."""

    row: Row
    full_name: str
    email: str
    role: str
    trained_on: date | None
    site: str


class BadRow(NamedTuple):
    """A row that cannot be taken, with each column that is wrong and why."""

    row: Row
    problems: tuple[tuple[str, CellProblem], ...]


def read_rows(content: bytes) -> list[Row]:
    """The rows of a file with headings, empty ones left out.

    UTF-8 or what spreadsheets write, with commas, semicolons or tabs, and any line ends. Columns
    nobody asked for are left out. Raises BadFile.
    """
    if len(content) > MOST_BYTES:
        raise BadFile(FileProblem.TOO_LARGE)
    text = _decoded(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise BadFile(FileProblem.EMPTY)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(first))
    try:
        return _told(list(reader))
    except csv.Error:
        raise BadFile(FileProblem.NOT_TEXT) from None


def people_in(
    rows: Iterable[Row], roles: Sequence[str], today: date
) -> tuple[list[Person], list[BadRow]]:
    """The rows that can be taken, and those that cannot, each in the order of the file.

    Somebody named twice is taken from the first row; a second one that says the same is no mistake.
    """
    good: dict[tuple[str, str], Person] = {}
    bad = []
    for row in rows:
        person, problems = _read(row, roles, today)
        known = good.setdefault((person.site, person.email), person) if not problems else person
        if known[1:] != person[1:]:
            problems = [(EMAIL, CellProblem.EMAIL_TWICE)]
        if problems:
            bad.append(BadRow(row, tuple(problems)))
    return list(good.values()), bad


def _decoded(content: bytes) -> str:
    marked = (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")
    encodings = [name for mark, name in marked if content.startswith(mark)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadFile(FileProblem.NOT_TEXT)


def _separator(headings: str) -> str:
    def known(separator: str) -> int:
        return sum(_plain(cell) in _COLUMN_NAMES for cell in headings.split(separator))

    return max(",;\t", key=known)


def _told(lines: list[list[str]]) -> list[Row]:
    numbered = [(n, cells) for n, cells in enumerate(lines, 1) if any(c.strip() for c in cells)]
    headings = [_COLUMN_NAMES.get(_plain(cell), "") for cell in numbered[0][1]]
    missing = [column for column in NEEDED if column not in headings]
    if missing:
        raise BadFile(FileProblem.NO_COLUMNS, missing)
    if len(numbered) - 1 > MOST_ROWS:
        raise BadFile(FileProblem.TOO_MANY_ROWS)
    if len(numbered) == 1:
        raise BadFile(FileProblem.EMPTY)
    return [
        Row(n, {h: _cell(c) for h, c in zip(headings, cells, strict=False) if h})
        for n, cells in numbered[1:]
    ]


def _cell(text: str) -> str:
    text = text.strip()
    return text[1:] if _MADE_HARMLESS.match(text) else text


def _read(
    row: Row, roles: Sequence[str], today: date
) -> tuple[Person, list[tuple[str, CellProblem]]]:
    cells = {column: row.cells.get(column, "") for column in COLUMNS}
    problems = []
    for column in (NAME, EMAIL, ROLE):
        problem = _problem(column, cells[column], roles)
        if problem is not None:
            problems.append((column, problem))
    trained_on, problem = _day(cells[TRAINED_ON], today)
    if problem is not None:
        problems.append((TRAINED_ON, problem))
    name = " ".join(cells[NAME].split())
    role = _ROLE_NAMES.get(_plain(cells[ROLE]), "")
    return Person(row, name, cells[EMAIL].lower(), role, trained_on, cells[SITE]), problems


def _problem(column: str, text: str, roles: Sequence[str]) -> CellProblem | None:
    if not text:
        return CellProblem.MISSING
    if len(text) > LONGEST_NAME:
        return CellProblem.TOO_LONG
    if column == NAME:
        return None if _NAME.fullmatch(text) else CellProblem.NAME_ODD
    if column == ROLE:
        known = _ROLE_NAMES.get(_plain(text))
        return None if known in roles else CellProblem.ROLE_UNKNOWN
    try:
        validate_email(text)
    except ValidationError:
        return CellProblem.EMAIL_ODD
    return None


def _day(text: str, today: date) -> tuple[date | None, CellProblem | None]:
    """The day written as 2026-04-30 or 4/30/2026, month first; none when the cell is empty."""
    if not text:
        return None, None
    for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            day = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if day > today:
            return None, CellProblem.DAY_TO_COME
        return (day, None) if day.year >= FIRST_YEAR else (None, CellProblem.DAY_LONG_AGO)
    return None, CellProblem.DAY_UNREADABLE


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in bare if char.isalnum())
