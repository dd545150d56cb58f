"""Reports of side effects: told of before their day and after, and looked for when one got lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.reactions import report_what_was_missed
from etasu.registry.safety.reminding import remind_of_due

# As far back as a night looks for what was recorded and not reported.
LOOKS_BACK = timedelta(days=30)
_log = structlog.get_logger("etasu.safety")


def remind_of_cases(at: datetime) -> dict[str, Any]:
    """Tell safety staff of each program what is due soon and what is late; how many messages."""
    programs = sorted(library.current().programs)
    return {"told": sum(remind_of_due(each, by=PLATFORM, at=at) for each in programs)}


def find_what_was_missed(at: datetime) -> dict[str, Any]:
    """Report what was recorded and not reported; one is a fault, put right and told."""
    missed = report_what_was_missed(at - LOOKS_BACK, by=PLATFORM, at=at)
    if missed:
        _log.error("reports had been missed", count=missed)
    return {"missed": missed}
