"""Signals: results that somebody must act on, until a clinician says what was done."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number
from etasu.safe_use.monitoring_plan import Urgency

URGENCIES = [each.value for each in Urgency]
CERTAINTIES = ["crossed", "perhaps", "unassessed"]


class SignalRow(models.Model):
    """One result and one limit it crosses, or may. It stays open until it is acknowledged.

    What becomes surer, or is crossed again after something it rested on was corrected, is another.
    `owner` is the patient's prescriber when it was raised. `answer_until` is empty where nobody has
    to answer in time. A correction of the result is noted, and somebody still has to look at it.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    program_version = models.TextField()
    limit_code = models.TextField()
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="signals"
    )
    result = models.ForeignKey(
        "monitoring.Result", on_delete=models.PROTECT, related_name="signals"
    )
    owner = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="signals"
    )
    urgency = models.TextField()
    certainty = models.TextField()
    seen = models.TextField()
    against = models.JSONField(default=list)
    beside = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    note = models.TextField(blank=True)
    reflex = models.JSONField(default=list)
    raised_at = models.DateTimeField()
    raised_by = models.TextField()
    answer_until = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    escalated_by = models.TextField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.TextField(null=True)
    done = models.TextField(null=True)
    result_replaced_at = models.DateTimeField(null=True)
    result_replaced_by = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_signal"
        indexes: ClassVar = [
            models.Index(
                name="open_signals_of_a_prescriber",
                fields=["owner"],
                condition=Q(acknowledged_at__isnull=True),
            ),
            models.Index(
                name="open_signals_of_a_program",
                fields=["program", "raised_at"],
                condition=Q(acknowledged_at__isnull=True),
            ),
            models.Index(
                name="signals_to_escalate",
                fields=["answer_until"],
                condition=Q(acknowledged_at__isnull=True, escalated_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_limit_is_crossed_once_by_a_result",
                fields=["result", "limit_code", "certainty"],
                condition=Q(result_replaced_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_signal_has_a_known_urgency", condition=Q(urgency__in=URGENCIES)
            ),
            models.CheckConstraint(
                name="a_signal_is_as_sure_as_it_says", condition=Q(certainty__in=CERTAINTIES)
            ),
            models.CheckConstraint(
                name="an_escalated_signal_says_by_whom",
                condition=Q(escalated_at__isnull=True, escalated_by__isnull=True)
                | Q(escalated_at__isnull=False, escalated_by__isnull=False),
            ),
            models.CheckConstraint(
                name="an_acknowledged_signal_says_by_whom_and_what_was_done",
                condition=Q(
                    acknowledged_at__isnull=True, acknowledged_by__isnull=True, done__isnull=True
                )
                | (
                    Q(
                        acknowledged_at__isnull=False,
                        acknowledged_by__isnull=False,
                        done__isnull=False,
                    )
                    & ~Q(done="")
                ),
            ),
            models.CheckConstraint(
                name="a_signal_of_a_replaced_result_says_by_whom",
                condition=Q(result_replaced_at__isnull=True, result_replaced_by__isnull=True)
                | Q(result_replaced_at__isnull=False, result_replaced_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"signal {self.number}"
