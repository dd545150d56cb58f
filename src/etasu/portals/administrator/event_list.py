"""Compliance events as rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.records import Cell, Choice, Filter, SummaryRow, WorklistTable

KINDS: dict[str, str | Promise] = {
    "infusion-without-authorization": gettext_lazy("Infusion without authorization"),
    "dispense-without-authorization": gettext_lazy("Dispense without authorization"),
}
SHOWN: dict[str, str | Promise] = {
    "open": gettext_lazy("Open"),
    "closed": gettext_lazy("Closed"),
    "": gettext_lazy("All"),
}


def kind_said(kind: str) -> str:
    """What a kind of event is called."""
    return str(KINDS.get(kind, kind.replace("-", " ").capitalize()))


def events_table(events: Iterable[Any], chosen: str | None = None) -> WorklistTable:
    """The events in the order given; with a choice, the way to narrow them."""
    rows = [_cells(each) for each in events]
    choices = [Choice(value, label, value == chosen) for value, label in SHOWN.items()]
    return WorklistTable(
        caption=_("Compliance events"),
        columns=(_("Number"), _("What"), _("Happened on"), _("Patient"), _("Where"), _("State")),
        rows=rows,
        empty=_("No compliance event is on record."),
        filters=() if chosen is None else (Filter("show", _("Show"), choices),),
    )


def event_rows(event: Any, time_zone: str) -> list[SummaryRow]:
    """One event: what, when, who opened it, and what was done about it."""
    state = "closed" if event.closed_at else "open"
    rows = [
        SummaryRow(_("State"), "", status=("compliance", state)),
        SummaryRow(_("Happened on"), short_day(event.happened_on)),
        SummaryRow(_("About"), event.subject),
        SummaryRow(_("Opened"), moment(event.opened_at, time_zone)),
    ]
    if event.participant is not None:
        rows.insert(2, SummaryRow(_("Where"), f"{event.participant.name}"))
    if event.closed_at is not None:
        rows.append(SummaryRow(_("Closed"), moment(event.closed_at, time_zone)))
        rows.append(SummaryRow(_("What was done"), event.closed_reason))
    return rows


def _cells(event: Any) -> tuple[Cell, ...]:
    return (
        Cell(event.number, reverse("administrator:event", args=[event.number]), is_number=True),
        Cell(kind_said(event.kind)),
        Cell(short_day(event.happened_on)),
        Cell(event.patient.number if event.patient else "–"),
        Cell(event.participant.name if event.participant else "–"),
        Cell(status=("compliance", "closed" if event.closed_at else "open")),
    )
