"""What the facility's lists and records show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import Any

from django.utils.translation import gettext as _

from etasu.portals.components import dates
from etasu.portals.components.history import decision_columns, decision_rows
from etasu.portals.components.records import SummaryRow, WorklistTable
from etasu.portals.facility.forms import REACTIONS


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
        SummaryRow(_("Time"), _times(infusion.detail)),
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


def _times(detail: dict[str, Any]) -> str:
    known = [detail.get("started_at"), detail.get("stopped_at")]
    said = [_clock(each) for each in known if each]
    return " – ".join(said) or _("Not known")


def _clock(text: str) -> str:
    return time.fromisoformat(text).strftime("%-I:%M %p")
