"""Joining under a name of one's own choice, and leaving."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.db import IntegrityError, transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.community.facts import (
    Who,
    is_allowed,
    member_now,
    members_behind,
    owner_of,
    who_is,
)
from etasu.registry.community.models import Follow, Member, Nod
from etasu.safe_use.pseudonyms import NameTrouble, looks_like, name_trouble

TAKEN = "taken"


class NotAMember(ValueError):
    """They are no member, or may not be one any more."""


class NameRefused(ValueError):
    """The name cannot be theirs; `why` says the reason as a code."""

    def __init__(self, why: NameTrouble | str) -> None:
        super().__init__(str(why))
        self.why = str(why)


def join(who: Who, pseudonym: str, *, by: Actor, at: datetime) -> Member:
    """Become a member under the name; whoever is one already stays that one.

    Raises NotAMember without the consent, and NameRefused.
    """
    name = " ".join(unicodedata.normalize("NFKC", pseudonym).split())
    if why := name_trouble(name, owner_of(who, at)):
        raise NameRefused(why)
    with transaction.atomic():
        if not is_allowed(who, at):
            raise NotAMember(who.program)
        if held := member_now(who, at):
            return held
        try:
            with transaction.atomic():
                made = Member.objects.create(
                    program=who.program,
                    patient=who.patient,
                    user=who.user,
                    pseudonym=name,
                    looks_like=looks_like(name),
                    joined_at=at,
                    joined_by=by.number,
                )
        except IntegrityError as broken:
            # By two clicks at once they are a member; otherwise somebody has such a name.
            if held := member_now(who, at):
                return held
            raise NameRefused(TAKEN) from broken
        note("member.joined", made, by=by, at=at)
    return made


def leave(member: Member, *, by: Actor, at: datetime) -> None:
    """Be a member no more, at once: no name, no news, no nods.

    The words stay as those of a former member, and whom they wanted to see no more stays apart
    from them, should they come back. Take the consent back with it: see
    `reactions.community_left`.
    """
    with transaction.atomic():
        locked = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        if locked.left_at is not None:
            return
        locked.left_at, locked.left_by = at, by.number
        locked.save(update_fields=["left_at", "left_by"])
        for rows in (Nod.objects.filter(member=locked), Follow.objects.filter(member=locked)):
            rows.filter(ended_at__isnull=True).update(ended_at=at, ended_by=by.number)
        note("member.left", locked, by=by, at=at)


def leave_where_not_allowed(who: Who, *, by: Actor, at: datetime) -> int:
    """End the membership of somebody who allows it no more or left the program; how many ended.

    Of two that are one person's, the later one ends too.
    """
    open_now = list(members_behind(who).filter(left_at__isnull=True))
    kept = open_now[:1] if open_now and is_allowed(who, at) else []
    over = [each for each in open_now if each not in kept]
    for each in over:
        leave(each, by=by, at=at)
    return len(over)


def lock_member(member: Member, at: datetime) -> Member:
    """The member, held until the transaction ends; raises NotAMember for one who is no more."""
    held = Member.objects.select_for_update(no_key=True, of=("self",))
    locked = held.select_related("patient__merged_into", "user").get(pk=member.pk)
    if locked.left_at is not None or not is_allowed(who_is(locked), at):
        raise NotAMember(member.number)
    return locked


def note(
    verb: str,
    member: Member,
    detail: dict[str, object] | None = None,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Tell the trail of it, by the member's number."""
    audit.record(verb, subject=("member", member.number), by=by, at=at, detail=detail)
