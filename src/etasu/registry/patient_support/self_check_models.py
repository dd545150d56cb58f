"""Self-checks: what patients said of themselves, and what a clinician has to hear of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number
from etasu.safe_use.monitoring_plan import Urgency


class SelfCheck(models.Model):
    """One time a patient looked at themselves, under the version whose regions were shown.

    What is told in it counts from the moment it is told, finished or not. It is about one day: on
    another it is left unfinished, and a new one begins.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="self_checks"
    )
    program_version = models.TextField()
    begun_on = models.DateField()
    begun_at = models.DateTimeField()
    begun_by = models.TextField()
    finished_at = models.DateTimeField(null=True)
    finished_by = models.TextField(null=True)
    left_at = models.DateTimeField(null=True)
    left_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_self_check"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_patient_is_in_one_self_check_at_a_time",
                fields=["patient"],
                condition=Q(finished_at__isnull=True, left_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_self_check_left_unfinished_says_by_whom",
                condition=Q(left_at__isnull=True, left_by__isnull=True)
                | Q(left_at__isnull=False, left_by__isnull=False, finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_finished_self_check_says_by_whom",
                condition=Q(finished_at__isnull=True, finished_by__isnull=True)
                | Q(finished_at__isnull=False, finished_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RegionAnswer(models.Model):
    """What was said of one region: symptoms by code, none for no. Append-only; the last counts."""

    check_of = models.ForeignKey(SelfCheck, on_delete=models.PROTECT, related_name="answers")
    region = models.TextField()
    noticed = models.JSONField(default=list)
    is_unsure = models.BooleanField()
    answered_at = models.DateTimeField()
    answered_by = models.TextField()

    class Meta:
        db_table = "patient_support_region_answer"

    def __str__(self) -> str:
        return f"{self.region} {self.pk}"


class ToldSymptom(models.Model):
    """A symptom, or a region somebody is not sure of. Open until a clinician acknowledges it.

    A patient who takes it back does not clear it; one who tells it again after it was acknowledged
    tells something new. `owner` is the prescriber when it was told; `answer_until` is empty where
    nobody has to answer in time.
    """

    number = models.TextField(unique=True, default=new_number)
    check_of = models.ForeignKey(SelfCheck, on_delete=models.PROTECT, related_name="told")
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="told_symptoms"
    )
    owner = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    code = models.TextField()
    is_unsure = models.BooleanField()
    urgency = models.TextField(choices=[(each.value, each.value) for each in Urgency])
    told_at = models.DateTimeField()
    told_by = models.TextField()
    answer_until = models.DateTimeField(null=True)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.TextField(null=True)
    escalated_at = models.DateTimeField(null=True)
    escalated_by = models.TextField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.TextField(null=True)
    done = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_told_symptom"
        indexes: ClassVar = [
            models.Index(
                name="open_symptoms_of_a_patient",
                fields=["patient"],
                condition=Q(acknowledged_at__isnull=True),
            ),
            models.Index(
                name="symptoms_to_escalate",
                fields=["answer_until"],
                condition=Q(acknowledged_at__isnull=True, escalated_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_symptom_waits_once_in_a_self_check",
                fields=["check_of", "code"],
                condition=Q(acknowledged_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_symptom_is_as_urgent_as_can_be_answered",
                condition=Q(urgency__in=["emergency", "urgent", "routine"]),
            ),
            models.CheckConstraint(
                name="a_symptom_taken_back_says_by_whom",
                condition=Q(taken_back_at__isnull=True, taken_back_by__isnull=True)
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
            ),
            models.CheckConstraint(
                name="an_escalated_symptom_says_by_whom",
                condition=Q(escalated_at__isnull=True, escalated_by__isnull=True)
                | Q(escalated_at__isnull=False, escalated_by__isnull=False),
            ),
            models.CheckConstraint(
                name="an_acknowledged_symptom_says_by_whom_and_what_was_done",
                condition=Q(
                    acknowledged_at__isnull=True, acknowledged_by__isnull=True, done__isnull=True
                )
                | Q(acknowledged_at__gte=F("told_at"), acknowledged_by__isnull=False)
                & ~Q(done="")
                & Q(done__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}"
