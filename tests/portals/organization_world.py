"""People, rosters, invitations and requests of both sides of the portals' world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants import delegation, invitations, roster
from etasu.registry.participants.models import Participant
from etasu.registry.participants.organizations import add_site, register_organization
from tests.factories.organizations import roster as file_of
from tests.portals.world import Cast, add_person

STAFF = {"facility": access.INFUSION_NURSE, "pharmacy": access.PHARMACIST}


class People(NamedTuple):
    """What can stand in an address, by the name it has there; and words nobody else sees."""

    fillings: Mapping[str, tuple[Any, ...]]
    words: tuple[str, ...]


def settle_people(cast: Cast, side: str, doctor: Participant, *sites: Participant) -> People:
    """An organization with rosters, invitations, a delegate and somebody who asks to be one."""
    at = cast.at
    files, entries, members, invited = [], [], [], []
    for site in sites:
        organization = register_organization(
            site.program, f"{side} Health {site.kind}", by=PLATFORM, at=at
        )
        add_site(organization, site, by=PLATFORM, at=at)
        role = STAFF[site.kind].replace("_", " ")
        kept = roster.receive_roster(
            site,
            file_of(f"{side} Listed,{side}-listed@example.org,{role},", f"{side} Refused,no,no,"),
            among=[site],
            by=PLATFORM,
            at=at,
        )
        files.append(kept.number)
        entries += [each.pk for each in roster.roster_of(site)]
        user = add_person(site.program, f"{side.lower()}-staff", STAFF[site.kind], site, at)
        members += [each.pk for each in user.memberships.filter(participant=site)]
        invited.append(_invitation(cast, side, site, STAFF[site.kind]))
    helper = add_person(doctor.program, f"{side.lower()}-delegate", access.DELEGATE, doctor, at)
    members += [each.pk for each in helper.memberships.all()]
    invited.append(_invitation(cast, side, doctor, access.DELEGATE))
    asker = User.objects.create_user(f"{side}-asking@example.org", full_name=f"{side} Asking")
    asked = delegation.ask_prescriber(asker, doctor.number, by=PLATFORM, at=at)
    words = [f"{side} Health", f"{side} Listed", f"{side} Refused", f"{side} Invited"]
    words += [f"{side}-Staff", f"{side}-Delegate", f"{side} Asking", *files, *invited, asked.number]
    fillings = {
        "file": tuple(files),
        "entry": tuple(entries),
        "member": tuple(members),
        "invitation": tuple(invited),
        "asked": (asked.number,),
    }
    return People(fillings, tuple(words))


def _invitation(cast: Cast, side: str, whom: Participant, role: str) -> str:
    who = invitations.Invited(whom, role, f"{side}-invited@example.org", f"{side} Invited")
    return invitations.invite(who, by=PLATFORM, at=cast.at).invitation.number
