"""Following the trail: what was done since somebody last looked, each entry in its seal.

A seal is made once nothing can be written before its end any more, so whoever goes from seal to
seal misses nothing, however long a transaction was open.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection
from django.db.models import QuerySet

from etasu.registry.audit.models import AuditEntry, AuditSeal

_ENTRIES = """
SELECT at, actor, role, verb, subject, detail::text FROM audit_entry
WHERE (xid, id) >= (%s::text::xid8, %s::bigint) AND (xid, id) <= (%s::text::xid8, %s::bigint)
    AND id <= %s::bigint AND verb = ANY(%s) AND at >= %s
ORDER BY audit_entry.xid, audit_entry.id
"""


class Followed(NamedTuple):
    """One thing done, as a follower reads it."""

    at: datetime
    actor: str
    role: str
    verb: str
    subject: str
    detail: dict[str, Any]


def newest_sequence() -> int:
    """The number of the newest seal; 0 before the first."""
    return AuditSeal.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0


def seals_after(sequence: int, limit: int = 50) -> list[AuditSeal]:
    """The next seals behind that one, oldest first."""
    found = AuditSeal.objects.filter(sequence__gt=sequence).defer("leaves")
    return list(found.order_by("sequence")[:limit])


def entries_of(subject: str, verbs: Collection[str]) -> QuerySet[AuditEntry]:
    """What was done to a subject with these verbs, newest first."""
    return AuditEntry.objects.filter(subject=subject, verb__in=verbs).order_by("-at", "-id")


def entries_in(seal: AuditSeal, verbs: Collection[str], since: datetime) -> list[Followed]:
    """What a seal holds of these verbs from that moment on, in the order of the trail."""
    place = (str(seal.first_xid), seal.first_id, str(seal.last_xid), seal.last_id)
    with connection.cursor() as db:
        db.execute(_ENTRIES, [*place, seal.highest_id, list(verbs), since])
        return [
            Followed(at, actor, role, verb, subject, orjson.loads(detail))
            for at, actor, role, verb, subject, detail in db.fetchall()
        ]
