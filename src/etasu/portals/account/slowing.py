"""Slowing down whoever tries too often, on the pages of accounts."""

from __future__ import annotations

from django.http import HttpRequest

from etasu.portals.account.entering import moment_of
from etasu.portals.components.confirming import too_many_tries as refused
from etasu.registry.accounts.delays import seconds_to_wait

__all__ = ["refused", "slowed"]


def slowed(request: HttpRequest, kind: str, about: str) -> int:
    """The seconds to wait before a try of that kind may be made; 0 to go on, and it is counted."""
    return seconds_to_wait(kind, about, moment_of(request))
