"""A report that a system sends, kept once however often it is sent."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.safety.models import SafetyCase
from etasu.registry.safety.receiving import Report, receive_report


class KeyReused(ValueError):
    """Another report was sent under this key; nothing of this one was kept."""


class Sent(NamedTuple):
    """A report under a key of its sender; `content` is everything it says, as bytes.

    Without a key every sending is a report of its own.
    """

    report: Report
    key: str | None
    content: bytes


class Kept(NamedTuple):
    """The case, and whether it had been kept for this key before."""

    case: SafetyCase
    is_repeated: bool


def receive_sent(sent: Sent, *, by: Actor, at: datetime) -> Kept:
    """Keep a report a system sends. Raises NoSuchProgram, and KeyReused."""
    if sent.key is None:
        return Kept(receive_report(sent.report, by=by, at=at), is_repeated=False)
    piece = f"sent {hashlib.sha256(sent.content).hexdigest()}"
    report = sent.report._replace(
        occasion=f"key {_digest(by.number, sent.key)}", said=sent.report.said._replace(piece=piece)
    )
    with transaction.atomic():
        known = SafetyCase.objects.filter(program=report.program, occasion=report.occasion)
        is_repeated = known.exists()
        case = receive_report(report, by=by, at=at)
        # Of two at once the second waited for the first, and only now sees what it said.
        if case.information.exclude(occasion=piece).filter(occasion__startswith="sent ").exists():
            raise KeyReused
    return Kept(case, is_repeated)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
