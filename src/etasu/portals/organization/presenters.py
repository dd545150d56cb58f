"""What the representatives' pages show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from etasu.portals.components.dates import local_day, short_day
from etasu.portals.components.inviting import invitation_cells
from etasu.portals.components.records import (
    Cell,
    Choice,
    Filter,
    SummaryRow,
    WorklistTable,
)
from etasu.portals.components.words import STATUSES, role_label, status
from etasu.registry.participants.facts import standing_in_brief
from etasu.registry.participants.sites import Grace, Represented
from etasu.safe_use.certification import Standing
from etasu.safe_use.program import Party

_DASH = "–"


def sites_table(
    sites: Sequence[Any], party: Party, who: Mapping[int, Sequence[Any]], show: str, on: date
) -> WorklistTable:
    """The sites with their standings, narrowed to one standing when asked."""
    standings = {each.pk: standing_in_brief(each, party, on).value for each in sites}
    shown = [each for each in sites if not show or standings[each.pk] == show]
    present = [code for code in STATUSES["standing"] if code in standings.values()]
    choices = [Choice("", _("All"), not show)]
    choices += [Choice(code, status("standing", code).label, code == show) for code in present]
    return WorklistTable(
        caption=_("Your sites"),
        columns=(_("Site"), _("Place"), _("Number"), _("Standing"), _("Through"), _("Represented")),
        rows=[_site_cells(each, standings[each.pk], who.get(each.pk, ())) for each in shown],
        empty=_("No site of yours is in this list."),
        filters=(Filter("show", _("Show"), choices),),
        shown=len(shown),
        total=len(sites),
    )


def _site_cells(site: Any, standing: str, who: Sequence[Any]) -> tuple[Cell, ...]:
    return (
        Cell(site.name, reverse("organization:site", args=[site.number])),
        Cell(place_of(site)),
        Cell(site.number, is_number=True),
        Cell(status=("standing", standing)),
        Cell(short_day(site.certified_until) or _DASH),
        Cell(_by_whom(who) or _("Nobody")),
    )


def site_rows(
    sites: Iterable[Any], party: Party, who: Mapping[int, Sequence[Any]], on: date
) -> Iterable[Sequence[str]]:
    """The sites as rows of a file, headings first."""
    yield (
        *("number", "name", "npi", "ncpdp", "city", "state", "zip", "standing"),
        *("certified_from", "certified_until", "representatives"),
    )
    for each in sites:
        days = (each.certified_from, each.certified_until)
        yield (
            *(each.number, each.name, each.npi, each.ncpdp, each.city, each.state, each.zip_code),
            standing_in_brief(each, party, on).value,
            *(day.isoformat() if day else "" for day in days),
            _by_whom(who.get(each.pk, ())),
        )


def place_of(site: Any) -> str:
    """City and state."""
    return ", ".join(part for part in (site.city, site.state) if part) or _DASH


def standing_rows(site: Any, standing: Standing) -> list[SummaryRow]:
    """The site's standing, the days behind it, and its numbers."""
    state = standing.state.value
    rows = [
        SummaryRow(_("Standing"), status("standing", state).detail, status=("standing", state)),
        SummaryRow(_("Certified from"), short_day(standing.certified_from) or _DASH),
        SummaryRow(_("Certified through"), short_day(standing.certified_until) or _DASH),
        SummaryRow(_("Number"), site.number),
    ]
    known = ((_("NPI"), site.npi), (_("NCPDP number"), site.ncpdp), (_("Place"), place_of(site)))
    return rows + [SummaryRow(label, value) for label, value in known if value]


def grace_said(grace: Grace | None) -> str:
    """How much of the grace is left, in a sentence; empty while none runs."""
    if grace is None:
        return ""
    said = {"left": short_day(grace.left_on), "last": short_day(grace.last_day)}
    if not grace.days_left:
        gone = _("Nobody has represented this site since %(left)s. The certification has ended.")
        return gone % said
    return ngettext(
        "Nobody has represented this site since %(left)s. %(n)s day of grace is left: the"
        " certification holds through %(last)s.",
        "Nobody has represented this site since %(left)s. %(n)s days of grace are left: the"
        " certification holds through %(last)s.",
        grace.days_left,
    ) % (said | {"n": grace.days_left})


def representatives_table(
    history: Iterable[Represented],
    endable: Collection[int],
    successors: Mapping[int, str],
    zone: str,
) -> WorklistTable:
    """Everybody who represents or represented the site.

    `endable` are memberships by id; `successors` name who takes the place of whom, by the same.
    """
    rows = [
        (
            Cell(each.membership.user.full_name),
            Cell(_("All sites") if each.membership.for_all_sites else _("This site")),
            Cell(short_day(local_day(each.since, zone))),
            Cell(_until_when(each, successors, zone)),
            _end_cell(each.membership, endable),
        )
        for each in history
    ]
    return WorklistTable(
        caption=_("Representatives"),
        columns=(_("Name"), _("For"), _("From"), _("Until"), _("To do")),
        rows=rows,
        empty=_("Nobody has represented this site yet."),
    )


def people_table(members: Iterable[Any], endable: Collection[int], zone: str) -> WorklistTable:
    """The staff who sign in for the site, and who did."""
    rows = [
        (
            Cell(each.user.full_name),
            Cell(role_label(each.role)),
            Cell(short_day(local_day(each.began_at, zone))),
            Cell(_until(each.ended_at, zone)),
            _end_cell(each, endable),
        )
        for each in members
    ]
    return WorklistTable(
        caption=_("Staff who sign in"),
        columns=(_("Name"), _("Role"), _("From"), _("Until"), _("To do")),
        rows=rows,
        empty=_("None of the staff signs in here yet."),
    )


def invitations_table(invitations: Iterable[Any], zone: str, at: datetime) -> WorklistTable:
    """Invitations nobody answered."""
    rows = [
        (
            *invitation_cells(each, zone, at),
            Cell(_("Send again or revoke"), reverse("organization:invitation", args=[each.number])),
        )
        for each in invitations
    ]
    return WorklistTable(
        caption=_("Invitations without an answer"),
        columns=(_("Name"), _("E-mail"), _("Role"), _("Link"), _("To do")),
        rows=rows,
        empty=_("Every invitation has been answered."),
    )


def _end_cell(membership: Any, endable: Collection[int]) -> Cell:
    if membership.pk not in endable:
        return Cell(_DASH)
    return Cell(_("End"), reverse("organization:end", args=[membership.pk]))


def _until_when(each: Represented, successors: Mapping[int, str], zone: str) -> str:
    name = successors.get(each.membership.pk)
    if name and each.until is None:
        return _("Until %(name)s has trained and signed") % {"name": name}
    return _until(each.until, zone)


def _until(moment: datetime | None, zone: str) -> str:
    return short_day(local_day(moment, zone)) if moment else _("Acts now")


def _by_whom(who: Sequence[Any]) -> str:
    return ", ".join(each.user.full_name for each in who)
