"""The list of questions a participant asked, narrowed by their outcome."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components import dates
from etasu.portals.components.records import Cell, Choice, Filter, WorklistTable
from etasu.portals.components.words import STATUSES
from etasu.portals.requests import PortalRequest
from etasu.registry.authorizations.facts import DecisionFilter, decisions_asked

LONGEST_LIST = 100


def history_table(request: PortalRequest, route: str) -> WorklistTable:
    """The newest questions of the asker's participant, with what came of each."""
    asker = request.asker
    named = request.GET.get("outcome", "")
    outcome = named if named in STATUSES["decision"] else None
    found = decisions_asked(asker, DecisionFilter(outcome=outcome))
    rows = decision_rows(found[:LONGEST_LIST], route, asker.time_zone)
    return WorklistTable(
        caption=_("Your checks, newest first"),
        columns=decision_columns(),
        rows=rows,
        empty=_("No checks yet. Ask your first question on the first page."),
        filters=[outcome_filter(outcome)],
        shown=len(rows),
        total=found.count(),
    )


def outcome_filter(chosen: str | None) -> Filter:
    """All outcomes, or one of the three."""
    choices = [Choice("", _("All"), chosen is None)]
    choices += [
        Choice(value, each.label, value == chosen) for value, each in STATUSES["decision"].items()
    ]
    return Filter("outcome", _("Show"), choices)


def decision_columns() -> list[str]:
    """The columns of a list of decisions."""
    return [_("Number"), _("Asked"), _("Patient number"), _("Planned day"), _("Answer"), _("Now")]


def decision_rows(found: Iterable[Any], route: str, zone: str) -> list[list[Cell]]:
    """One row for each decision, its number leading to its page."""
    return [
        [
            Cell(each.number, url=reverse(route, args=[each.number])),
            Cell(dates.moment(each.asked_at, zone)),
            Cell(each.patient.number if each.patient else ""),
            Cell(dates.short_day(each.planned_on)),
            Cell(status=("decision", each.outcome)),
            _state_cell(each),
        ]
        for each in found
    ]


def _state_cell(decision: Any) -> Cell:
    authorization = getattr(decision, "authorization", None)
    return Cell(status=("authorization", authorization.state)) if authorization else Cell()
