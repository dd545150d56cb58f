"""Queueing messages beside what caused them, and what people do with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import Told, insert_all, record_all
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
    values = _values(message, recipient, due or at, by, at)
    with transaction.atomic():
        notice, is_new = Notice.objects.get_or_create(key=values.pop("key"), defaults=values)
        if not is_new:
            return None
        _note("notice.queued", notice, by, at, _queued(message))
    return notice


def queue_all(told: Iterable[tuple[Message, User]], *, by: Actor, at: datetime) -> int:
    """Queue many messages as `queue` does one, in a few questions; how many are new."""
    rows = {}
    for message, recipient in told:
        row = Notice(**_values(message, recipient, at, by, at))
        rows[row.key] = (row, message)
    with transaction.atomic():
        known = set(Notice.objects.filter(key__in=rows).values_list("key", flat=True))
        fresh = [each for key, each in rows.items() if key not in known]
        insert_all([row for row, _ in fresh])
        record_all(
            (Told("notice.queued", "notice", row.number, _queued(said)) for row, said in fresh),
            by=by,
            at=at,
        )
    return len(fresh)


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


def _values(
    message: Message, recipient: User, due: datetime, by: Actor, at: datetime
) -> dict[str, Any]:
    kind, number = message.subject
    return {
        "key": ":".join(
            (message.program, message.code, number, message.occasion, recipient.number)
        ),
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
        "due": due,
        "next_try": due,
        "queued_at": at,
        "queued_by": by.number,
    }


def _queued(message: Message) -> dict[str, Any]:
    """What the trail says of a message queued."""
    detail: dict[str, Any] = {"code": message.code, "about": message.subject[1]}
    if other := [each for each in message.channels if each not in (PORTAL, EMAIL)]:
        detail["not_sent_by"] = other
    return detail


def _locked(notice: Notice) -> Notice:
    return Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)


def _note(verb: str, notice: Notice, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    audit.record(verb, subject=("notice", notice.number), by=by, at=at, detail=detail)
