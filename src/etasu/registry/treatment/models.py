"""What actually happened. Recording it never asks a gate."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number
from etasu.registry.treatment.day_models import CourseEnd, DayEntry, VialEntry

__all__ = ["Course", "CourseEnd", "DayEntry", "Dispense", "Infusion", "VialEntry"]


class Course(models.Model):
    """A course of treatment that has begun. Authorized days are limited; recorded ones are not."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="courses"
    )
    course = models.IntegerField()
    began_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        db_table = "treatment_course"
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_course_is_there_once", fields=["patient", "course"]),
            models.CheckConstraint(name="courses_count_from_one", condition=Q(course__gte=1)),
        ]

    def __str__(self) -> str:
        return f"course {self.course}"


class Infusion(models.Model):
    """One infusion day. `authorization_number` is empty when it was given without one.

    A mistaken entry is struck, with who and why, and stays readable.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="infusions"
    )
    course = models.IntegerField()
    given_on = models.DateField()
    facility = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="infusions"
    )
    authorization_number = models.TextField(null=True)
    detail = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    struck_at = models.DateTimeField(null=True)
    struck_by = models.TextField(null=True)
    struck_reason = models.TextField(null=True)

    class Meta:
        db_table = "treatment_infusion"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_infusion_a_day",
                fields=["patient", "given_on"],
                condition=Q(struck_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="an_authorization_is_used_once",
                fields=["authorization_number"],
                condition=Q(struck_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_struck_infusion_says_by_whom_and_why",
                condition=Q(
                    struck_at__isnull=True, struck_by__isnull=True, struck_reason__isnull=True
                )
                | Q(struck_at__isnull=False, struck_by__isnull=False, struck_reason__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"infusion {self.number}"


class Dispense(models.Model):
    """A product handed over or shipped."""

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="dispenses"
    )
    course = models.IntegerField(null=True)
    dispensed_on = models.DateField()
    units = models.IntegerField()
    pharmacy = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="dispenses"
    )
    authorization_number = models.TextField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        db_table = "treatment_dispense"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_dispense_authorization_is_used_once", fields=["authorization_number"]
            ),
            models.CheckConstraint(name="a_dispense_has_units", condition=Q(units__gte=1)),
        ]

    def __str__(self) -> str:
        return f"dispense {self.number}"
