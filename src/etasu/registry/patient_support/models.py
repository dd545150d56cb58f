"""Help with costs: who takes part, what was claimed, and what was granted of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number
from etasu.registry.patient_support.event_models import EventMail, EventRegistration, LiveEvent
from etasu.registry.patient_support.lab_models import (
    DrawSite,
    DrawSiteFile,
    LabAppointment,
    LabOrder,
)
from etasu.registry.patient_support.medicine_models import ListedMedicine
from etasu.registry.patient_support.nurse_models import (
    Callback,
    CallNote,
    LineMessage,
    NurseAssignment,
    PossibleEvent,
)
from etasu.registry.patient_support.partner_models import CarePartner, SharedSlice
from etasu.registry.patient_support.rota_models import NurseShift, ShiftNote
from etasu.registry.patient_support.self_check_models import (
    RegionAnswer,
    SelfCheck,
    ToldSymptom,
)
from etasu.safe_use.copay import Cost

__all__ = [
    "CallNote",
    "Callback",
    "CarePartner",
    "CopayClaim",
    "CopayEnrollment",
    "DrawSite",
    "DrawSiteFile",
    "EventMail",
    "EventRegistration",
    "LabAppointment",
    "LabOrder",
    "LineMessage",
    "ListedMedicine",
    "LiveEvent",
    "NurseAssignment",
    "NurseShift",
    "PossibleEvent",
    "RegionAnswer",
    "SelfCheck",
    "SharedSlice",
    "ShiftNote",
    "ToldSymptom",
]


class CopayEnrollment(models.Model):
    """What a patient said of their insurance and home when they asked for help with costs.

    None is what they did not know. Whoever says something else takes part anew from then on.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="copay_enrollments"
    )
    program_version = models.TextField()
    has_commercial = models.BooleanField(null=True)
    has_government = models.BooleanField(null=True)
    state = models.TextField(blank=True)
    begins_on = models.DateField()
    enrolled_at = models.DateTimeField()
    enrolled_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_copay_enrollment"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_patient_takes_part_in_help_with_costs_once",
                fields=["patient"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_ended_help_with_costs_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CopayClaim(models.Model):
    """What somebody paid on an infusion day, and how much of it was granted, in cents.

    `reasons` say why not all of it. What was granted for an infusion that was not given after all
    is taken back, and the claim stays readable.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="copay_claims"
    )
    enrollment = models.ForeignKey(
        CopayEnrollment, on_delete=models.PROTECT, null=True, related_name="claims"
    )
    program_version = models.TextField()
    cost = models.TextField(choices=[(each.value, each.name) for each in Cost])
    infusion_on = models.DateField()
    asked_cents = models.BigIntegerField()
    granted_cents = models.BigIntegerField()
    reasons = models.JSONField(default=list)
    claimed_at = models.DateTimeField()
    claimed_by = models.TextField()
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.TextField(null=True)
    taken_back_reason = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_copay_claim"
        indexes: ClassVar = [
            models.Index(name="claims_of_an_infusion_day", fields=["patient", "infusion_on"])
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_cost_of_a_day_is_granted_once",
                fields=["patient", "cost", "infusion_on"],
                condition=Q(granted_cents__gt=0, taken_back_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_claim_is_for_a_known_cost",
                condition=Q(cost__in=[each.value for each in Cost]),
            ),
            models.CheckConstraint(
                name="no_more_is_granted_than_was_asked",
                condition=Q(
                    asked_cents__gt=0, granted_cents__gte=0, granted_cents__lte=F("asked_cents")
                ),
            ),
            models.CheckConstraint(
                name="a_claim_not_granted_in_full_says_why",
                condition=Q(granted_cents=F("asked_cents")) | ~Q(reasons=[]),
            ),
            models.CheckConstraint(
                name="a_claim_taken_back_says_by_whom_and_why",
                condition=Q(
                    taken_back_at__isnull=True,
                    taken_back_by__isnull=True,
                    taken_back_reason__isnull=True,
                )
                | Q(
                    taken_back_at__isnull=False,
                    taken_back_by__isnull=False,
                    taken_back_reason__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number
