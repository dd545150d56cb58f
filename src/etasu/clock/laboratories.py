"""What waits of what laboratories sent: told to those who look after it, and to others when late.

It looks at how things stand, so an outage is made up for by one run.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.held import held
from etasu.registry.monitoring.held_telling import tell_held, tell_late
from etasu.registry.participants.reminders import day_of_the_clock


def tell_of_held(at: datetime) -> dict[str, Any]:
    """Tell of what waits in each program, and of what has waited too long; how many messages."""
    told = late = 0
    for program in sorted(library.current().programs):
        version = library.current().effective(program, day_of_the_clock(at))
        if version is None:
            continue
        found = held(program, at)
        told += tell_held(found, version, by=PLATFORM, at=at)
        late += tell_late(found, version, by=PLATFORM, at=at)
    return {"told": told, "late": late}
