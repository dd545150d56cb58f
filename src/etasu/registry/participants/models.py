"""Participants, what they did to be certified, and the people who act for them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number


class Participant(models.Model):
    """A prescriber, facility, pharmacy or distributor in one program.

    `certified_from` and `certified_until` are the newest certification as computed from the steps
    on record, kept here so that the gate reads one row; `standing_as_of` says when.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    kind = models.TextField()
    name = models.TextField()
    npi = models.TextField(blank=True)
    dea = models.TextField(blank=True)
    ncpdp = models.TextField(blank=True)
    setting = models.TextField(null=True)
    specialty = models.TextField(blank=True)
    city = models.TextField(blank=True)
    state = models.TextField(blank=True)
    zip_code = models.TextField(blank=True)
    telephone = models.TextField(blank=True)
    time_zone = models.TextField(default="America/New_York")
    certified_from = models.DateField(null=True)
    certified_until = models.DateField(null=True)
    suspended_from = models.DateField(null=True)
    suspended_until = models.DateField(null=True)
    decertified_on = models.DateField(null=True)
    representative_left_on = models.DateField(null=True)
    standing_as_of = models.DateTimeField(null=True)
    registered_at = models.DateTimeField()
    registered_by = models.TextField()
    # Counted up by every change a gate could see, so that a decision can tell that it is stale.
    revision = models.BigIntegerField(default=0)

    class Meta:
        db_table = "participants_participant"
        indexes: ClassVar = [
            models.Index(name="participants_by_name", fields=["program", "kind", "name"]),
            models.Index(name="participants_by_npi", fields=["npi"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_certification_begins_before_it_ends",
                condition=Q(certified_until__isnull=True)
                | Q(certified_from__isnull=False, certified_until__gte=F("certified_from")),
            ),
            models.UniqueConstraint(
                name="a_prescriber_is_in_a_program_once",
                fields=["program", "kind", "npi"],
                condition=Q(kind="prescriber") & ~Q(npi=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class StepDone(models.Model):
    """A certification step a participant did. Append-only."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="steps")
    step = models.TextField()
    done_on = models.DateField()
    program_version = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        db_table = "participants_step_done"

    def __str__(self) -> str:
        return self.step


class Certification(models.Model):
    """A certification reached when the last step was done. Append-only."""

    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="certifications"
    )
    certified_from = models.DateField()
    certified_until = models.DateField(null=True)
    program_version = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        db_table = "participants_certification"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_certification_a_day", fields=["participant", "certified_from"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.certified_from}"


class Membership(models.Model):
    """A person acting for a participant, or for the program itself when there is none."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, related_name="memberships"
    )
    program = models.TextField()
    role = models.TextField()
    began_at = models.DateTimeField()
    began_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "participants_membership"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_membership_is_held_once",
                fields=["user", "participant", "program", "role"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="an_ended_membership_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}"
