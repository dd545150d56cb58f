"""People who sign in at their organization: who they are there, and who they are here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from etasu.registry.accounts.models import OutsideIdentity, User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor


class Identity(NamedTuple):
    """What an organization says about somebody who signed in there, and how they did."""

    issuer: str
    subject: str
    email: str
    email_is_confirmed: bool
    full_name: str
    ways: str = "organization"


class AddressTaken(ValueError):
    """Somebody here has the address already: they connect the two themselves, signed in."""


def person_of(issuer: str, subject: str, *, at: datetime) -> User | None:
    """Who this is here, if they are connected and may sign in."""
    found = OutsideIdentity.objects.select_related("user").filter(issuer=issuer, subject=subject)
    identity = found.first()
    if identity is None or not identity.user.is_active or identity.user.is_system:
        return None
    OutsideIdentity.objects.filter(pk=identity.pk).update(last_used=at)
    return identity.user


def is_known(issuer: str, subject: str) -> bool:
    """Whether the identity is anybody's here, who may sign in or not."""
    return OutsideIdentity.objects.filter(issuer=issuer, subject=subject).exists()


def enter_person(identity: Identity, *, at: datetime) -> User:
    """A new account for somebody nobody here knows; it has no rights. Raises AddressTaken."""
    user = User(email=identity.email.strip().lower(), full_name=identity.full_name)
    user.set_unusable_password()
    by = Actor(user.number, "person")
    if identity.email_is_confirmed:
        user.email_confirmed_at, user.email_confirmed_by = at, by.number
    try:
        with transaction.atomic():
            user.save()
            detail = {"how": identity.ways.partition(",")[0]}
            subject = ("user", user.number)
            audit.record("person.registered", subject=subject, by=by, at=at, detail=detail)
            connect(user, identity, by=by, at=at)
    except IntegrityError:
        raise AddressTaken from None
    return user


def connect(user: User, identity: Identity, *, by: Actor, at: datetime) -> OutsideIdentity:
    """Let a person sign in at their organization from now on."""
    with transaction.atomic():
        made = OutsideIdentity.objects.create(
            user=user,
            issuer=identity.issuer,
            subject=identity.subject,
            connected_at=at,
            connected_by=by.number,
        )
        audit.record("person.connected", subject=("user", user.number), by=by, at=at)
    return made


def disconnect(user: User, issuers: Collection[str], *, by: Actor, at: datetime) -> bool:
    """No longer let the person sign in at these issuers; whether they could."""
    with transaction.atomic():
        if not user.outside_identities.filter(issuer__in=issuers).delete()[0]:
            return False
        audit.record("person.disconnected", subject=("user", user.number), by=by, at=at)
    return True


def connections(user: User) -> list[OutsideIdentity]:
    """Where else the person can sign in."""
    return list(user.outside_identities.order_by("id"))
