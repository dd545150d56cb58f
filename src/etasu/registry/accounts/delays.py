"""Slowing down whoever tries too often: the first tries are free, then each waits longer.

Nothing is ever locked: whoever waits as long as the page says may try again.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils.crypto import salted_hmac

from etasu.registry.accounts.models import SignInDelay


class Pace(NamedTuple):
    """How many tries are free, the longest wait between later ones, and when all is forgotten.

    The wait begins at `first_wait` and is doubled with every try.
    """

    free: int
    longest_wait: timedelta
    forget_after: timedelta
    first_wait: timedelta = timedelta(seconds=2)


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PACES: dict[str, Pace] = {
    # An account and the place it is tried from.
    "sign-in": Pace(4, MINUTE, 15 * MINUTE),
    # The codes of one account, from wherever they come.
    "second-step": Pace(6, MINUTE, 15 * MINUTE),
    # The code in one message.
    "mailed-code": Pace(4, MINUTE, 24 * HOUR),
    # A place: a whole clinic may sit behind one address.
    "register": Pace(30, MINUTE, HOUR),
    "recover": Pace(30, MINUTE, HOUR),
    "sign-in-outside": Pace(30, MINUTE, HOUR),
    # Numbers of certificates, from one place.
    "verify": Pace(60, MINUTE, HOUR),
    # The birth date that proves who holds a link: five tries, then a minute, two, four.
    "birth-date": Pace(4, HOUR, 24 * HOUR, MINUTE),
    # Messages to one address.
    "mail": Pace(3, 10 * MINUTE, HOUR),
    # Answers passed on by e-mail: from one place, to one address, and altogether.
    "answer-from": Pace(10, HOUR, 24 * HOUR, MINUTE),
    "answer-to": Pace(3, 12 * HOUR, 24 * HOUR, HOUR),
    "answer-all": Pace(500, MINUTE, HOUR),
    # Searches from one place that found nothing, as far as their words are counted.
    "search": Pace(60, MINUTE, HOUR),
}


def seconds_to_wait(kind: str, about: str, at: datetime) -> int:
    """Count a try of that kind; the seconds still to wait before it may be made, or 0.

    Counted before anything is looked at, so that tries side by side are counted too.
    """
    pace, subject = PACES[kind], _subject(kind, about)
    with transaction.atomic():
        known = _locked(subject, at, pace)
        if known.forget_after < at:
            known.tries, known.not_before = 0, at
        if at < known.not_before:
            return math.ceil((known.not_before - at).total_seconds())
        known.tries += 1
        known.not_before = at + wait_after(known.tries, pace)
        known.forget_after = at + pace.forget_after
        known.save()
    return 0


def forget(kind: str, about: str, at: datetime) -> None:
    """Forget the tries, as the last one succeeded; and whatever is past its time."""
    SignInDelay.objects.filter(subject=_subject(kind, about)).delete()
    SignInDelay.objects.filter(forget_after__lt=at).delete()


def wait_after(tries: int, pace: Pace = PACES["sign-in"]) -> timedelta:
    """How long to wait after that many tries without success."""
    if tries <= pace.free:
        return timedelta(0)
    doubled: int = 2 ** min(tries - pace.free - 1, 9)
    return min(doubled * pace.first_wait, pace.longest_wait)


def _subject(kind: str, about: str) -> bytes:
    return salted_hmac(f"etasu.{kind}", about, algorithm="sha256").digest()


def _locked(subject: bytes, at: datetime, pace: Pace) -> SignInDelay:
    """The count of this subject, locked; somebody who signs in meanwhile may have removed it."""
    found = None
    while found is None:
        # Not get_or_create: the row it collided with may be gone when it looks again.
        SignInDelay.objects.bulk_create(
            [SignInDelay(subject=subject, not_before=at, forget_after=at + pace.forget_after)],
            ignore_conflicts=True,
        )
        found = SignInDelay.objects.select_for_update().filter(subject=subject).first()
    return found
