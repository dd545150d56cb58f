"""The second step of signing in: an authenticator app, a passkey, or a recovery code."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from etasu.registry.accounts.codes import step_of
from etasu.registry.accounts.keeping_secrets import (
    UnreadableSecret,
    decrypted,
    encrypted,
    keyed_digest,
)
from etasu.registry.accounts.models import AuthenticatorApp, RecoveryCode, User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.safe_use.identifiers import ALPHABET

CODES_AT_ONCE, CODE_LETTERS = 10, 10


class WrongCode(ValueError):
    """The code is not the app's, or was taken already."""


def has_second_step(user: User) -> bool:
    """Whether the password alone does not let the person in."""
    return app_of(user) is not None or user.passkeys.filter(removed_at__isnull=True).exists()


def app_of(user: User) -> AuthenticatorApp | None:
    """The person's authenticator app."""
    return user.authenticator_apps.filter(removed_at__isnull=True).first()


def add_app(user: User, secret: bytes, code: str, *, by: Actor, at: datetime) -> AuthenticatorApp:
    """Add an authenticator app once it shows a right code; a former one is replaced.

    Raises WrongCode.
    """
    step = step_of(code, secret, at, later_than=0)
    if step is None:
        raise WrongCode
    with transaction.atomic():
        _locked_user(user)
        _remove_app(user, by, at)
        app = AuthenticatorApp.objects.create(
            user=user, secret=encrypted(secret), last_step=step, added_at=at, added_by=by.number
        )
        _note("person.mfa_added", user, by, at, {"way": "app", "number": app.number})
    return app


def remove_app(user: User, *, by: Actor, at: datetime) -> None:
    """Remove the authenticator app, and what only made sense with a second step."""
    with transaction.atomic():
        _locked_user(user)
        _remove_app(user, by, at)
        drop_codes_without_use(user, by=by, at=at)


def take_app_code(user: User, code: str, *, by: Actor, at: datetime) -> bool:
    """Whether the code is the app's now; a code is taken once, however often it is sent."""
    with transaction.atomic():
        app = (
            AuthenticatorApp.objects.select_for_update()
            .filter(user=user, removed_at__isnull=True)
            .first()
        )
        if app is None:
            return False
        step = _step(app, code, at)
        if step is None:
            return False
        app.last_step, app.last_used = step, at
        app.save(update_fields=["last_step", "last_used"])
        _note("person.second_step_given", user, by, at, {"way": "app"})
    return True


def make_recovery_codes(user: User, *, by: Actor, at: datetime) -> list[str]:
    """Ten new codes, to be shown this once; the ones before no longer count."""
    with transaction.atomic():
        _locked_user(user)
        _replace_codes(user, by, at)
        made = [_new_code() for _ in range(CODES_AT_ONCE)]
        RecoveryCode.objects.bulk_create(
            RecoveryCode(user=user, code_hash=_code_hash(user, c), made_at=at, made_by=by.number)
            for c in made
        )
        _note("person.recovery_codes_made", user, by, at, {"how_many": len(made)})
    return made


def take_recovery_code(user: User, code: str, *, by: Actor, at: datetime) -> bool:
    """Whether this is an unused recovery code; it is used with this."""
    with transaction.atomic():
        kept = (
            RecoveryCode.objects.select_for_update()
            .filter(user=user, code_hash=_code_hash(user, code))
            .filter(used_at__isnull=True, replaced_at__isnull=True)
            .first()
        )
        if kept is None:
            return False
        kept.used_at, kept.used_by = at, by.number
        kept.save(update_fields=["used_at", "used_by"])
        left = recovery_codes_left(user)
        _note("person.second_step_given", user, by, at, {"way": "recovery code", "left": left})
    return True


def recovery_codes_left(user: User) -> int:
    """How many recovery codes still count."""
    return user.recovery_codes.filter(used_at__isnull=True, replaced_at__isnull=True).count()


def remove_second_steps(user: User, *, by: Actor, at: datetime) -> None:
    """Remove every second step, as at the end of a recovery."""
    with transaction.atomic():
        _locked_user(user)
        _remove_app(user, by, at)
        for key in user.passkeys.filter(removed_at__isnull=True):
            key.removed_at, key.removed_by = at, by.number
            key.save(update_fields=["removed_at", "removed_by"])
            _note("person.mfa_removed", user, by, at, {"way": "passkey", "number": key.number})
        drop_codes_without_use(user, by=by, at=at)


def drop_codes_without_use(user: User, *, by: Actor, at: datetime) -> None:
    """Recovery codes stand in for a second step; without one they are withdrawn."""
    if not has_second_step(user):
        _replace_codes(user, by, at)


def _step(app: AuthenticatorApp, code: str, at: datetime) -> int | None:
    try:
        return step_of(code, decrypted(bytes(app.secret)), at, app.last_step)
    except UnreadableSecret:
        # The site's secret was changed: nobody can tell, so a recovery code has to do.
        return None


def _remove_app(user: User, by: Actor, at: datetime) -> None:
    app = app_of(user)
    if app is None:
        return
    app.removed_at, app.removed_by, app.secret = at, by.number, b""
    app.save(update_fields=["removed_at", "removed_by", "secret"])
    _note("person.mfa_removed", user, by, at, {"way": "app", "number": app.number})


def _replace_codes(user: User, by: Actor, at: datetime) -> None:
    left = user.recovery_codes.filter(used_at__isnull=True, replaced_at__isnull=True)
    left.update(replaced_at=at, replaced_by=by.number)


def _new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))
    return f"{letters[:5]}-{letters[5:]}"


def _code_hash(user: User, code: str) -> bytes:
    plain = "".join(char for char in code.upper() if char.isalnum())
    plain = plain.translate(str.maketrans("OIL", "011"))
    return keyed_digest("recovery-code", f"{user.number}\n{plain}")


def _locked_user(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _note(verb: str, user: User, by: Actor, at: datetime, detail: dict[str, object]) -> None:
    audit.record(verb, subject=("user", user.number), by=by, at=at, detail=detail)
