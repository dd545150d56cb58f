"""Reminding safety staff of cases: once at each number of days left, and once when it is late."""

from __future__ import annotations

from datetime import date, datetime

from etasu.registry.audit.actors import Actor
from etasu.registry.safety.facts import worklist
from etasu.registry.safety.models import SafetyCase
from etasu.registry.safety.receiving import version_at
from etasu.registry.safety.telling import tell_due

LATE = -1


def remind_of_due(program: str, *, by: Actor, at: datetime) -> int:
    """Queue what is to be said of cases by now; how many messages are new.

    A day on which nobody looked is made up for: the nearest step that was reached is told.
    """
    version = version_at(program, at)
    steps = sorted(version.reporting_clock.remind_days_left) if version.reporting_clock else []
    due: list[tuple[SafetyCase, date, int]] = []
    for each in worklist(program, at):
        left = each.left
        if left.due_on is None or left.days_left is None:
            continue
        step = LATE if left.is_late else next((n for n in steps if left.days_left <= n), None)
        if step is not None:
            due.append((each.case, left.due_on, step))
    return tell_due(due, version, by=by, at=at)
