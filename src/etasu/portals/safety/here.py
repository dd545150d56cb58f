"""Where somebody stands who works on cases, and the case they opened."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.http import Http404

from etasu.portals.components.program_here import program_today
from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.registry.audit.actors import Actor
from etasu.registry.safety.facts import CaseAt, case_by_number
from etasu.registry.safety.receiving import sponsor_day
from etasu.safe_use.program import ProgramVersion


class Here(NamedTuple):
    """Who works on it, in which program, and the day it is where the sponsor counts."""

    program: str
    by: Actor
    at: datetime
    today: date
    zone: str
    version: ProgramVersion


def here(request: PortalRequest) -> Here:
    """The program somebody works for; whoever acts for a participant finds nothing."""
    asker, version = request.asker, program_today(request).version
    day = sponsor_day(version, request.at)
    return Here(asker.program, actor(request), request.at, day, asker.time_zone, version)


def case_here(where: Here, number: str) -> CaseAt:
    """The case of that number in the program."""
    found = case_by_number(where.program, number, where.at)
    if found is None:
        raise Http404
    return found
