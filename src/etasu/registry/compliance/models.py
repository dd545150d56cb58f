"""Compliance events: something happened that the program does not allow."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number


class ComplianceEvent(models.Model):
    """One event, open until somebody closes it with what was done."""

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    kind = models.TextField()
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, related_name="compliance_events"
    )
    participant = models.ForeignKey(
        "participants.Participant",
        on_delete=models.PROTECT,
        null=True,
        related_name="compliance_events",
    )
    subject = models.TextField()
    detail = models.JSONField(default=dict)
    happened_on = models.DateField()
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    closed_reason = models.TextField(null=True)

    class Meta:
        db_table = "compliance_event"
        constraints: ClassVar = [
            models.UniqueConstraint(name="an_event_is_opened_once", fields=["kind", "subject"]),
            models.CheckConstraint(
                name="a_closed_event_says_by_whom_and_why",
                condition=Q(
                    closed_at__isnull=True, closed_by__isnull=True, closed_reason__isnull=True
                )
                | Q(closed_at__isnull=False, closed_by__isnull=False, closed_reason__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
