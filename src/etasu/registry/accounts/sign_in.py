"""Signing in with e-mail address and password: slowed down after failures, never locked."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth import authenticate
from django.db import transaction
from django.utils.crypto import salted_hmac

from etasu.registry.accounts.models import SignInDelay, User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import PLATFORM, Actor

# The first tries cost nothing; then each waits twice as long as the one before, up to a minute.
FREE_TRIES = 4
LONGEST_WAIT = timedelta(seconds=60)
FORGET_AFTER = timedelta(minutes=15)


class SignInAnswer(NamedTuple):
    """Who signed in, or nobody; and how many seconds to wait before the next try."""

    user: User | None
    wait_seconds: int = 0


def try_password(
    email: str, password: str, place: str, at: datetime, verb: str = "person.signed_in"
) -> SignInAnswer:
    """The person with this address and password, tried from a place such as a network address.

    An address nobody has is answered, and slowed down, exactly like a wrong password. `verb` is
    what the audit trail says of a success: `person.confirmed` when signing.
    """
    email = email.strip().lower()
    subject = salted_hmac("etasu.sign-in", f"{email}\n{place}", algorithm="sha256").digest()
    wait = _count(subject, at)
    if wait:
        return SignInAnswer(None, wait)
    user = authenticate(username=email, password=password)
    if not isinstance(user, User) or user.is_system:
        _note_failure(email, at)
        return SignInAnswer(None)
    SignInDelay.objects.filter(subject=subject).delete()
    SignInDelay.objects.filter(forget_after__lt=at).delete()
    note_session(verb, user, at)
    return SignInAnswer(user)


def note_session(verb: str, user: User, at: datetime) -> None:
    """Keep in the audit trail that a person's session began or ended."""
    by = Actor(user.number, "person")
    audit.record(verb, subject=("user", user.number), by=by, at=at)


def wait_after(tries: int) -> timedelta:
    """How long to wait after that many tries without success."""
    if tries <= FREE_TRIES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(tries - FREE_TRIES, 10)), LONGEST_WAIT)


def _count(subject: bytes, at: datetime) -> int:
    """Count a try; the seconds still to wait, or 0.

    Counted before the password is looked at, so that tries side by side are counted too.
    """
    with transaction.atomic():
        known = _locked(subject, at)
        if known.forget_after < at:
            known.tries, known.not_before = 0, at
        if at < known.not_before:
            return math.ceil((known.not_before - at).total_seconds())
        known.tries += 1
        known.not_before = at + wait_after(known.tries)
        known.forget_after = at + FORGET_AFTER
        known.save()
    return 0


def _locked(subject: bytes, at: datetime) -> SignInDelay:
    """The count of this subject, locked; somebody who signs in meanwhile may have removed it."""
    found = None
    while found is None:
        # Not get_or_create: the row it collided with may be gone when it looks again.
        SignInDelay.objects.bulk_create(
            [SignInDelay(subject=subject, not_before=at, forget_after=at + FORGET_AFTER)],
            ignore_conflicts=True,
        )
        found = SignInDelay.objects.select_for_update().filter(subject=subject).first()
    return found


def _note_failure(email: str, at: datetime) -> None:
    known = User.objects.filter(email=email).first()
    if known is not None:
        audit.record("person.sign_in_failed", subject=("user", known.number), by=PLATFORM, at=at)
