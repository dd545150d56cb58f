"""Queueing messages beside what caused them, and what people do with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.notices.models import Notice

State = Notice.State
PORTAL, EMAIL = "portal", "email"


class Message(NamedTuple):
    """What is told, for which role of a program, and about whom or what.

    `subject` is a kind and a number. `facts` are codes, numbers and dates, never names. What its
    `occasion` makes the same message, such as one certification's end, is told each person once.
    """

    program: str
    program_version: str
    code: str
    event: str
    audience: str
    subject: tuple[str, str]
    occasion: str
    channels: tuple[str, ...] = (PORTAL,)
    facts: Mapping[str, Any] = {}


def queue(
    message: Message, recipient: User, *, due: datetime | None = None, by: Actor, at: datetime
) -> Notice | None:
    """Queue a message for one person; None when they already have it, however often it is asked.

    Call it in the transaction of what caused it: then both are kept, or neither. Channels this
    site cannot send by are noted beside it. Without `due` it goes out at once.
    """
    kind, number = message.subject
    key = ":".join((message.program, message.code, number, message.occasion, recipient.number))
    goes_out = due or at
    with transaction.atomic():
        notice, is_new = Notice.objects.get_or_create(
            key=key,
            defaults={
                "program": message.program,
                "program_version": message.program_version,
                "code": message.code,
                "event": message.event,
                "audience": message.audience,
                "recipient": recipient,
                "subject_kind": kind,
                "subject": number,
                "facts": dict(message.facts),
                "by_email": EMAIL in message.channels,
                "due": goes_out,
                "next_try": goes_out,
                "queued_at": at,
                "queued_by": by.number,
            },
        )
        if not is_new:
            return None
        detail: dict[str, Any] = {"code": message.code, "about": number}
        if other := [each for each in message.channels if each not in (PORTAL, EMAIL)]:
            detail["not_sent_by"] = other
        _note("notice.queued", notice, by, at, detail)
    return notice


def cancel(notice: Notice, *, reason: str, by: Actor, at: datetime) -> Notice:
    """Take a message back that has not been sent; one that has stays as it is."""
    with transaction.atomic():
        locked = _locked(notice)
        if locked.state in (State.QUEUED, State.FAILED):
            locked.state, locked.last_error = State.CANCELED, reason
            locked.closed_at, locked.closed_by = at, by.number
            locked.save(update_fields=["state", "last_error", "closed_at", "closed_by"])
            _note("notice.canceled", locked, by, at, {"reason": reason})
    return locked


def try_again(notice: Notice, *, by: Actor, at: datetime) -> Notice:
    """Send a message that was given up once more, from the first attempt on."""
    with transaction.atomic():
        locked = _locked(notice)
        if locked.state == State.FAILED:
            locked.state, locked.attempts, locked.next_try = State.QUEUED, 0, at
            locked.closed_at = locked.closed_by = None
            locked.save(update_fields=["state", "attempts", "next_try", "closed_at", "closed_by"])
            _note("notice.tried_again", locked, by, at, {})
    return locked


def mark_read(notice: Notice, *, by: Actor, at: datetime) -> Notice:
    """Note that its recipient has opened it; the first time counts."""
    with transaction.atomic():
        locked = _locked(notice)
        if locked.read_at is None:
            locked.read_at, locked.read_by = at, by.number
            locked.save(update_fields=["read_at", "read_by"])
            _note("notice.read", locked, by, at, {})
    return locked


def _locked(notice: Notice) -> Notice:
    return Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)


def _note(verb: str, notice: Notice, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    audit.record(verb, subject=("notice", notice.number), by=by, at=at, detail=detail)
