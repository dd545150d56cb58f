"""Writing the audit trail: one plain insert, in the transaction of the change it reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from etasu.registry.audit.actors import Actor, named
from etasu.registry.audit.models import AuditEntry


def record(
    verb: str,
    *,
    subject: tuple[str, str],
    by: Actor,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Note that `by` did `verb` to `subject`, a kind and a number, at that moment.

    `detail` holds codes, numbers and dates, never names or birth dates.
    """
    AuditEntry.objects.create(
        at=at,
        actor=named(by).number,
        role=by.role,
        verb=verb,
        subject_kind=subject[0],
        subject=subject[1],
        detail=detail or {},
    )
