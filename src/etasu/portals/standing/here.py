"""The participants a person acts for, and the program as it is today where they are."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.http import Http404

from etasu.portals.components.dates import local_day
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.participants.facts import (
    Asker,
    certification_facts,
    participant_by_number,
    steps_done,
)
from etasu.registry.participants.sites import REPRESENTED, represented_sites
from etasu.safe_use.certification import CertificationFacts, Standing, standing
from etasu.safe_use.program import Party, ProgramVersion
from etasu.safe_use.renewal import Renewal, renewal


class Mine(NamedTuple):
    """One participant a person acts for, with everything its standing rests on."""

    asker: Asker
    participant: Any
    version: ProgramVersion
    party: Party
    facts: CertificationFacts
    today: date

    @property
    def standing(self) -> Standing:
        """Where the participant stands today."""
        return standing(self.party, self.facts, self.today)

    @property
    def due(self) -> Renewal | None:
        """What there is to renew."""
        return renewal(self.party, self.facts, self.today)

    @property
    def may_renew(self) -> bool:
        """Whether the person's role is the one that renews for this kind of participant."""
        role = self.asker.role
        return role == "prescriber" or role in REPRESENTED


def numbers_of(asker: Asker) -> list[str]:
    """The numbers of everything the person acts for in this role, by name."""
    if asker.role in REPRESENTED:
        return list(represented_sites(asker).values_list("number", flat=True))
    return [asker.participant] if asker.participant else []


def mine(request: PortalRequest, number: str) -> Mine:
    """The participant of that number, if the person acts for it now; otherwise not found."""
    asker = request.asker
    found = participant_by_number(number, asker.program)
    if found is None or found.number not in numbers_of(asker):
        raise Http404
    today = local_day(request.at, found.time_zone)
    version = library.current().effective(found.program, today)
    party = version.parties.get(found.kind) if version else None
    if version is None or party is None:
        raise Http404
    return Mine(asker, found, version, party, certification_facts(found), today)


def days_done(own: Mine) -> dict[str, date]:
    """The newest day of each step."""
    return dict(steps_done(own.participant))
