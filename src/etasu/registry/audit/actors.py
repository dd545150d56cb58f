"""Who does something. Nothing in the registry changes without one."""

from __future__ import annotations

from typing import NamedTuple


class AnonymousActor(ValueError):
    """Somebody tried to change the registry without saying who they are."""


class Actor(NamedTuple):
    """A user's number and the role they act in. Systems act as `system`."""

    number: str
    role: str


def named(by: Actor) -> Actor:
    """The actor, refused when it names nobody."""
    if not by.number or not by.role:
        raise AnonymousActor("an action needs somebody who does it, and their role")
    return by


# Work the platform does by itself: the clock, the seeded demo, imports.
PLATFORM = Actor("platform", "system")
