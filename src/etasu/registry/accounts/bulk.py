"""People of another administrator who get a sign-in here, many at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import AT_ONCE, Told, record_all
from etasu.registry.audit.origins import Source


class PersonToCarry(NamedTuple):
    """Somebody who will sign in with this address, which is lower-case."""

    email: str
    full_name: str
    time_zone: str


def users_by_email(emails: Collection[str]) -> dict[str, User]:
    """Who signs in with each of these lower-case addresses; others are left out."""
    return {user.email: user for user in User.objects.filter(email__in=list(emails))}


def carry_over_users(
    people: Sequence[PersonToCarry], source: Source, *, by: Actor, at: datetime
) -> list[User]:
    """A user for each, without a password: each chooses one by way of the address."""
    users = [User(**person._asdict(), password=make_password(None)) for person in people]
    with transaction.atomic():
        User.objects.bulk_create(users, batch_size=AT_ONCE)
        record_all(
            (Told("user.carried_over", "user", user.number, source.note()) for user in users),
            by=by,
            at=at,
        )
    return users
