"""Where an administrator or auditor stands: the program, its version today, and what may change."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from etasu.portals.components.program_here import program_today
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.access import ADMINISTRATOR
from etasu.registry.participants.facts import Asker
from etasu.safe_use.program import ProgramVersion


class Here(NamedTuple):
    """`can_change` is False for auditors, who read the same pages."""

    asker: Asker
    today: date
    version: ProgramVersion
    can_change: bool


def here(request: PortalRequest) -> Here:
    """The program the person acts in, as it stands today."""
    asker = request.asker
    today, version = program_today(request)
    return Here(asker, today, version, asker.role == ADMINISTRATOR)
