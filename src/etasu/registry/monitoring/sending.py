"""Who sent a message, and whether it came before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from etasu.registry.monitoring.lab_models import LabConnection, LabSender
from etasu.registry.monitoring.received import Received, names_of
from etasu.registry.monitoring.senders import Senders
from etasu.safe_use.lab_reports import ItemStatus, LabReport

# What corrects or takes back. A canceled order has not become a result, as a rule.
SPEAK_OF_ANOTHER = frozenset({ItemStatus.CORRECTED, ItemStatus.WITHDRAWN})
# Control ids that tell nothing: some senders write the word.
_NO_CONTROL_ID = frozenset({"", "NULL", '""'})


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
            keys.append(("report", self.sender, number_of(report)))
        return keys

    def speaks_of_another(self) -> bool:
        """Whether it may be about something else its sender said before."""
        message = self.received.message
        return message is not None and any(
            each.status in SPEAK_OF_ANOTHER for report in message.reports for each in report.items
        )


class Former(NamedTuple):
    """A message that came before: the same one, or another under its control id."""

    number: str
    is_same: bool
    answer: str


def number_of(report: LabReport) -> str:
    """What a report is told again by: its number; without one, whom it is about and all it says.

    Said otherwise it is another report, so that two specimens of one day are never taken for one.
    """
    if report.number:
        return report.number
    patient = report.patient
    found = [
        (each.key, each.codes, each.status, each.value, each.comparator, each.unit, each.low,
         each.high, each.abnormal, each.collected_on, each.collected_at)
        for each in report.items
    ]  # fmt: skip
    who = patient.identifiers or (patient.last_name, patient.first_name, patient.birth_date)
    said = repr((who, report.panel, found)).encode()
    return f"~{hashlib.sha256(said).hexdigest()[:32]}"


def incoming(messages: Iterable[Received], known: Senders) -> list[Incoming]:
    """Each message with its hash, its control id, and its sender if somebody registered it."""
    found = [_hashed(each) for each in messages]
    for each in found:
        called = _names(each.received)
        each.connection = next(
            (known.by_name[name] for name in called if name in known.by_name), None
        )
        each.name = (called or ["?"])[0]
        each.sender = each.connection.number if each.connection else each.name
    return found


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
    sent_as = received.message.sent_as if received.message else ""
    return names_of(received.connection or "", sent_as)


# Each is looked up by its key, whatever the database believes of the size of its tables.
FORMER = """
SELECT sender, control_id, digest, number, answer FROM monitoring_message
WHERE digest = ANY(%s::bytea[]) AND answer = 'AA'
UNION ALL
SELECT message.* FROM unnest(%s::text[], %s::text[]) AS asked(sender, control_id)
CROSS JOIN LATERAL (
    SELECT sender, control_id, digest, number, answer FROM monitoring_message
    WHERE sender = asked.sender AND control_id = asked.control_id
        AND answer = 'AA' AND control_id <> ''
    OFFSET 0
) message
UNION ALL
SELECT NULL, NULL, NULL, report_key, NULL FROM monitoring_report
WHERE report_key = ANY(%s::text[])
"""


def former_asked(messages: Sequence[Incoming]) -> tuple[list[Any], ...]:
    """What `FORMER` is asked for these messages: contents, senders and control ids, report keys."""
    with_id = [each for each in messages if each.control_id]
    return (
        [each.digest for each in messages],
        [each.sender for each in with_id],
        [each.control_id for each in with_id],
        [key for each in messages for key in _report_keys(each)],
    )


def _report_keys(incoming: Incoming) -> Iterator[str]:
    """What its reports are kept under, by whoever sent them, registered by then or not."""
    message = incoming.received.message
    for report in message.reports if message else ():
        number = number_of(report)
        for sender in {incoming.sender, incoming.name}:
            yield report_key(sender, number)


def report_key(sender: str, number: str) -> str:
    """What a report of a sender is told again by."""
    return f"{sender}:{number}"


def former(
    messages: Sequence[Incoming], rows: Iterable[Sequence[Any]]
) -> tuple[list[Former | None], set[str]]:
    """For each the message that was accepted before, with its content or its control id.

    With them, the keys of the reports that were spoken of before. `rows` are what `FORMER` found.
    """
    by_content, by_id = {}, {}
    spoken_of = set()
    for sender, control_id, digest, number, answer in rows:
        if sender is None:
            spoken_of.add(number)
            continue
        by_content[sender, bytes(digest)] = Former(number, True, answer)
        if control_id:
            by_id[sender, control_id] = Former(number, False, answer)
    found = [
        by_content.get((each.sender, each.digest)) or by_id.get((each.sender, each.control_id))
        for each in messages
    ]
    return found, spoken_of
