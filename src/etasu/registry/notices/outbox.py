"""The way out: who sends a message next, and what became of each attempt.

A message is claimed for a few minutes. Whoever claimed it and died without a word loses it to the
next, so a message may arrive twice, always under the same Message-ID, but never not at all.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.notices.models import Notice

State = Notice.State
# What a claim answers, for doors, which do not import models.
Claimed = Notice
# Longer than sending one batch takes with every message running into its time limit.
CLAIMED_FOR = timedelta(minutes=5)
AT_ONCE = 10
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# With these pauses a server may be away for 18 hours before anything is given up.
MOST_ATTEMPTS = 24


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many attempts that failed: twice as long each time."""
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def claim(*, at: datetime, limit: int = AT_ONCE) -> list[Notice]:
    """The next messages due, longest waiting first, claimed so that no other sender has them."""
    with transaction.atomic():
        waiting = Notice.objects.filter(
            state__in=[State.QUEUED, State.SENDING], next_try__lte=at
        ).order_by("next_try", "id")
        chosen = waiting.select_for_update(skip_locked=True)[:limit]
        found = [each.pk for each in chosen]
        Notice.objects.filter(pk__in=found).update(
            state=State.SENDING, attempts=F("attempts") + 1, next_try=at + CLAIMED_FOR
        )
    return list(
        Notice.objects.filter(pk__in=found).select_related("recipient").order_by("due", "id")
    )


def note_sent(notice: Notice, *, by: Actor, at: datetime) -> bool:
    """Note that it went out; False when somebody else has settled it meanwhile."""
    return _settle(notice, State.SENT, "", by=by, at=at)


def note_failure(
    notice: Notice, error: str, *, is_final: bool = False, by: Actor, at: datetime
) -> bool:
    """Note an attempt that failed: tried again after a pause, or given up for everyone to see.

    `error` is a kind and a code, never the words of a server, which may quote an address.
    """
    if is_final or notice.attempts >= MOST_ATTEMPTS:
        return _settle(notice, State.FAILED, error, by=by, at=at)
    known = Notice.objects.filter(pk=notice.pk, state=State.SENDING, attempts=notice.attempts)
    wait = pause_after(notice.attempts)
    return bool(known.update(state=State.QUEUED, last_error=error, next_try=at + wait))


def note_useless(notice: Notice, reason: str, *, by: Actor, at: datetime) -> bool:
    """Note that it is sent to nobody any more, as when the person's account was closed."""
    return _settle(notice, State.CANCELED, reason, by=by, at=at)


def _settle(notice: Notice, state: str, error: str, *, by: Actor, at: datetime) -> bool:
    moment = {"sent_at": at, "sent_by": by.number}
    if state != State.SENT:
        moment = {"closed_at": at, "closed_by": by.number}
    with transaction.atomic():
        known = Notice.objects.filter(pk=notice.pk, state=State.SENDING, attempts=notice.attempts)
        if not known.update(state=state, last_error=error, **moment):
            return False
        detail = {"attempts": notice.attempts} | ({"error": error} if error else {})
        subject = ("notice", notice.number)
        audit.record(f"notice.{state}", subject=subject, by=by, at=at, detail=detail)
    return True
