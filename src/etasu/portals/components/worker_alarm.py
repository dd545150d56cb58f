"""Whether the worker is at work, for the people who can have it started again."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.http import HttpRequest

from etasu.registry.accounts.access import ADMINISTRATOR, OPERATOR
from etasu.registry.audit.facts import pulses

TOLD = frozenset({ADMINISTRATOR, OPERATOR})


class Alarm(NamedTuple):
    """The jobs that are late, and since when the first of them was due; None when never seen."""

    jobs: tuple[str, ...]
    since: datetime | None


def worker_alarm(request: HttpRequest | None) -> Alarm | None:
    """What is late, for whoever is told; None when all is well, or somebody else looks."""
    asker = getattr(request, "asker", None)
    if request is None or asker is None or asker.role not in TOLD:
        return None
    known = pulses(request.at)  # type: ignore[attr-defined]
    late = [each for each in known if each.is_late]
    if known and not late:
        return None
    since = min((each.due_at for each in late), default=None)
    return Alarm(tuple(each.job for each in late), since)
