"""What rosters say, in words: what is wrong with a file or a cell, and what roles are called."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.words import role_label
from etasu.registry.participants.roster_file import (
    EMAIL,
    NAME,
    OTHER_STAFF,
    ROLE,
    SITE,
    TRAINED_ON,
    CellProblem,
)

CELLS = {
    CellProblem.MISSING: gettext_lazy("It is empty."),
    CellProblem.NAME_ODD: gettext_lazy("It is no name: write letters, and signs only within it."),
    CellProblem.TOO_LONG: gettext_lazy("It is too long."),
    CellProblem.EMAIL_ODD: gettext_lazy("It is no e-mail address like name@example.com."),
    CellProblem.EMAIL_TWICE: gettext_lazy("A row above has this address and says otherwise."),
    CellProblem.ROLE_UNKNOWN: gettext_lazy("It is none of the roles of this site."),
    CellProblem.DAY_UNREADABLE: gettext_lazy("Write it like 4/30/2026 or 2026-04-30."),
    CellProblem.DAY_TO_COME: gettext_lazy("This day is yet to come."),
    CellProblem.DAY_LONG_AGO: gettext_lazy("This is long ago. Check the year."),
    CellProblem.SITE_UNKNOWN: gettext_lazy("None of your sites has this number."),
}
COLUMNS = {
    NAME: gettext_lazy("Name"),
    EMAIL: gettext_lazy("E-mail"),
    ROLE: gettext_lazy("Role"),
    TRAINED_ON: gettext_lazy("Trained on"),
    SITE: gettext_lazy("Site"),
}


def staff_role(role: str) -> str:
    """What a role on a roster is called."""
    return _("Other staff") if role == OTHER_STAFF else role_label(role)


def written_role(role: str) -> str:
    """How a role is written in a file; reading takes it whatever the language."""
    return role.replace("_", " ")


def cell_problem(code: str) -> str:
    """What is wrong with a cell."""
    return str(CELLS[CellProblem(code)])


def row_problems(problems: Iterable[tuple[str, str]]) -> str:
    """Everything wrong with a row, in one line."""
    return " ".join(f"{COLUMNS[column]}: {cell_problem(code)}" for column, code in problems)
