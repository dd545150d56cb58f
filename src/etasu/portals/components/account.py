"""Who is signed in, and whom to call: the bar above and the lines below every page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from etasu.portals.components.words import role_label
from etasu.programs import library
from etasu.registry.notices.facts import how_many_unread
from etasu.registry.participants.facts import Acting
from etasu.safe_use.program import Program


class AccountBar(NamedTuple):
    """What the bar says about the person."""

    program: str
    role: str
    participant: str
    person: str
    has_choice: bool


class RoleChoice(NamedTuple):
    """A role to choose."""

    membership_id: int
    role: str
    participant: str
    program: str
    is_current: bool


class HelpLine(NamedTuple):
    """A program's telephone number."""

    program: str
    telephone: str


def account_bar(acting: Acting | None) -> AccountBar | None:
    """The bar for a role; None without one."""
    if acting is None:
        return None
    return AccountBar(
        program=program_name(acting.asker.program),
        role=role_label(acting.asker.role),
        participant=acting.participant_name or "",
        person=acting.person,
        has_choice=True,
    )


def unread(request: Any) -> int:
    """How many messages whoever is signed in has not opened."""
    user, at = getattr(request, "user", None), getattr(request, "at", None)
    if at is None or user is None or not user.is_authenticated:
        return 0
    return how_many_unread(user, at)


def role_choices(roles: Iterable[Acting], current: Acting | None) -> list[RoleChoice]:
    """The roles a person can choose from, in the order they began."""
    now = current.membership_id if current else None
    return [
        RoleChoice(
            each.membership_id,
            role_label(each.asker.role),
            each.participant_name or "",
            program_name(each.asker.program),
            each.membership_id == now,
        )
        for each in roles
    ]


def program_of(code: str | None) -> Program | None:
    """The program of that code as this site runs it."""
    loaded = library.current().programs.get(code) if code else None
    return loaded.program if loaded else None


def program_name(code: str) -> str:
    """The program's name, or its code when the site no longer has it."""
    program = program_of(code)
    return program.name if program else code


def help_lines(code: str | None) -> list[HelpLine]:
    """The telephone numbers of one program; of every program when none is given."""
    known = library.current().programs
    found = [known[code]] if code in known else list(known.values())
    return [
        HelpLine(each.program.name, contact.value)
        for each in found
        for contact in each.program.contacts
        if contact.kind == "telephone"
    ]
