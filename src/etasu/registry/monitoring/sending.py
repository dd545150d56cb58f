"""Who sent a message, whether it came before, and what the sender's codes mean."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from etasu.programs import library
from etasu.programs.codes import code_tables
from etasu.registry.monitoring.judging import Setting, setting_of
from etasu.registry.monitoring.lab_models import CodeMapping, LabConnection, LabSender
from etasu.registry.monitoring.received import Received
from etasu.safe_use.program import ProgramVersion

# Control ids that tell nothing: some senders write the word.
_NO_CONTROL_ID = frozenset({"", "NULL", '""'})
# How a door names a sender that proved nothing: by the address it calls from.
_ADDRESS = "peer:"
# How a door names a connection itself, for a file or an entry by hand.
_NUMBER = "connection:"
# A specimen may be collected where the day has begun already.
_A_DAY_AHEAD = timedelta(hours=14)


@dataclass(slots=True)
class Incoming:
    """A message with what is known of it before anything in it is looked at."""

    received: Received
    digest: bytes
    control_id: str
    sender: str = ""
    name: str = ""
    connection: LabConnection | None = None

    @property
    def items(self) -> int:
        """How many items came in."""
        message = self.received.message
        return sum(len(each.items) for each in message.reports) if message else 0

    def repeats(self) -> list[tuple[str, ...]]:
        """What another message of the same batch must not share with it."""
        keys: list[tuple[str, ...]] = [("content", self.sender, self.digest.hex())]
        if self.control_id:
            keys.append(("control id", self.sender, self.control_id))
        message = self.received.message
        for report in message.reports if message else ():
            if report.number:
                keys.append(("report", self.sender, report.number))
        return keys


class Former(NamedTuple):
    """A message that came before: the same one, or another under its control id."""

    number: str
    is_same: bool
    answer: str


@dataclass(slots=True)
class Terms:
    """What the items of one connection are judged by, or why they cannot be."""

    version: ProgramVersion | None
    setting: Setting | None


@dataclass(slots=True)
class Known:
    """What is known of the senders of one batch."""

    terms: dict[int, Terms] = field(default_factory=dict)

    def of(self, connection: LabConnection) -> Terms:
        """What its items are judged by."""
        return self.terms[connection.pk]


def incoming(messages: Iterable[Received]) -> list[Incoming]:
    """Each message with its hash, its control id, and its sender if somebody registered it."""
    found = [_hashed(each) for each in messages]
    names = {name for each in found for name in _names(each.received)}
    rows = LabSender.objects.filter(
        name__in=names, ended_at__isnull=True, connection__closed_at__isnull=True
    ).select_related("connection")
    known = {row.name: row.connection for row in rows}
    known |= _by_number(names)
    for each in found:
        called = _names(each.received)
        each.connection = next((known[name] for name in called if name in known), None)
        each.name = (called or ["?"])[0]
        each.sender = each.connection.number if each.connection else each.name
    return found


def _by_number(names: Collection[str]) -> dict[str, LabConnection]:
    """Connections somebody who is signed in here named themselves, by what they come under."""
    numbers = [name.removeprefix(_NUMBER) for name in names if name.startswith(_NUMBER)]
    if not numbers:
        return {}
    found = LabConnection.objects.filter(number__in=numbers, closed_at__isnull=True)
    return {f"{_NUMBER}{each.number}": each for each in found}


def registered(name: str) -> LabConnection | None:
    """Whose messages come under this name, or under the sender's part of it."""
    names = [name, "|".join(name.split("|")[:2])]
    found = LabSender.objects.filter(name__in=names, ended_at__isnull=True)
    sender = found.filter(connection__closed_at__isnull=True).select_related("connection").first()
    return sender.connection if sender is not None else None


def _hashed(received: Received) -> Incoming:
    control_id = received.message.control_id.strip() if received.message else ""
    if control_id in _NO_CONTROL_ID:
        control_id = ""
    return Incoming(received, hashlib.sha256(received.raw).digest(), control_id)


def _names(received: Received) -> list[str]:
    """What a sender may be registered as: what the door made sure of, or what the message says.

    Where the door knows only an address, anybody there may speak in any name.
    """
    known = received.connection or ""
    if known and not known.startswith(_ADDRESS):
        return [known]
    sent_as = received.message.sent_as if received.message else ""
    both = "|".join(sent_as.split("|")[:2])
    return [each for each in (both, sent_as, known) if each.strip("|")]


_FORMER = """
SELECT sender, control_id, digest, number, answer FROM monitoring_message
WHERE digest = ANY(%s::bytea[]) AND answer = 'AA'
UNION ALL
SELECT message.sender, message.control_id, digest, number, answer
FROM unnest(%s::text[], %s::text[]) AS asked(sender, control_id)
JOIN monitoring_message message ON message.sender = asked.sender
    AND message.control_id = asked.control_id
    AND message.answer = 'AA' AND message.control_id <> ''
"""


def former(messages: Sequence[Incoming]) -> list[Former | None]:
    """For each the message that was accepted before, with its content or its control id."""
    digests = [each.digest for each in messages]
    with_id = [each for each in messages if each.control_id]
    by_content, by_id = {}, {}
    with connection.cursor() as db:
        db.execute(
            _FORMER,
            [digests, [each.sender for each in with_id], [each.control_id for each in with_id]],
        )
        rows = db.fetchall()
    for sender, control_id, digest, number, answer in rows:
        by_content[sender, bytes(digest)] = Former(number, True, answer)
        if control_id:
            by_id[sender, control_id] = Former(number, False, answer)
    return [
        by_content.get((each.sender, each.digest)) or by_id.get((each.sender, each.control_id))
        for each in messages
    ]


def terms_of(connections: Collection[LabConnection], at: datetime) -> Known:
    """What the items of these connections are judged by on the day."""
    programs = {each.program for each in connections}
    rows = (
        CodeMapping.objects.filter(program__in=programs, ended_at__isnull=True) if programs else ()
    )
    # A mapping of the connection itself comes after, and wins over one that holds for all.
    ordered = sorted(rows, key=lambda row: row.connection_id is not None)
    known = Known()
    for each in {one.pk: one for one in connections}.values():
        version = library.current().effective(
            each.program, at.astimezone(ZoneInfo(each.time_zone)).date()
        )
        setting = None
        if version is not None:
            mappings = {
                (row.system, row.code): row.test
                for row in ordered
                if row.program == each.program and row.connection_id in (None, each.pk)
            }
            latest = (at + _A_DAY_AHEAD).date()
            setting = setting_of(version, mappings, code_tables(), latest)
        known.terms[each.pk] = Terms(version, setting)
    return known
