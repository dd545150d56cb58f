"""Who people are, by the numbers the registry keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from etasu.registry.accounts.models import ApiKey, User

# What the doors call somebody who signs in.
Person = User


def names_of(numbers: Collection[str]) -> dict[str, str]:
    """The full name behind each number that is a user's; others are left out."""
    found = User.objects.filter(number__in=set(numbers))
    return dict(found.values_list("number", "full_name"))


def person_by_number(number: str) -> User | None:
    """Somebody who may sign in, by their number."""
    return User.objects.filter(number=number, is_active=True, is_system=False).first()


def has_account(email: str) -> bool:
    """Whether somebody signs in with this address."""
    return User.objects.filter(email=email.strip().lower()).exists()


def user_behind_key(api_key: str) -> User | None:
    """Whose API key it is, while neither the key is revoked nor the account closed."""
    digest = hashlib.sha256(api_key.encode()).digest()
    held = ApiKey.objects.filter(key_hash=digest, revoked_at__isnull=True, user__is_active=True)
    found = held.select_related("user").first()
    return found.user if found is not None else None
