"""One participant's record: standing, steps, certifications, members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from etasu.portals.components.dates import local_day, short_day
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.words import capital, role_label, setting_label, status
from etasu.safe_use.certification import Standing
from etasu.safe_use.program import Party

_DASH = "–"


def standing_rows(participant: Any, standing: Standing) -> list[SummaryRow]:
    """The computed standing and the days behind it."""
    state = standing.state.value
    rows = [
        SummaryRow(_("Standing"), status("standing", state).detail, status=("standing", state)),
        SummaryRow(_("Certified from"), short_day(standing.certified_from) or _DASH),
        SummaryRow(_("Certified through"), _through(standing)),
    ]
    days = (
        (_("Suspended from"), participant.suspended_from),
        (_("Suspended through"), participant.suspended_until),
        (_("Decertified from"), participant.decertified_on),
        (_("Representative left on"), participant.representative_left_on),
    )
    return rows + [SummaryRow(label, short_day(day)) for label, day in days if day]


def identity_rows(participant: Any) -> list[SummaryRow]:
    """Numbers, place and telephone; what is not on record is left out."""
    place = " ".join(p for p in (participant.city, participant.state, participant.zip_code) if p)
    known = (
        (_("Number"), participant.number),
        (_("NPI"), participant.npi),
        (_("DEA number"), participant.dea),
        (_("NCPDP number"), participant.ncpdp),
        (_("Setting"), setting_label(participant.setting or "")),
        (_("Specialty"), capital(participant.specialty or "")),
        (_("Place"), place),
        (_("Telephone"), participant.telephone),
    )
    return [SummaryRow(label, value) for label, value in known if value]


def steps_table(party: Party, standing: Standing, done: Mapping[str, date]) -> WorklistTable:
    """Every certification step, done or left."""
    left = {step.code for step in standing.steps_left}
    rows = [
        (
            Cell(step.name),
            Cell(short_day(done.get(step.code)) or _DASH),
            Cell(status=("task", "not_started" if step.code in left else "complete")),
        )
        for step in party.steps
    ]
    return WorklistTable(
        caption=_("Certification steps"),
        columns=(_("Step"), _("Newest day"), _("State")),
        rows=rows,
        empty=_("This kind of participant has no certification steps."),
    )


def certifications_table(certifications: Iterable[Any]) -> WorklistTable:
    """Every certification reached, newest first."""
    rows = [
        (
            Cell(short_day(each.certified_from)),
            Cell(short_day(each.certified_until) or _("No end")),
            Cell(each.program_version),
        )
        for each in certifications
    ]
    return WorklistTable(
        caption=_("Certifications"),
        columns=(_("From"), _("Through"), _("Program version")),
        rows=rows,
        empty=_("Never certified."),
    )


def members_table(members: Iterable[Any], time_zone: str) -> WorklistTable:
    """Everybody who acts or acted for the participant."""
    rows = [
        (
            Cell(each.user.full_name),
            Cell(role_label(each.role)),
            Cell(short_day(local_day(each.began_at, time_zone))),
            Cell(_until(each, time_zone)),
        )
        for each in members
    ]
    return WorklistTable(
        caption=_("Members"),
        columns=(_("Name"), _("Role"), _("Since"), _("Until")),
        rows=rows,
        empty=_("Nobody acts for this participant."),
    )


def _until(member: Any, time_zone: str) -> str:
    if member.ended_at is None:
        return _("Acts now")
    return short_day(local_day(member.ended_at, time_zone))


def _through(standing: Standing) -> str:
    if standing.certified_from is None:
        return _DASH
    return short_day(standing.certified_until) or _("No end")
