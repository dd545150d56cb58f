"""Reports of laboratories that people have before them, and the lists they look at every day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number
from etasu.registry.monitoring.lab_rows import LabMessageRow


class PaperReport(models.Model):
    """A laboratory's report that somebody had before them, often with a picture of it.

    One that the patient sent meets nothing before somebody at the office typed what it says, or
    sent it back with a reason. `message` is what was typed; None when all of it was on record.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="paper_reports"
    )
    is_from_patient = models.BooleanField()
    laboratory = models.TextField()
    collected_on = models.DateField()
    content = models.BinaryField(null=True)
    media_type = models.TextField(blank=True)
    pages = models.IntegerField(null=True)
    digest = models.TextField(blank=True)
    received_at = models.DateTimeField()
    received_by = models.TextField()
    message = models.ForeignKey(
        LabMessageRow, on_delete=models.PROTECT, null=True, related_name="+"
    )
    typed_at = models.DateTimeField(null=True)
    typed_by = models.TextField(null=True)
    sent_back_at = models.DateTimeField(null=True)
    sent_back_by = models.TextField(null=True)
    sent_back_reason = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_paper_report"
        indexes: ClassVar = [
            models.Index(
                name="paper_reports_waiting",
                fields=["patient", "received_at"],
                condition=Q(typed_at__isnull=True, sent_back_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_patient_sends_a_file_once",
                fields=["patient", "digest"],
                condition=Q(is_from_patient=True, sent_back_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_report_with_a_file_says_what_it_is",
                condition=Q(content__isnull=True, media_type="", digest="", is_from_patient=False)
                | Q(content__isnull=False) & ~Q(media_type="") & ~Q(digest=""),
            ),
            models.CheckConstraint(
                name="a_typed_report_says_by_whom",
                condition=Q(typed_at__isnull=True, typed_by__isnull=True, message__isnull=True)
                | Q(typed_at__isnull=False, typed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_report_sent_back_says_by_whom_and_why",
                condition=Q(
                    sent_back_at__isnull=True,
                    sent_back_by__isnull=True,
                    sent_back_reason__isnull=True,
                )
                | Q(
                    sent_back_at__isnull=False,
                    sent_back_by__isnull=False,
                    sent_back_reason__isnull=False,
                    typed_at__isnull=True,
                    is_from_patient=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"paper report {self.number}"


class SavedView(models.Model):
    """A way to narrow and order the worklist that somebody keeps under a name.

    `wanted` is what the address of the list says. A shared one is everybody's who acts for the
    same participant, or for the program where there is none.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    name = models.TextField()
    wanted = models.JSONField()
    is_shared = models.BooleanField()
    kept_at = models.DateTimeField()
    kept_by = models.TextField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_saved_view"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_view_has_its_own_name",
                fields=["kept_by", "program", "participant", "name"],
                condition=Q(removed_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="a_view_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="a_removed_view_says_by_whom",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"view {self.number}"
