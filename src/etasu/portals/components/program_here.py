"""Whoever works for a program itself, not for a participant: the program as it stands for them."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.http import Http404

from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.authorizations.requests import asked_on
from etasu.safe_use.program import ProgramVersion


class ProgramToday(NamedTuple):
    """The day where the person is, and the version of their program on it."""

    today: date
    version: ProgramVersion


def program_today(request: PortalRequest) -> ProgramToday:
    """The program somebody works for; whoever acts for a participant finds nothing."""
    asker = request.asker
    today = asked_on(asker, request.at)
    version = library.current().effective(asker.program, today)
    if version is None or asker.participant_id is not None:
        raise Http404
    return ProgramToday(today, version)
