"""Sites and the representatives who speak for them: who represents what, since when, until when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import F, Q, QuerySet

from etasu.registry.accounts.access import FACILITY_REPRESENTATIVE, PHARMACY_REPRESENTATIVE
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Membership, Organization, Participant
from etasu.safe_use.program import Party

# The role that represents a kind of site. Whoever is not named here represents nobody.
REPRESENTED: Mapping[str, str] = {
    FACILITY_REPRESENTATIVE: "facility",
    PHARMACY_REPRESENTATIVE: "pharmacy",
}
_ROLE_FOR = {kind: role for role, kind in REPRESENTED.items()}


class Represented(NamedTuple):
    """One time somebody represented a site; `until` is empty while they still do."""

    membership: Membership
    since: datetime
    until: datetime | None


class Grace(NamedTuple):
    """The time a site keeps its standing without a representative.

    `last_day` is the last day of the standing; `days_left` counts it, and is 0 once it is past.
    """

    left_on: date
    last_day: date
    days_left: int


def role_for(kind: str) -> str | None:
    """The role that represents this kind of participant; None for a kind without one."""
    return _ROLE_FOR.get(kind)


def covered_by(membership: Membership) -> QuerySet[Participant]:
    """The sites a representative's membership is about, by id; none for any other role."""
    site = membership.participant
    kind = REPRESENTED.get(membership.role)
    if site is None or kind is None:
        return Participant.objects.none()
    found = Q(pk=site.pk)
    if membership.for_all_sites and site.organization_id is not None:
        found |= Q(organization=site.organization_id)
    return Participant.objects.filter(found, program=membership.program, kind=kind).order_by("pk")


def represented_sites(asker: Asker) -> QuerySet[Participant]:
    """Every site the asker represents now in this role and program, by name.

    Read from the memberships each time, so that one that ended stops at once.
    """
    kind = REPRESENTED.get(asker.role)
    if kind is None:
        return Participant.objects.none()
    wide = _wide(asker).values("participant__organization")
    mine = Q(pk__in=_held(asker).values("participant")) | Q(organization__in=wide)
    found = Participant.objects.filter(mine, program=asker.program, kind=kind)
    return found.select_related("organization").order_by("name", "id")


def represented_site(asker: Asker, number: str) -> Participant | None:
    """The site of that number, if the asker represents it now."""
    return represented_sites(asker).filter(number=number).first()


def acts_for_all_sites(asker: Asker) -> bool:
    """Whether the asker represents every site of an organization, and not some of them."""
    return _wide(asker).exists()


def memberships_to_end(asker: Asker) -> QuerySet[Membership]:
    """The memberships at the asker's sites that the asker may end now, their own among them.

    Whoever represents one site does not end what somebody does for all of them.
    """
    if asker.role not in REPRESENTED:
        return Membership.objects.none()
    here = Q(participant__in=represented_sites(asker).order_by(), for_all_sites=False)
    everywhere = Q(
        for_all_sites=True,
        participant__organization__in=_wide(asker).values("participant__organization"),
    )
    own = Q(user__number=asker.user, role=asker.role, program=asker.program)
    found = Membership.objects.filter(here | everywhere | own, ended_at__isnull=True)
    return found.filter(program=asker.program).select_related("user", "participant")


def search_sites(sites: QuerySet[Participant], words: str) -> QuerySet[Participant]:
    """Those of the sites whose name or place holds the words, or whose number they are."""
    words = words.strip()
    if not words:
        return sites
    numbers = Q(number__iexact=words) | Q(npi=words) | Q(ncpdp=words) | Q(zip_code=words)
    return sites.filter(Q(name__icontains=words) | Q(city__icontains=words) | numbers)


def organization_of(sites: Iterable[Participant]) -> Organization | None:
    """The organization the sites have in common; None without one."""
    found = {site.organization for site in sites}
    return found.pop() if len(found) == 1 else None


def representatives_of(site: Participant) -> QuerySet[Membership]:
    """Who represents the site now, whoever began first coming first."""
    found = _about(site).filter(ended_at__isnull=True)
    return found.order_by("began_at", "id")


def representatives_by_site(sites: Collection[Participant]) -> dict[int, list[Membership]]:
    """Who represents each of the sites now, in one query for any number of them."""
    ids = {site.pk for site in sites}
    wide = {site.organization_id for site in sites if site.organization_id is not None}
    held = Membership.objects.filter(
        Q(participant__in=ids) | Q(for_all_sites=True, participant__organization__in=wide),
        role__in=REPRESENTED,
        ended_at__isnull=True,
    )
    found = list(held.select_related("user", "participant").order_by("began_at", "id"))
    return {site.pk: [each for each in found if _covers(each, site)] for site in sites}


def representation_history(site: Participant) -> list[Represented]:
    """Everybody who represents or represented the site, the newest first.

    Whoever acts for all sites represents this one from the day it joined them. Somebody who went
    on without a gap, such as for more sites, is told of once.
    """
    told: list[Represented] = []
    for each in _about(site).order_by(F("ended_at").desc(nulls_first=True), "-began_at", "-id"):
        since = each.began_at
        if each.participant_id != site.pk and site.joined_at is not None:
            since = max(since, site.joined_at)
        if each.ended_at is None or since < each.ended_at:
            _tell(told, Represented(each, since, each.ended_at))
    return told


def _tell(told: list[Represented], earlier: Represented) -> None:
    for n, later in enumerate(told):
        if later.membership.user_id == earlier.membership.user_id and later.since == earlier.until:
            told[n] = later._replace(since=earlier.since)
            return
    told.append(earlier)


def grace_of(site: Participant, party: Party, on: date) -> Grace | None:
    """The grace that runs for a site without a representative; None while none runs."""
    left_on = site.representative_left_on
    if left_on is None or not party.has_representative:
        return None
    span = party.representative_grace
    last = (span.after(left_on) if span else left_on) - timedelta(days=1)
    if site.certified_until is not None:
        last = min(last, site.certified_until)
    return Grace(left_on, last, max((last - on).days + 1, 0))


def _held(asker: Asker) -> QuerySet[Membership]:
    return Membership.objects.filter(
        user__number=asker.user,
        user__is_active=True,
        role=asker.role,
        program=asker.program,
        ended_at__isnull=True,
    )


def _wide(asker: Asker) -> QuerySet[Membership]:
    found = _held(asker).filter(role__in=REPRESENTED, for_all_sites=True)
    return found.filter(participant__organization__isnull=False)


def _about(site: Participant) -> QuerySet[Membership]:
    mine = Q(participant=site)
    if site.organization_id is not None:
        mine |= Q(for_all_sites=True, participant__organization=site.organization_id)
    found = Membership.objects.filter(mine, role=role_for(site.kind), program=site.program)
    return found.select_related("user", "participant")


def _covers(membership: Membership, site: Participant) -> bool:
    if REPRESENTED[membership.role] != site.kind or membership.program != site.program:
        return False
    home = membership.participant
    if home is None:
        return False
    wide = membership.for_all_sites and home.organization_id is not None
    return home.pk == site.pk or (wide and home.organization_id == site.organization_id)
