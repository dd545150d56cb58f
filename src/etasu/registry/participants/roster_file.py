"""Reading a staff roster that was sent as a file: the rows that are right, and what is wrong with
each of the others. Nothing is looked up and nothing is kept here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from etasu.registry.accounts.access import INFUSION_NURSE, PHARMACIST
from etasu.registry.participants.csv_rows import Row, plain, rows_of

NAME, EMAIL, ROLE, TRAINED_ON, SITE = "name", "e-mail", "role", "trained on", "site"
COLUMNS = (NAME, EMAIL, ROLE, TRAINED_ON, SITE)
NEEDED = (NAME, EMAIL, ROLE, TRAINED_ON)
# Somebody trained who does not sign in here.
OTHER_STAFF = "other_staff"
STAFF_ROLES: Mapping[str, tuple[str, ...]] = {
    "facility": (INFUSION_NURSE, OTHER_STAFF),
    "pharmacy": (PHARMACIST, OTHER_STAFF),
}
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
    """The rows of a roster; raises BadFile when it cannot be read at all."""
    return rows_of(content, _COLUMN_NAMES, NEEDED)


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
    role = _ROLE_NAMES.get(plain(cells[ROLE]), "")
    return Person(row, name, cells[EMAIL].lower(), role, trained_on, cells[SITE]), problems


def _problem(column: str, text: str, roles: Sequence[str]) -> CellProblem | None:
    if not text:
        return CellProblem.MISSING
    if len(text) > LONGEST_NAME:
        return CellProblem.TOO_LONG
    if column == NAME:
        return None if _NAME.fullmatch(text) else CellProblem.NAME_ODD
    if column == ROLE:
        known = _ROLE_NAMES.get(plain(text))
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
