"""Patients of a program."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number


class Patient(models.Model):
    """One patient in one program. `ended_on` is the first day the enrollment no longer holds.

    Ending treatment does not end enrollment: monitoring goes on.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    full_name = models.TextField()
    birth_date = models.DateField(null=True)
    attributes = models.JSONField(default=dict)
    city = models.TextField(blank=True)
    state = models.TextField(blank=True)
    zip_code = models.TextField(blank=True)
    telephone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    language = models.TextField(default="en")
    time_zone = models.TextField(default="America/New_York")
    prescriber = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="patients"
    )
    enrolled_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    end_reason = models.TextField(null=True)
    registered_at = models.DateTimeField()
    registered_by = models.TextField()
    # Counted up by every change a gate could see, so that a decision can tell that it is stale.
    revision = models.BigIntegerField(default=0)

    class Meta:
        db_table = "patients_patient"
        indexes: ClassVar = [
            models.Index(name="patients_by_name", fields=["program", "full_name"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_enrollment_begins_before_it_ends",
                condition=Q(ended_on__isnull=True)
                | Q(enrolled_on__isnull=False, ended_on__gte=F("enrolled_on")),
            ),
            models.CheckConstraint(
                name="an_ended_enrollment_says_why",
                condition=Q(ended_on__isnull=True) | Q(end_reason__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Hold(models.Model):
    """A reason to wait with treatment. Open while `closed_at` is empty."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="holds")
    code = models.TextField()
    reason = models.TextField()
    opened_on = models.DateField()
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    closed_reason = models.TextField(null=True)

    class Meta:
        db_table = "patients_hold"
        indexes: ClassVar = [
            models.Index(name="open_holds", fields=["patient"], condition=Q(closed_at__isnull=True))
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_closed_hold_says_by_whom_and_why",
                condition=Q(
                    closed_at__isnull=True, closed_by__isnull=True, closed_reason__isnull=True
                )
                | Q(closed_at__isnull=False, closed_by__isnull=False, closed_reason__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.code
