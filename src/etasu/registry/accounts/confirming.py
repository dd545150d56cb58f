"""Confirming at this very moment that it is really the person signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from etasu.registry.accounts.delays import forget, seconds_to_wait
from etasu.registry.accounts.models import User
from etasu.registry.accounts.passkeys import WrongPasskey, note_refused, take_passkey
from etasu.registry.accounts.receipts import once
from etasu.registry.accounts.second_steps import WrongCode, app_of, take_app_code
from etasu.registry.accounts.sign_in import try_password
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor

PASSWORD, APP, PASSKEY = "password", "app", "passkey"
# A form sent twice by a double click is the same confirmation; one sent again later is not.
SAME_SENDING = timedelta(minutes=2)


class Said(NamedTuple):
    """What the person gave: a password or a code, or a passkey's answer to a challenge.

    `token` names one sending of one form; `place` is where it came from.
    """

    typed: str
    token: str
    place: str
    passkey: str = ""
    challenge: dict[str, Any] | None = None
    site: tuple[str, str] = ("", "")


class Confirmed(NamedTuple):
    """When the person confirmed who they are, and by what."""

    at: datetime
    how: str


class NotConfirmed(NamedTuple):
    """It was not right; or it was not looked at, and there are seconds to wait."""

    wait_seconds: int = 0


def confirm(user: User, said: Said, *, by: Actor, at: datetime) -> Confirmed | NotConfirmed:
    """Whether what was given is the person's own, at this moment."""
    if said.passkey:
        return _once(said, by, at, PASSKEY, lambda: _passkey_is_theirs(user, said, at))
    if _is_code(said.typed) and app_of(user) is not None:
        wait = seconds_to_wait("second-step", user.number, at)
        if wait:
            return NotConfirmed(wait)
        found = _once(said, by, at, APP, lambda: _code_is_theirs(user, said.typed, by, at))
        if isinstance(found, Confirmed):
            forget("second-step", user.number, at)
        return found
    answer = try_password(user.email, said.typed, said.place, at, "person.confirmed")
    if answer.user is None or answer.user.pk != user.pk:
        return NotConfirmed(answer.wait_seconds)
    return Confirmed(at, PASSWORD)


def _once(
    said: Said, by: Actor, at: datetime, how: str, is_right: Callable[[], None]
) -> Confirmed | NotConfirmed:
    """What can be given once is taken once, and the second sending of the form hears the same."""

    def take() -> str:
        is_right()
        detail = {"how": how}
        audit.record("person.confirmed", subject=("user", by.number), by=by, at=at, detail=detail)
        return at.isoformat()

    try:
        taken = datetime.fromisoformat(once(said.token, take, by=by, at=at))
    except (WrongCode, WrongPasskey) as refused:
        if isinstance(refused, WrongPasskey):
            note_refused(refused, at=at)
        audit.record("person.not_confirmed", subject=("user", by.number), by=by, at=at)
        return NotConfirmed()
    return Confirmed(taken, how) if at - taken <= SAME_SENDING else NotConfirmed()


def _passkey_is_theirs(user: User, said: Said, at: datetime) -> None:
    if take_passkey(said.passkey, said.challenge, said.site, at=at).user_id != user.pk:
        raise WrongPasskey


def _code_is_theirs(user: User, code: str, by: Actor, at: datetime) -> None:
    if not take_app_code(user, code, by=by, at=at):
        raise WrongCode


def _is_code(typed: str) -> bool:
    bare = "".join(typed.split())
    return len(bare) == 6 and bare.isdecimal()
