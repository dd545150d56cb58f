"""One participant's record: standing, steps, certifications, members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from etasu.portals.components.dates import local_day, short_day
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.words import capital, role_label, setting_label, status
from etasu.registry.participants.suspending import suspensions_to_lift
from etasu.safe_use.certification import Standing
from etasu.safe_use.program import Party

_DASH = "–"


def standing_rows(participant: Any, standing: Standing, on: date) -> list[SummaryRow]:
    """The computed standing and the days behind it, those to come in other words."""
    state = standing.state.value
    rows = [
        SummaryRow(_("Standing"), status("standing", state).detail, status=("standing", state)),
        SummaryRow(_("Certified from"), short_day(standing.certified_from) or _DASH),
        SummaryRow(_("Certified through"), _through(standing)),
    ]
    stopped, ended = participant.suspended_from, participant.decertified_on
    will_stop, will_end = stopped and stopped > on, ended and ended > on
    days = (
        (_("Will be suspended from") if will_stop else _("Suspended from"), stopped),
        (_("Suspended through"), participant.suspended_until),
        (_("Will be decertified from") if will_end else _("Decertified from"), ended),
        (_("Representative left on"), participant.representative_left_on),
    )
    return rows + [SummaryRow(label, short_day(day)) for label, day in days if day]


def is_suspended(participant: Any, on: date) -> bool:
    """Whether a suspension runs or is to come; one that is over needs no lifting."""
    until = participant.suspended_until
    return participant.suspended_from is not None and (until is None or until >= on)


def suspensions_left(participant: Any, on: date) -> list[tuple[str, str]]:
    """The suspensions that can be lifted, each with its days."""
    return [(str(each.pk), _span(each)) for each in suspensions_to_lift(participant, on)]


def suspensions_table(suspensions: Iterable[Any], on: date, time_zone: str) -> WorklistTable:
    """Every suspension there was, runs or is to come, with its reason."""
    rows = [
        (Cell(_span(each)), Cell(_how_it_is(each, on, time_zone)), Cell(each.reason or _DASH))
        for each in suspensions
    ]
    return WorklistTable(
        caption=_("Suspensions"),
        columns=(_("Days"), _("State"), _("Reason")),
        rows=rows,
        empty=_("Never suspended."),
    )


def _how_it_is(suspension: Any, on: date, time_zone: str) -> str:
    if suspension.lifted_at is not None:
        lifted = short_day(local_day(suspension.lifted_at, time_zone))
        said = _("Lifted on %(day)s: %(reason)s")
        return said % {"day": lifted, "reason": suspension.lifted_because}
    if suspension.since > on:
        return _("To come")
    is_over = suspension.until is not None and suspension.until < on
    return _("Over") if is_over else _("Runs")


def _span(suspension: Any) -> str:
    since = short_day(suspension.since)
    if suspension.until is None:
        return _("From %(day)s until lifted") % {"day": since}
    said = _("From %(since)s through %(until)s")
    return said % {"since": since, "until": short_day(suspension.until)}


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
