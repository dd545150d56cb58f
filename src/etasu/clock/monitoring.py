"""What falls due, kept up to date: after every change within seconds, and once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.reminding import say_what_falls_due
from etasu.registry.monitoring.retaking import go_on_retaking
from etasu.registry.monitoring.watches import how_many_set_aside, look_again, recheck
from etasu.registry.participants.reminders import day_of_the_clock

DAYS_FOR_ALL = 7
GoOn = Callable[[], bool]
_log = structlog.get_logger("etasu.monitoring")


def follow(at: datetime, go_on: GoOn = lambda: True) -> dict[str, Any]:
    """Look again at whatever was touched, until nothing is left; what was done.

    Before it, the next of what is judged again since codes mean another thing. Who could not be
    derived is set aside until the next day, and counted.
    """
    on, added, derived = day_of_the_clock(at), 0, 0
    is_judged_again = go_on_retaking(by=PLATFORM, at=at)
    while go_on():
        looked = look_again(on)
        if not any(looked):
            break
        added, derived = added + looked.added, derived + looked.derived
    return {
        "judged_again": is_judged_again,
        "added": added,
        "derived": derived,
        "set_aside": how_many_set_aside(),
    }


def keep_up(at: datetime, go_on: GoOn = lambda: True) -> dict[str, Any]:
    """Bring every obligation up to the day, say so, and derive a seventh again: none may drift.

    A drift is put right and told: it means that a change was not followed.
    """
    on = day_of_the_clock(at)
    followed = follow(at, go_on)
    said = say_what_falls_due(on, by=PLATFORM, at=at)
    checked = drifted = after = 0
    while go_on():
        count, wrong, after = recheck(after, on, share=DAYS_FOR_ALL)
        checked, drifted = checked + count, drifted + wrong
        if count == 0:
            break
    if drifted:
        _log.error("obligations had drifted", count=drifted)
    found = {"checked": checked, "drifted": drifted, "set_aside": how_many_set_aside()}
    return {**followed, **said._asdict(), **found}
