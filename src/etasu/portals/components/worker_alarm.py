"""Whether what is due is done and goes out, for the people who can have it put right."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.http import HttpRequest

from etasu.registry.accounts.access import ADMINISTRATOR, OPERATOR
from etasu.registry.audit.facts import pulses
from etasu.registry.notices.reminder_facts import said_to_wait_for_a_provider

TOLD = frozenset({ADMINISTRATOR, OPERATOR})


class Alarm(NamedTuple):
    """The jobs that are late, and since when the first of them was due; None when never seen.

    And how many text messages wait because no provider takes them.
    """

    jobs: tuple[str, ...]
    since: datetime | None
    has_stopped: bool
    waiting_texts: int


def worker_alarm(request: HttpRequest | None) -> Alarm | None:
    """What is late, for whoever is told; None when all is well, or somebody else looks."""
    asker = getattr(request, "asker", None)
    if request is None or asker is None or asker.role not in TOLD:
        return None
    known = pulses(request.at)  # type: ignore[attr-defined]
    late = [each for each in known if each.is_late]
    has_stopped, waiting_texts = not known or bool(late), said_to_wait_for_a_provider(known)
    if not has_stopped and not waiting_texts:
        return None
    since = min((each.due_at for each in late), default=None)
    return Alarm(tuple(each.job for each in late), since, has_stopped, waiting_texts)
