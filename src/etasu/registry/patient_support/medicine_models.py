"""What a patient takes, as the patient says."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number
from etasu.safe_use.medicines import MedicineKind


class ListedMedicine(models.Model):
    """One line of a patient's list. It ends on a day, or is taken off as a mistake; it stays.

    A vaccine has the day it was given, or is to be, and no end.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="listed_medicines"
    )
    name = models.TextField()
    kind = models.TextField(choices=[(each.value, each.value) for each in MedicineKind])
    how_taken = models.TextField(blank=True)
    started_on = models.DateField(null=True)
    listed_at = models.DateTimeField()
    listed_by = models.TextField()
    stopped_on = models.DateField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.TextField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_listed_medicine"
        indexes: ClassVar = [
            models.Index(
                name="listed_medicines_of_a_patient",
                fields=["patient"],
                condition=Q(removed_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_listed_medicine_has_a_name_and_a_known_kind",
                condition=~Q(name="") & Q(kind__in=[each.value for each in MedicineKind]),
            ),
            models.CheckConstraint(
                name="a_stopped_medicine_says_when_and_by_whom",
                condition=Q(
                    stopped_on__isnull=True, stopped_at__isnull=True, stopped_by__isnull=True
                )
                | Q(stopped_on__isnull=False, stopped_at__isnull=False, stopped_by__isnull=False)
                & (Q(started_on__isnull=True) | Q(stopped_on__gte=F("started_on")))
                & ~Q(kind=MedicineKind.VACCINE.value),
            ),
            models.CheckConstraint(
                name="a_medicine_taken_off_the_list_says_by_whom",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number
