"""The audit trail as doors read it, and whether it is as it was sealed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from etasu.registry.audit.chain import BEFORE_ALL, Cursor
from etasu.registry.audit.heads import ExportedHead, newest_head
from etasu.registry.audit.heartbeats import Pulse, pulse_of, pulses
from etasu.registry.audit.models import AuditEntry, AuditSeal
from etasu.registry.audit.trail import count_after, first_moment_after, newest_seal
from etasu.registry.audit.verification import Verification, verify

__all__ = [
    "ExportedHead",
    "Pulse",
    "Verification",
    "entries_about",
    "entries_after",
    "newest_head",
    "newest_seals",
    "oldest_unsealed_at",
    "pulse_of",
    "pulses",
    "verify",
]


def entries_about(numbers: Collection[str], limit: int = 500) -> QuerySet[AuditEntry]:
    """What was done to the subjects of these numbers, newest first."""
    found = AuditEntry.objects.filter(subject__in=numbers)
    return found.order_by("-at", "-id")[:limit]


def newest_seals(limit: int = 20) -> QuerySet[AuditSeal]:
    """The newest seals of the trail, newest first."""
    return AuditSeal.objects.defer("leaves").order_by("-sequence")[:limit]


def entries_after(seal: AuditSeal | None) -> int:
    """How many entries came after a seal; all of them without one."""
    return count_after(Cursor(seal.last_xid, seal.last_id) if seal else BEFORE_ALL)


def oldest_unsealed_at() -> datetime | None:
    """When the first entry that waits to be sealed was written; None when none waits.

    More than seconds ago means that no worker runs, or that a transaction has been open since.
    """
    seal = newest_seal()
    return first_moment_after(seal.last if seal else BEFORE_ALL)
