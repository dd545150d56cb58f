"""What a delegate may do, in words: read from the one table the registry keeps."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from etasu.registry.participants import delegation

TASKS: dict[str, str | Promise] = {
    delegation.SEE_PATIENTS: _("See the prescriber’s patients and what is due"),
    delegation.PREPARE_DRAFTS: _("Prepare forms for the prescriber to sign"),
    delegation.ORDER_TESTS: _("Order tests the program asks for"),
    delegation.SIGN: _("Sign in the prescriber’s place"),
    delegation.AUTHORIZE: _("Authorize treatment"),
    delegation.HOLD: _("Put treatment on hold, or end a hold"),
}


class DelegatedLine(NamedTuple):
    """Something a delegate may or may never do."""

    may: bool
    what: str | Promise


def delegated_lines() -> list[DelegatedLine]:
    """Every task, those a delegate may do first."""
    lines = [DelegatedLine(may, TASKS[task]) for task, may in delegation.DELEGATED.items()]
    return sorted(lines, key=lambda line: not line.may)
