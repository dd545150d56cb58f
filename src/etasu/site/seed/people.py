"""The users of a seeded site, and for whom they act."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from etasu.site.seed.desk import BY, ZONE, Desk, Voice

# Nobody signs in with this: Django takes no password whose hash begins so.
NO_PASSWORD = "!"


class ActedFor(Protocol):
    """The participant somebody acts for."""

    pk: int
    number: str


def user(
    desk: Desk,
    name: str,
    role: str,
    *,
    email: str | None = None,
    password: str = NO_PASSWORD,
    is_system: bool = False,
) -> Voice:
    """Somebody in a role, with a user row; `password` is a hash. The address is invented."""
    number = desk.numbers.next()
    index = desk.ids.next("accounts_user")
    address = email or f"{number.lower()}@example.org"
    desk.sheets.add(
        *("accounts_user", index, number, address, name, True, is_system, ZONE, password)
    )
    return Voice(index, number, name, role)


def enlist(desk: Desk, voice: Voice, whom: ActedFor | None, at: datetime) -> None:
    """Let somebody act for a participant, or for the program itself."""
    participant = whom.pk if whom else None
    desk.sheets.add("participants_membership", voice.id, participant, desk.code, voice.role, at, BY)
    acts_for = whom.number if whom else desk.code
    desk.sheets.note(at, "member.added", "user", voice.user, role=voice.role, **{"for": acts_for})
