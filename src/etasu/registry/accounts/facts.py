"""Who people are, by the numbers the registry keeps."""

from __future__ import annotations

from collections.abc import Collection

from etasu.registry.accounts.models import User

# What the doors call somebody who signs in.
Person = User


def names_of(numbers: Collection[str]) -> dict[str, str]:
    """The full name behind each number that is a user's; others are left out."""
    found = User.objects.filter(number__in=set(numbers))
    return dict(found.values_list("number", "full_name"))


def person_by_number(number: str) -> User | None:
    """Somebody who may sign in, by their number."""
    return User.objects.filter(number=number, is_active=True, is_system=False).first()
