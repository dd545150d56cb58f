"""What a search found, and what waits, as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from etasu.portals.components.dates import local_day, short_day
from etasu.portals.components.records import Cell, WorklistTable, patient_banner
from etasu.portals.components.words import PARTIES
from etasu.registry.participants.facts import standing_in_brief
from etasu.safe_use.program import ProgramVersion


def patients_table(patients: Iterable[Any], on: date) -> WorklistTable:
    """Patients found, by name."""
    rows = []
    for each in patients:
        banner = patient_banner(each, in_full=True, on=on)
        rows.append(
            (
                Cell(each.full_name, reverse("administrator:patient", args=[each.number])),
                Cell(each.number, is_number=True),
                Cell(short_day(banner.born)),
                Cell(status=("enrollment", banner.enrollment)),
            )
        )
    return WorklistTable(
        caption=_("Patients"),
        columns=(_("Name"), _("Number"), _("Born"), _("Enrollment")),
        rows=rows,
        empty=_("No patient has this name or number."),
    )


def participants_table(
    participants: Iterable[Any], version: ProgramVersion, on: date
) -> WorklistTable:
    """Participants found, by kind and name."""
    rows = []
    for each in participants:
        party = version.parties.get(each.kind)
        standing = standing_in_brief(each, party, on).value if party else "not_started"
        rows.append(
            (
                Cell(each.name, reverse("administrator:participant", args=[each.number])),
                Cell(str(PARTIES.get(each.kind, each.kind))),
                Cell(each.number, is_number=True),
                Cell(each.npi or "–"),
                Cell(status=("standing", standing)),
            )
        )
    return WorklistTable(
        caption=_("Participants"),
        columns=(_("Name"), _("Kind"), _("Number"), _("NPI"), _("Standing")),
        rows=rows,
        empty=_("No participant has this name, number or NPI."),
    )


def waiting(count: int, oldest: Any, on: date, time_zone: str) -> str:
    """How many compliance events are open, and for how long the oldest has been."""
    if oldest is None:
        return _("No compliance event is open.")
    said = ngettext(
        "%(n)s compliance event is open.", "%(n)s compliance events are open.", count
    ) % {"n": count}
    days = (on - local_day(oldest.opened_at, time_zone)).days
    if days == 0:
        return _("%(said)s The oldest was opened today.") % {"said": said}
    age = ngettext(
        "The oldest has been open for %(n)s day.",
        "The oldest has been open for %(n)s days.",
        days,
    )
    return f"{said} {age % {'n': days}}"


def undelivered(count: int) -> str:
    """How many messages were given up; nothing when none was."""
    if not count:
        return ""
    said = ngettext(
        "%(n)s message could not be delivered.", "%(n)s messages could not be delivered.", count
    )
    return said % {"n": count}
