"""What the facility's lists and records show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from etasu.portals.components import dates
from etasu.portals.components.history import decision_columns, decision_rows
from etasu.portals.components.records import SummaryRow, WorklistTable
from etasu.portals.facility.forms import REACTIONS
from etasu.registry.treatment.day_facts import times_of


def decisions_today(found: Iterable[Any], zone: str) -> WorklistTable:
    """Today's questions, newest first."""
    return WorklistTable(
        caption=_("Questions asked today"),
        columns=decision_columns(),
        rows=decision_rows(found, "facility:decision", zone),
        empty=_("Nobody here has asked today."),
    )


def infusion_record(infusion: Any, zone: str) -> list[SummaryRow]:
    """Everything that is kept of one infusion."""
    rows = [
        SummaryRow(_("Given on"), dates.day(infusion.given_on)),
        SummaryRow(_("Time"), _times(infusion, zone)),
        SummaryRow(_("Course"), str(infusion.course)),
        SummaryRow(_("Reaction"), reaction(infusion.detail)),
        SummaryRow(_("Authorization"), infusion.authorization_number or _("None")),
        SummaryRow(_("Recorded"), dates.moment(infusion.recorded_at, zone)),
    ]
    described = infusion.detail.get("reaction_described")
    if described:
        rows.insert(4, SummaryRow(_("What happened, and what was done"), described))
    return rows


def reaction(detail: dict[str, Any]) -> str:
    """The reaction in words; nothing is known when none was asked."""
    return str(REACTIONS.get(detail.get("reaction", ""), _("Not known")))


def _times(infusion: Any, zone: str) -> str:
    """From when until when; with its day where that is another one."""
    said = [
        dates.clock(each, zone)
        if dates.local_day(each, zone) == infusion.given_on
        else dates.moment(each, zone)
        for each in times_of(infusion, zone)
        if each is not None
    ]
    return " – ".join(said) or _("Not known")
