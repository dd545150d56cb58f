"""What a sender has sent, for the sender alone: its own messages, and the numbers in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from etasu.registry.monitoring.lab_rows import LabMessageRow, LabReportRow
from etasu.registry.monitoring.received import Answer
from etasu.registry.monitoring.sending import registered


class AsSent(NamedTuple):
    """A message that was accepted, as it came."""

    number: str
    raw: bytes
    received_at: datetime


def message_sent(number: str, wire: str, person: str) -> AsSent | None:
    """The message of this number, if this person sent it over this wire and it was accepted."""
    row = LabMessageRow.objects.filter(
        number=number, wire=wire, received_by=person, answer=Answer.ACCEPTED
    ).first()
    return _as_sent(row) if row is not None else None


def messages_under(
    name: str, wire: str, numbers: Collection[str]
) -> Mapping[str, tuple[AsSent, ...]]:
    """The messages of this sender in which each of these numbers of a report is, oldest first."""
    connection = registered(name)
    senders = [name, *([connection.number] if connection is not None else [])]
    keys = {f"{sender}:{number}": number for sender in senders for number in numbers}
    rows = LabReportRow.objects.filter(
        report_key__in=keys, message__wire=wire, message__answer=Answer.ACCEPTED
    ).select_related("message")
    found: dict[str, tuple[AsSent, ...]] = {}
    for row in rows.order_by("pk"):
        number = keys[row.report_key or ""]
        found[number] = (*found.get(number, ()), _as_sent(row.message))
    return found


def _as_sent(row: LabMessageRow) -> AsSent:
    return AsSent(row.number, bytes(row.raw), row.received_at)
