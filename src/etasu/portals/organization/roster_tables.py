"""What the pages about rosters show, and the files that go with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.organization.words import row_problems, staff_role, written_role
from etasu.registry.accounts.access import ROLES
from etasu.registry.participants.roster_file import (
    EMAIL,
    NAME,
    NEEDED,
    SITE,
    STAFF_ROLES,
)
from etasu.safe_use.program import Party, StepKind

_DASH = "–"
LONGEST_LIST = 200
TO_PUT_RIGHT = "what to put right"
Access = Mapping[str, set[str]]


def roster_table(entries: Sequence[Any], acting: Access, invited: Access) -> WorklistTable:
    """The roster: who, as what, trained when, and whether they sign in."""
    shown = entries[:LONGEST_LIST]
    rows = [
        (
            Cell(each.full_name),
            Cell(each.email),
            Cell(staff_role(each.role)),
            Cell(short_day(each.trained_on) or _("No date")),
            Cell(_access_said(each, acting, invited)),
            Cell(_("Remove"), reverse("organization:roster-remove", args=[each.pk])),
        )
        for each in shown
    ]
    return WorklistTable(
        caption=_("Staff roster"),
        columns=(_("Name"), _("E-mail"), _("Role"), _("Trained on"), _("Access"), _("To do")),
        rows=rows,
        empty=_("Nobody is on the roster yet."),
        shown=len(shown),
        total=len(entries),
    )


def files_table(files: Iterable[Any], zone: str) -> WorklistTable:
    """The files received, each leading to what became of it."""
    rows = [
        (
            Cell(
                moment(each.received_at, zone),
                reverse("organization:roster-file", args=[each.number]),
            ),
            Cell(str(each.rows)),
            Cell(str(each.added)),
            Cell(str(each.changed)),
            Cell(str(len(each.refused))),
        )
        for each in files
    ]
    return WorklistTable(
        caption=_("Files received"),
        columns=(_("Received"), _("Rows"), _("New"), _("Changed"), _("Not taken")),
        rows=rows,
        empty=_("No file has been received yet."),
    )


def refused_table(refused: Sequence[Mapping[str, Any]]) -> WorklistTable:
    """The rows not taken, as they were sent, each with what is wrong."""
    shown = refused[:LONGEST_LIST]
    rows = [
        (
            Cell(str(each["row"])),
            Cell(each["cells"].get(NAME, "") or _DASH),
            Cell(each["cells"].get(EMAIL, "") or _DASH),
            Cell(row_problems(each["problems"])),
        )
        for each in shown
    ]
    return WorklistTable(
        caption=_("Rows not taken"),
        columns=(_("Row"), _("Name"), _("E-mail"), _("What to put right")),
        rows=rows,
        empty=_("Every row was taken."),
        shown=len(shown),
        total=len(refused),
    )


def file_said(file: Any) -> list[str]:
    """What became of the rows of a file, in sentences."""
    new, changed, same = file.added, file.changed, file.unchanged
    refused = len(file.refused)
    told = [
        (new, ngettext("%(n)s person is new.", "%(n)s people are new.", new)),
        (changed, ngettext("%(n)s person was corrected.", "%(n)s people were corrected.", changed)),
        (same, ngettext("%(n)s was there just so.", "%(n)s were there just so.", same)),
        (refused, ngettext("%(n)s row was not taken.", "%(n)s rows were not taken.", refused)),
    ]
    said = [text % {"n": count} for count, text in told if count]
    return said or [_("Nothing was new.")]


def template_rows(kind: str, today: date) -> Iterable[Sequence[str]]:
    """The headings, and one row that shows how to fill them in."""
    yield NEEDED
    role = written_role(STAFF_ROLES[kind][0])
    yield (_("Given Family"), "name@example.org", role, today.isoformat())


def roster_rows(entries: Iterable[Any]) -> Iterable[Sequence[str]]:
    """The roster in the columns it is sent in."""
    yield NEEDED
    for each in entries:
        trained_on = each.trained_on.isoformat() if each.trained_on else ""
        yield each.full_name, each.email, written_role(each.role), trained_on


def refused_rows(refused: Sequence[Mapping[str, Any]]) -> Iterable[Sequence[str]]:
    """The rows not taken in the columns they were sent in, and what to put right."""
    has_sites = any(each["cells"].get(SITE) for each in refused)
    columns = (*NEEDED, SITE) if has_sites else NEEDED
    yield (*columns, TO_PUT_RIGHT)
    for each in refused:
        cells = [each["cells"].get(column, "") for column in columns]
        yield (*cells, row_problems(each["problems"]))


def role_words(roles: Iterable[str]) -> list[tuple[str, str]]:
    """Each role as it is written in a file, and what it is called."""
    return [(written_role(role), staff_role(role)) for role in roles]


def all_trained(entries: Sequence[Any]) -> bool:
    """Whether there is somebody, and nobody without a training date."""
    return bool(entries) and all(each.trained_on is not None for each in entries)


def trains(party: Party) -> bool:
    """Whether the program asks this kind of site to train its staff."""
    return any(step.kind is StepKind.TRAIN_STAFF for step in party.steps)


def trained_said(entries: Sequence[Any]) -> str:
    """How many are trained, in a sentence."""
    trained = sum(each.trained_on is not None for each in entries)
    said = {"n": trained, "all": len(entries)}
    return _("%(n)s of %(all)s on the roster have a training date.") % said


def _access_said(entry: Any, acting: Access, invited: Access) -> str:
    if entry.role not in ROLES:
        return _("Does not sign in")
    if entry.email in acting.get(entry.role, set()):
        return _("Signs in")
    return _("Invited") if entry.email in invited.get(entry.role, set()) else _("Not invited yet")
