"""What came in: messages, their reports and items as sent, and what became of each item.

Nothing of it is ever changed. What somebody decided later is a row of its own beside it. What rows
without a constraint point at is checked by the database once a statement, by triggers.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number
from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.received import Answer, Kept

KEPT = [each.value for each in Kept]


class LabMessageRow(models.Model):
    """One message as it came, and what was answered. Append-only.

    `items` came in: so many were stored, quarantined and rejected, and none is missing.
    """

    number = models.TextField(default=new_number)
    connection = models.ForeignKey(
        LabConnection,
        on_delete=models.PROTECT,
        null=True,
        related_name="messages",
        db_index=False,
    )
    sender = models.TextField()
    wire = models.TextField()
    control_id = models.TextField(blank=True)
    raw = models.BinaryField()
    digest = models.BinaryField()
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    received_by = models.TextField()
    answer = models.TextField()
    error = models.TextField(blank=True)
    said = models.TextField(blank=True)
    is_test = models.BooleanField(default=False)
    items = models.IntegerField()
    stored = models.IntegerField()
    quarantined = models.IntegerField()
    rejected = models.IntegerField()

    class Meta:
        db_table = "monitoring_message"
        indexes: ClassVar = [
            models.Index(name="messages_by_content", fields=["digest"]),
            models.Index(name="messages_of_a_connection", fields=["connection", "-id"]),
            # Messages are kept in the order they come, so that this costs them nothing.
            BrinIndex(
                name="messages_by_day",
                fields=["received_at"],
                pages_per_range=32,
                autosummarize=True,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_message_has_its_own_number", fields=["number"]),
            models.UniqueConstraint(
                name="a_control_id_is_accepted_once",
                fields=["sender", "control_id"],
                condition=Q(answer="AA") & ~Q(control_id=""),
            ),
            models.CheckConstraint(
                name="what_came_in_is_accounted_for",
                condition=Q(items=F("stored") + F("quarantined") + F("rejected")),
            ),
            models.CheckConstraint(
                name="a_message_has_a_known_answer",
                condition=Q(answer__in=[each.value for each in Answer]),
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.number}"


class LabReportRow(models.Model):
    """The items of one order, and who they are about as sent. Append-only.

    `report_key` tells the sender's report again, by its number or by all it says. `patient` is whom
    the identifiers named exactly, `trouble` why that was nobody.
    """

    message = models.ForeignKey(
        LabMessageRow, on_delete=models.PROTECT, related_name="reports", db_constraint=False
    )
    place = models.TextField()
    report_key = models.TextField(null=True)
    said = models.JSONField(default=dict)
    patient = models.ForeignKey(
        "patients.Patient",
        on_delete=models.PROTECT,
        null=True,
        related_name="lab_reports",
        db_constraint=False,
    )
    trouble = models.TextField(blank=True)

    class Meta:
        db_table = "monitoring_report"
        indexes: ClassVar = [
            models.Index(
                name="reports_by_their_number",
                fields=["report_key"],
                condition=Q(report_key__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"


class LabItemRow(models.Model):
    """One thing found, as sent, and what became of it on arrival. Append-only.

    `code` is the one it was looked up by, `test` what that means. `result` is what it became, when
    it counts; a stored item without one says in `reason` why it counts for nothing.
    """

    report = models.ForeignKey(
        LabReportRow, on_delete=models.PROTECT, related_name="items", db_constraint=False
    )
    place = models.TextField()
    key = models.TextField()
    code_system = models.TextField()
    code = models.TextField()
    code_text = models.TextField()
    other_codes = models.JSONField(null=True)
    test = models.TextField(null=True)
    status = models.TextField()
    value = models.TextField(null=True)
    comparator = models.TextField()
    unit = models.TextField()
    low = models.TextField(null=True)
    high = models.TextField(null=True)
    range_text = models.TextField()
    flags = models.TextField()
    collected_on = models.DateField(null=True)
    collected_moment = models.DateTimeField(null=True)
    specimen = models.TextField()
    note = models.TextField()
    trouble = models.TextField()
    outcome = models.TextField()
    reason = models.TextField()
    result = models.ForeignKey(
        "monitoring.Result",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        db_table = "monitoring_item"
        indexes: ClassVar = [
            models.Index(
                name="items_quarantined",
                fields=["code_system", "code"],
                condition=Q(outcome="quarantined"),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_item_has_a_known_outcome", condition=Q(outcome__in=KEPT)
            ),
            models.CheckConstraint(
                name="an_item_without_a_result_says_why",
                condition=Q(outcome="stored", result__isnull=False)
                | (Q(result__isnull=True) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"


class ItemResolution(models.Model):
    """What somebody did about a quarantined item, and what became of it then. Append-only.

    It may go on waiting for another reason; once it is stored or rejected, that is final. `entered`
    is what they added, such as a unit. One that `revises` is about an item that was stored already,
    and may have it wait again.
    """

    item = models.ForeignKey(LabItemRow, on_delete=models.PROTECT, related_name="resolutions")
    how = models.TextField()
    entered = models.JSONField(default=dict)
    outcome = models.TextField()
    reason = models.TextField(blank=True)
    said = models.TextField(blank=True)
    revises = models.BooleanField(default=False)
    result = models.ForeignKey(
        "monitoring.Result", on_delete=models.PROTECT, null=True, related_name="+"
    )
    resolved_at = models.DateTimeField()
    resolved_by = models.TextField()

    class Meta:
        db_table = "monitoring_item_resolution"
        indexes: ClassVar = [
            models.Index(
                name="items_that_wait_again",
                fields=["item"],
                condition=Q(outcome="quarantined", revises=True),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_item_is_settled_once",
                fields=["item"],
                condition=~Q(outcome="quarantined") & Q(revises=False),
            ),
            models.CheckConstraint(
                name="a_resolution_has_a_known_outcome", condition=Q(outcome__in=KEPT)
            ),
            models.CheckConstraint(
                name="a_resolution_without_a_result_says_why",
                condition=Q(outcome="stored", result__isnull=False)
                | (Q(result__isnull=True) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"resolution {self.pk}"


class Reconciliation(models.Model):
    """A report whose patient is not known exactly, until a person has said who it is.

    Never decided by a name alone: `reason` says what it rests on.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    report = models.OneToOneField(
        LabReportRow, on_delete=models.PROTECT, related_name="reconciliation"
    )
    trouble = models.TextField()
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(null=True)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(null=True)

    @property
    def is_about_nobody(self) -> bool:
        """Whether somebody has said that the report is about nobody here."""
        return self.decided_at is not None and self.patient_id is None

    class Meta:
        db_table = "monitoring_reconciliation"
        indexes: ClassVar = [
            models.Index(
                name="open_reconciliations",
                fields=["program", "opened_at"],
                condition=Q(decided_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_decided_reconciliation_says_by_whom_and_why",
                condition=Q(
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    reason__isnull=True,
                    patient__isnull=True,
                )
                | (
                    Q(decided_at__isnull=False, decided_by__isnull=False, reason__isnull=False)
                    & ~Q(reason="")
                ),
            )
        ]

    def __str__(self) -> str:
        return f"reconciliation {self.number}"
