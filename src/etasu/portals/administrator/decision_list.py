"""Decisions as rows, the same on the page and in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.dates import brief_moment, short_day
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.words import status
from etasu.registry.authorizations.facts import blocking_codes
from etasu.safe_use.program import ProgramVersion

_DASH = "–"


class DecisionLine(NamedTuple):
    """One decision in words, in the order of the columns."""

    number: str
    asked: str
    gate: str
    patient: str
    planned_on: str
    answer: str
    reasons: str


def columns() -> tuple[str, ...]:
    """What each part of a line is called."""
    return (
        _("Number"),
        _("Asked"),
        _("Gate"),
        _("Patient"),
        _("Planned day"),
        _("Answer"),
        _("Reasons"),
    )


def line(decision: Any, version: ProgramVersion, time_zone: str) -> DecisionLine:
    """A decision in words."""
    gate = version.gates.get(decision.gate)
    return DecisionLine(
        number=decision.number,
        asked=brief_moment(decision.asked_at, time_zone),
        gate=gate.name if gate else decision.gate,
        patient=decision.patient.number if decision.patient else _DASH,
        planned_on=short_day(decision.planned_on),
        answer=str(status("decision", decision.outcome).label),
        reasons=", ".join(blocking_codes(decision)) or _DASH,
    )


def decisions_table(
    decisions: Iterable[Any], version: ProgramVersion, time_zone: str
) -> WorklistTable:
    """The decisions in the order given."""
    return WorklistTable(
        caption=_("Decisions"),
        columns=columns(),
        rows=[_cells(each, line(each, version, time_zone)) for each in decisions],
        empty=_("No decision matches."),
    )


def decisions_of_one(
    decisions: Iterable[Any], version: ProgramVersion, time_zone: str
) -> WorklistTable:
    """The decisions about one patient, whose number need not be said again."""
    table = decisions_table(decisions, version, time_zone)
    at = DecisionLine._fields.index("patient")
    table.columns = _without(table.columns, at)
    table.rows = [_without(row, at) for row in table.rows]
    table.empty = _("Nothing has been asked about this patient yet.")
    return table


def _cells(decision: Any, said: DecisionLine) -> list[Cell]:
    link = reverse("administrator:decision", args=[decision.number])
    cells = {name: Cell(text) for name, text in said._asdict().items()}
    cells["number"] = Cell(said.number, link, is_number=True)
    cells["patient"] = Cell(said.patient, is_number=True)
    cells["answer"] = Cell(status=("decision", decision.outcome))
    return list(cells.values())


def _without(parts: Sequence[Any], at: int) -> list[Any]:
    return [*parts[:at], *parts[at + 1 :]]
