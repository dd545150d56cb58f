"""Signing in with e-mail address and password: slowed down after failures, never locked."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.contrib.auth import authenticate

from etasu.registry.accounts.delays import PACES, forget, seconds_to_wait, wait_after
from etasu.registry.accounts.models import User
from etasu.registry.accounts.second_steps import has_second_step
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import PLATFORM, Actor

__all__ = ["FREE_TRIES", "SignInAnswer", "note_session", "try_password", "wait_after"]

FREE_TRIES = PACES["sign-in"].free


class SignInAnswer(NamedTuple):
    """Who signed in, or nobody; and how many seconds to wait before the next try.

    Whoever has a second step is not signed in by the password: they are `half_way`.
    """

    user: User | None
    wait_seconds: int = 0
    half_way: User | None = None


def try_password(
    email: str, password: str, place: str, at: datetime, verb: str = "person.signed_in"
) -> SignInAnswer:
    """The person with this address and password, tried from a place such as a network address.

    An address nobody has is answered, and slowed down, exactly like a wrong password. `verb` is
    what the audit trail says of a success: `person.confirmed` when signing. A person with a second
    step has not signed in yet: the trail says that the password was given.
    """
    email = email.strip().lower()
    about = f"{email}\n{place}"
    wait = seconds_to_wait("sign-in", about, at)
    if wait:
        return SignInAnswer(None, wait)
    user = authenticate(username=email, password=password)
    if not isinstance(user, User) or user.is_system:
        _note_failure(email, at)
        return SignInAnswer(None)
    forget("sign-in", about, at)
    if verb == "person.signed_in" and has_second_step(user):
        note_session("person.password_given", user, at)
        return SignInAnswer(None, half_way=user)
    note_session(verb, user, at)
    return SignInAnswer(user)


def note_session(verb: str, user: User, at: datetime) -> None:
    """Keep in the audit trail that a person's session began or ended."""
    by = Actor(user.number, "person")
    audit.record(verb, subject=("user", user.number), by=by, at=at)


def _note_failure(email: str, at: datetime) -> None:
    known = User.objects.filter(email=email).first()
    if known is not None:
        audit.record("person.sign_in_failed", subject=("user", known.number), by=PLATFORM, at=at)
