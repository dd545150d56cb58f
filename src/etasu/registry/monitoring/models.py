"""Results. A correction is a new row; the row it replaces says by whom and when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Result(models.Model):
    """One final result. `value` is a number in `unit` (UCUM) or a word such as `negative`."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="results"
    )
    test = models.TextField()
    collected_on = models.DateField()
    value = models.TextField(null=True)
    unit = models.TextField(null=True)
    channel = models.TextField(default="web")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    replaced_at = models.DateTimeField(null=True)
    replaced_by = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_result"
        indexes: ClassVar = [
            models.Index(
                name="current_results_of_a_patient",
                fields=["patient", "test", "-collected_on"],
                condition=Q(replaced_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_replaced_result_says_by_whom",
                condition=Q(replaced_at__isnull=True, replaced_by__isnull=True)
                | Q(replaced_at__isnull=False, replaced_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.test} {self.collected_on}"
