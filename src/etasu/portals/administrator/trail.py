"""The audit trail's seals and the clock's jobs as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from etasu.portals.components.dates import moment
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable


def head_rows(head: Any) -> list[SummaryRow]:
    """The newest head, as it would be exported."""
    if not head.sequence:
        waiting = _("%(n)s entries wait for the first seal.") % {"n": head.unsealed}
        return [SummaryRow(_("Newest seal"), _("Nothing is sealed yet.") + " " + waiting)]
    return [
        SummaryRow(_("Newest seal"), f"{head.sequence}"),
        SummaryRow(_("Head (SHA-256)"), head.head),
        SummaryRow(_("Sealed at"), moment(head.sealed_at, "UTC")),
        SummaryRow(_("Entries sealed"), f"{head.entries:,}"),
        SummaryRow(_("Entries that wait to be sealed"), f"{head.unsealed:,}"),
    ]


def seals_table(seals: Iterable[Any], time_zone: str) -> WorklistTable:
    """The newest seals, newest first."""
    rows = [
        (
            Cell(str(each.sequence)),
            Cell(moment(each.sealed_at, time_zone)),
            Cell(str(each.entries)),
            Cell(bytes(each.head).hex()),
        )
        for each in seals
    ]
    return WorklistTable(
        caption=_("Newest seals"),
        columns=(_("Seal"), _("Sealed at"), _("Entries"), _("Head")),
        rows=rows,
        empty=_("Nothing is sealed yet."),
    )


def jobs_table(pulses: Iterable[Any], time_zone: str) -> WorklistTable:
    """When each job of the clock last succeeded."""
    rows = [
        (
            Cell(each.job),
            Cell(moment(each.beat_at, time_zone) if each.has_succeeded else _("Never")),
            Cell(moment(each.due_at, time_zone)),
            Cell(status=("obligation", "overdue" if each.is_late else "met")),
        )
        for each in pulses
    ]
    return WorklistTable(
        caption=_("Jobs of the clock"),
        columns=(_("Job"), _("Last success"), _("Due again by"), _("State")),
        rows=rows,
        empty=_("No job has run yet."),
    )
