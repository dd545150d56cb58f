"""Opening and closing compliance events."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient


def open_event(
    kind: str,
    *,
    subject: str,
    patient: Patient,
    participant: Participant | None,
    happened_on: date,
    by: Actor,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> ComplianceEvent:
    """Open an event about one subject; the same kind about the same subject is opened once."""
    with transaction.atomic():
        event, is_new = ComplianceEvent.objects.get_or_create(
            kind=kind,
            subject=subject,
            defaults={
                "program": patient.program,
                "patient": patient,
                "participant": participant,
                "detail": detail or {},
                "happened_on": happened_on,
                "opened_at": at,
                "opened_by": by.number,
            },
        )
        if is_new:
            audit.record(
                "compliance_event.opened",
                subject=("patient", patient.number),
                by=by,
                at=at,
                detail={"kind": kind, "event": event.number, "about": subject},
            )
    return event


def close_event(event: ComplianceEvent, *, reason: str, by: Actor, at: datetime) -> ComplianceEvent:
    """Close an event, saying what was done about it; one already closed stays as it is."""
    with transaction.atomic():
        event = ComplianceEvent.objects.select_for_update().get(pk=event.pk)
        if event.closed_at is not None:
            return event
        event.closed_at, event.closed_by, event.closed_reason = at, by.number, reason
        event.save(update_fields=["closed_at", "closed_by", "closed_reason"])
        audit.record(
            "compliance_event.closed",
            subject=("compliance_event", event.number),
            by=by,
            at=at,
            detail={"kind": event.kind, "reason": reason},
        )
    return event
