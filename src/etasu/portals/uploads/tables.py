"""What the pages about files of results show, and the files that go with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components.dates import moment
from etasu.portals.components.lab_words import in_words
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.spreadsheet import Row
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.result_files.became import RowLeft
from etasu.registry.monitoring.result_files.columns import COLUMNS, TO_PUT_RIGHT
from etasu.safe_use.program import ProgramVersion

LONGEST_LIST = 200
_LONGEST = 30
_CODES = ("test", "loinc", "code")
OUTCOMES: Mapping[str, str | Promise] = {
    Kept.QUARANTINED: gettext_lazy("Waits"),
    Kept.REJECTED: gettext_lazy("Rejected"),
}
# The columns of the template; a laboratory may use any of the others.
_SHOWN = ("patient", "test", "value", "unit", "collected_on", "low", "high", "report", "note")


def files_table(files: Iterable[Any], zone: str) -> WorklistTable:
    """The files that came in, each leading to what became of its rows."""
    rows = [
        (
            Cell(moment(each.received_at, zone), reverse("uploads:file", args=[each.number])),
            Cell(each.connection.name),
            Cell(str(each.items)),
            Cell(str(each.stored)),
            Cell(str(each.items - each.stored)),
        )
        for each in files
    ]
    return WorklistTable(
        caption=_("Files received"),
        columns=(_("Received"), _("From"), _("Rows"), _("Kept at once"), _("Not kept at once")),
        rows=rows,
        empty=_("No file has been received yet."),
    )


def left_table(left: Sequence[RowLeft]) -> WorklistTable:
    """The rows that are not among the results, each with what is the matter."""
    shown = left[:LONGEST_LIST]
    rows = [
        (
            Cell(str(each.number), is_number=True),
            Cell(_brief(each, *_CODES), is_number=True),
            Cell(_brief(each, "value"), is_number=True),
            Cell(OUTCOMES[each.outcome], is_number=True),
            Cell(in_words(each.reason)),
        )
        for each in shown
    ]
    return WorklistTable(
        caption=_("Rows that are not kept"),
        columns=(_("Row"), _("Test"), _("Value"), _("Now"), _("What to put right")),
        rows=rows,
        empty=_("Every row is kept."),
        shown=len(shown),
        total=len(left),
    )


def _brief(left: RowLeft, *names: str) -> str:
    """The first of these cells that is filled in, or its beginning."""
    return next((left.cells[name][:_LONGEST] for name in names if left.cells.get(name)), "–")


def left_rows(left: Sequence[RowLeft]) -> list[Row]:
    """The same rows in the columns they were sent in, and what to put right."""
    used = [name for name in COLUMNS if any(name in each.cells for each in left)]
    names = [name for name in used if name != TO_PUT_RIGHT]
    head: list[Row] = [[*names, TO_PUT_RIGHT]]
    return head + [
        [*(each.cells.get(name, "") for name in names), in_words(each.reason)] for each in left
    ]


def template_rows(version: ProgramVersion, today: date) -> list[Row]:
    """The headings, and one row that shows how to fill them in."""
    test = next(each for each in version.tests.values() if each.unit and not each.needs)
    filled = {"patient": "7QK2M-X0B4T-N", "test": test.code, "unit": test.unit, "value": "200"}
    filled |= {"collected_on": today.isoformat(), "note": _("an example; take this row out")}
    return [list(_SHOWN), [filled.get(name, "") for name in _SHOWN]]


def file_said(file: Any, left: Sequence[RowLeft]) -> list[str]:
    """What became of the rows by now, in sentences."""
    kept = file.items - len(left)
    said = []
    if kept:
        text = ngettext("%(n)s row is kept.", "%(n)s rows are kept.", kept)
        said.append(text % {"n": kept})
    if left:
        text = ngettext("%(n)s row is not kept.", "%(n)s rows are not kept.", len(left))
        said.append(text % {"n": len(left)})
    return said
