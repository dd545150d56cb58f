"""Passkeys: a device signs a challenge of ours with a key that never leaves it (WebAuthn).

A passkey is used with the device's own lock, so that one gesture is two factors.
"""

from __future__ import annotations

import json
import struct
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from etasu.registry.accounts.models import Passkey, User
from etasu.registry.accounts.second_steps import drop_codes_without_use
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import PLATFORM, Actor

GOOD_FOR = timedelta(minutes=5)
MOST_PASSKEYS = 20


class WrongPasskey(ValueError):
    """What the device sent does not prove that it holds a passkey of this site."""

    copied: Passkey | None = None


class Challenge(NamedTuple):
    """What the browser is to ask the device, and what we must remember of it meanwhile."""

    options: dict[str, Any]
    kept: dict[str, Any]


def passkeys_of(user: User) -> list[Passkey]:
    """The person's passkeys, oldest first."""
    return list(user.passkeys.filter(removed_at__isnull=True).order_by("id"))


def challenge_to_add(user: User, site: tuple[str, str], at: datetime) -> Challenge:
    """The challenge for a new passkey. `site` is the host people open and what it is called."""
    person = PublicKeyCredentialUserEntity(
        name=user.email, id=user.number.encode(), display_name=user.full_name or user.email
    )
    options, state = _server(site).register_begin(
        person,
        _credentials(user),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Challenge(_plain(options), _kept(state, at, user))


def add_passkey(
    user: User,
    name: str,
    sent: str,
    kept: dict[str, Any] | None,
    site: tuple[str, str],
    *,
    by: Actor,
    at: datetime,
) -> Passkey:
    """Add the passkey a device made for the challenge. Raises WrongPasskey."""
    state = _still_good(kept, at, user)
    try:
        response = RegistrationResponse.from_dict(_read(sent))
        made = _server(site).register_complete(state, response)
    except _CANNOT_BE_RIGHT:
        raise WrongPasskey from None
    credential = made.credential_data
    with transaction.atomic():
        if credential is None or _is_full(user) or _is_known(credential.credential_id):
            raise WrongPasskey
        key = Passkey.objects.create(
            user=user,
            name=name,
            credential_id=bytes(credential.credential_id),
            credential=bytes(credential),
            sign_count=made.counter,
            is_synced=bool(made.flags & made.FLAG.BS),
            added_at=at,
            added_by=by.number,
        )
        _note("person.mfa_added", user, by, at, {"way": "passkey", "number": key.number})
    return key


def remove_passkey(user: User, number: str, *, by: Actor, at: datetime) -> Passkey | None:
    """Remove one of the person's passkeys; None when it is not theirs."""
    with transaction.atomic():
        found = user.passkeys.select_for_update().filter(number=number, removed_at__isnull=True)
        key = found.first()
        if key is None:
            return None
        key.removed_at, key.removed_by = at, by.number
        key.save(update_fields=["removed_at", "removed_by"])
        _note("person.mfa_removed", user, by, at, {"way": "passkey", "number": key.number})
        drop_codes_without_use(user, by=by, at=at)
    return key


def challenge_to_use(user: User | None, site: tuple[str, str], at: datetime) -> Challenge:
    """The challenge to sign in with: for one person's passkeys, or any the device has for us."""
    credentials = _credentials(user) if user is not None else None
    options, state = _server(site).authenticate_begin(
        credentials, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Challenge(_plain(options), _kept(state, at, user))


def take_passkey(
    sent: str, kept: dict[str, Any] | None, site: tuple[str, str], *, at: datetime
) -> Passkey:
    """The passkey that answered the challenge. Raises WrongPasskey.

    A count that does not go up means the key was copied: it is refused, and `note_refused` tells.
    """
    try:
        response = AuthenticationResponse.from_dict(_read(sent))
        with transaction.atomic():
            key = _held(bytes(response.raw_id))
            state = _still_good(kept, at, key.user)
            _check_handle(response, key.user)
            credential = AttestedCredentialData(bytes(key.credential))
            _server(site).authenticate_complete(state, [credential], response)
            counted = response.response.authenticator_data.counter
            is_copied = bool(counted or key.sign_count) and counted <= key.sign_count
            if not is_copied:
                key.sign_count, key.last_used = counted, at
                key.save(update_fields=["sign_count", "last_used"])
    except _CANNOT_BE_RIGHT:
        raise WrongPasskey from None
    if is_copied:
        refused = WrongPasskey()
        refused.copied = key
        raise refused
    return key


def note_refused(refused: WrongPasskey, *, at: datetime) -> None:
    """Keep in the audit trail that a passkey seems to have been copied, if it was that."""
    if refused.copied is not None:
        detail: dict[str, object] = {"number": refused.copied.number}
        _note("person.passkey_copied", refused.copied.user, PLATFORM, at, detail)


# Whatever the readers of the formats raise for bytes that are not what they should be.
_CANNOT_BE_RIGHT = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    struct.error,
)
LONGEST_ANSWER = 20_000


def _read(sent: str) -> dict[str, Any]:
    found = json.loads(sent) if len(sent) <= LONGEST_ANSWER else None
    if not isinstance(found, dict):
        raise WrongPasskey
    return found


def _held(credential_id: bytes) -> Passkey:
    held = Passkey.objects.select_for_update(of=("self",)).select_related("user")
    key = held.filter(credential_id=credential_id, removed_at__isnull=True).first()
    if key is None or not key.user.is_active or key.user.is_system:
        raise WrongPasskey
    return key


def _check_handle(response: AuthenticationResponse, user: User) -> None:
    handle = response.response.user_handle
    if handle is not None and bytes(handle) != user.number.encode():
        raise WrongPasskey


def _kept(state: Any, at: datetime, user: User | None) -> dict[str, Any]:
    return {
        "challenge": state["challenge"],
        "user_verification": str(UserVerificationRequirement.REQUIRED.value),
        "for": user.number if user is not None else None,
        "until": (at + GOOD_FOR).timestamp(),
    }


def _still_good(kept: dict[str, Any] | None, at: datetime, user: User) -> dict[str, Any]:
    """What was remembered, unless there is none, it is too old, or another person's."""
    if kept is None or at.timestamp() > kept["until"]:
        raise WrongPasskey
    if kept["for"] not in (None, user.number) or len(websafe_decode(kept["challenge"])) < 16:
        raise WrongPasskey
    return kept


def _server(site: tuple[str, str]) -> Fido2Server:
    host, name = site
    return Fido2Server(PublicKeyCredentialRpEntity(name=name, id=host))


def _credentials(user: User) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(bytes(key.credential)) for key in passkeys_of(user)]


def _plain(options: Any) -> dict[str, Any]:
    return dict(json.loads(json.dumps(dict(options), default=dict)))


def _is_full(user: User) -> bool:
    return user.passkeys.filter(removed_at__isnull=True).count() >= MOST_PASSKEYS


def _is_known(credential_id: bytes) -> bool:
    return Passkey.objects.filter(credential_id=bytes(credential_id)).exists()


def _note(verb: str, user: User, by: Actor, at: datetime, detail: dict[str, object]) -> None:
    audit.record(verb, subject=("user", user.number), by=by, at=at, detail=detail)
