"""Results. A correction is a new row; the row it replaces says by whom and when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.monitoring.correction_models import AwaitedCorrection, Retaking
from etasu.registry.monitoring.entry_models import PaperReport, SavedView
from etasu.registry.monitoring.lab_models import (
    CodeMapping,
    LabConnection,
    LabSender,
    SendersToken,
)
from etasu.registry.monitoring.lab_rows import (
    ItemResolution,
    LabItemRow,
    LabMessageRow,
    LabReportRow,
    Reconciliation,
)
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.registry.monitoring.watch_models import Extension, Touch, Waiver, Watch

__all__ = [
    "AwaitedCorrection",
    "CodeMapping",
    "Extension",
    "ItemResolution",
    "LabConnection",
    "LabItemRow",
    "LabMessageRow",
    "LabReportRow",
    "LabSender",
    "PaperReport",
    "Reconciliation",
    "Result",
    "Retaking",
    "SavedView",
    "SendersToken",
    "SignalRow",
    "Touch",
    "Waiver",
    "Watch",
]


class Result(models.Model):
    """One final result. `value` is a number in `unit` (UCUM) or a word such as `negative`.

    One that a laboratory sent keeps beside it what was `reported`, the laboratory's own range in
    our unit and its flags, and the report and item it came by, where a correction finds it. A
    result `derived_from` others says that all parts of a panel are there. `review` says why
    somebody should look at it; it counts meanwhile.
    """

    patient = models.ForeignKey(
        "patients.Patient",
        on_delete=models.PROTECT,
        related_name="results",
        db_index=False,
        db_constraint=False,
    )
    test = models.TextField()
    collected_on = models.DateField()
    value = models.TextField(null=True)
    unit = models.TextField(null=True)
    comparator = models.TextField(blank=True, default="", db_default="")
    low = models.TextField(null=True)
    high = models.TextField(null=True)
    flags = models.TextField(blank=True, default="", db_default="")
    loinc = models.TextField(null=True)
    reported_value = models.TextField(null=True)
    reported_unit = models.TextField(null=True)
    collected_moment = models.DateTimeField(null=True)
    specimen = models.TextField(blank=True, default="", db_default="")
    report = models.ForeignKey(
        LabReportRow,
        on_delete=models.PROTECT,
        null=True,
        related_name="results",
        db_index=False,
        db_constraint=False,
    )
    item_key = models.TextField(null=True)
    derived_from = models.JSONField(null=True)
    review = models.TextField(blank=True, default="", db_default="")
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.TextField(null=True)
    channel = models.TextField(default="web")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    replaced_at = models.DateTimeField(null=True)
    replaced_by = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_result"
        indexes: ClassVar = [
            models.Index(name="results_of_a_patient", fields=["patient", "test", "-collected_on"]),
            models.Index(
                name="current_results_of_a_report",
                fields=["report"],
                condition=Q(replaced_at__isnull=True, report__isnull=False),
            ),
            models.Index(
                name="results_to_review",
                fields=["patient"],
                condition=Q(replaced_at__isnull=True, reviewed_at__isnull=True) & ~Q(review=""),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_replaced_result_says_by_whom",
                condition=Q(replaced_at__isnull=True, replaced_by__isnull=True)
                | Q(replaced_at__isnull=False, replaced_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_reviewed_result_says_by_whom",
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test} {self.collected_on}"
