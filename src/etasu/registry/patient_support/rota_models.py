"""The nurses' rota: who is on duty when, and what one shift leaves to the next."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number
from etasu.safe_use.rota import LONGEST


class NurseShift(models.Model):
    """A nurse on duty from one moment to another. One that was taken out of the rota stays."""

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    nurse = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    added_at = models.DateTimeField()
    added_by = models.TextField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_nurse_shift"
        indexes: ClassVar = [
            models.Index(
                name="nurse_shifts_in_force",
                fields=["program", "ends"],
                condition=Q(removed_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_nurse_begins_one_shift_at_a_time",
                fields=["program", "nurse", "begins"],
                condition=Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_shift_ends_after_it_begins_and_within_a_day",
                condition=Q(ends__gt=F("begins"), ends__lte=F("begins") + LONGEST),
            ),
            models.CheckConstraint(
                name="a_shift_taken_out_says_by_whom",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ShiftNote(models.Model):
    """What a nurse leaves to whoever is on duty next, and who took it over. It is never changed."""

    # How long one stays on the page of those who come after.
    SHOWN_FOR = timedelta(days=2)

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    words = models.TextField()
    left_at = models.DateTimeField()
    left_by = models.TextField()
    taken_at = models.DateTimeField(null=True)
    taken_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_shift_note"
        indexes: ClassVar = [models.Index(name="shift_notes_left", fields=["program", "-left_at"])]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_shift_note_says_something", condition=~Q(words="")),
            models.CheckConstraint(
                name="a_shift_note_taken_over_says_by_whom",
                condition=Q(taken_at__isnull=True, taken_by__isnull=True)
                | Q(taken_at__isnull=False, taken_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number
