"""Who asks, the day where they are, the program that day, and the sites they represent."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.http import Http404

from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.sites import REPRESENTED, represented_site, represented_sites
from etasu.safe_use.program import Party, ProgramVersion


class Here(NamedTuple):
    """What every page of the room rests on. `sites` are read anew for every request."""

    asker: Asker
    today: date
    version: ProgramVersion
    kind: str
    sites: Any

    @property
    def party(self) -> Party:
        """How the program certifies this kind of site."""
        return self.version.parties[self.kind]


def here(request: PortalRequest) -> Here:
    """The representative's room; not found where the program has no such kind of site."""
    asker = request.asker
    today = asked_on(asker, request.at)
    version = library.current().effective(asker.program, today)
    kind = REPRESENTED.get(asker.role)
    if version is None or kind is None or kind not in version.parties:
        raise Http404
    return Here(asker, today, version, kind, represented_sites(asker))


def site_here(request: PortalRequest, number: str) -> tuple[Here, Any]:
    """The room and one of the representative's sites; any other number is not found."""
    where = here(request)
    found = represented_site(where.asker, number)
    if found is None:
        raise Http404
    return where, found
