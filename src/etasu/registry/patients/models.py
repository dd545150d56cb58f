"""Patients of a program."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number


class Patient(models.Model):
    """One patient in one program. `ended_on` is the first day the enrollment no longer holds.

    Ending treatment does not end enrollment: monitoring goes on.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    full_name = models.TextField()
    birth_date = models.DateField(null=True)
    attributes = models.JSONField(default=dict)
    city = models.TextField(blank=True)
    state = models.TextField(blank=True)
    zip_code = models.TextField(blank=True)
    telephone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    language = models.TextField(default="en")
    time_zone = models.TextField(default="America/New_York")
    prescriber = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="patients"
    )
    enrolled_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    end_reason = models.TextField(null=True)
    registered_at = models.DateTimeField()
    registered_by = models.TextField()
    # Another record that is answered for in this one's place; every fact of both is read there.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="records"
    )
    merged_at = models.DateTimeField(null=True)
    merged_by = models.TextField(null=True)
    # Counted up by every change a gate could see, so that a decision can tell that it is stale.
    revision = models.BigIntegerField(default=0)

    class Meta:
        db_table = "patients_patient"
        indexes: ClassVar = [
            models.Index(name="patients_by_name", fields=["program", "full_name"]),
            models.Index(name="patients_by_birth_date", fields=["program", "birth_date"]),
            # Answers for many patients at once without reading their records.
            models.Index(
                name="programs_of_patients", fields=["id"], include=["program", "ended_on"]
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_enrollment_begins_before_it_ends",
                condition=Q(ended_on__isnull=True)
                | Q(enrolled_on__isnull=False, ended_on__gte=F("enrolled_on")),
            ),
            models.CheckConstraint(
                name="an_ended_enrollment_says_why",
                condition=Q(ended_on__isnull=True) | Q(end_reason__isnull=False),
            ),
            models.CheckConstraint(
                name="a_merged_record_says_by_whom_and_into_another",
                condition=Q(
                    merged_into__isnull=True, merged_at__isnull=True, merged_by__isnull=True
                )
                | Q(merged_into__isnull=False, merged_at__isnull=False, merged_by__isnull=False)
                & ~Q(merged_into=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PatientIdentifier(models.Model):
    """What somebody else calls the patient, such as a clinic's record number; one person's each."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identifiers")
    program = models.TextField()
    authority = models.TextField()
    value = models.TextField()
    added_at = models.DateTimeField()
    added_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "patients_identifier"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_identifier_is_one_patient",
                fields=["program", "authority", "value"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_ended_identifier_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"identifier {self.pk}"


class Hold(models.Model):
    """A reason to wait with treatment. Open while `closed_at` is empty."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="holds")
    code = models.TextField()
    reason = models.TextField()
    opened_on = models.DateField()
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    closed_reason = models.TextField(null=True)

    class Meta:
        db_table = "patients_hold"
        indexes: ClassVar = [
            models.Index(name="open_holds", fields=["patient"], condition=Q(closed_at__isnull=True))
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_closed_hold_says_by_whom_and_why",
                condition=Q(
                    closed_at__isnull=True, closed_by__isnull=True, closed_reason__isnull=True
                )
                | Q(closed_at__isnull=False, closed_by__isnull=False, closed_reason__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.code


class Verdict(models.TextChoices):
    """What comparing two records came to."""

    DIFFERENT = "different"
    SAME = "same"


class DuplicateReview(models.Model):
    """Two records that may be about one person, until somebody has compared them. Never deleted.

    What was found is remembered, so that nobody is asked twice. `blocks_both` when facts of one may
    be in the other; otherwise the older record is believed while the newer one holds no treatment.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    older = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    newer = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    shared = models.JSONField(default=list)
    blocks_both = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(null=True)
    verdict = models.TextField(null=True, choices=Verdict)
    reason = models.TextField(null=True)
    survivor = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(null=True)
    undone_reason = models.TextField(null=True)

    class Meta:
        db_table = "patients_duplicate_review"
        indexes: ClassVar = [
            models.Index(
                name="open_duplicate_reviews",
                fields=["program", "opened_at"],
                condition=Q(decided_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="two_records_are_compared_once",
                fields=["older", "newer"],
                condition=Q(undone_at__isnull=True),
            ),
            models.CheckConstraint(
                name="the_older_record_comes_first", condition=Q(older__lt=F("newer"))
            ),
            models.CheckConstraint(
                name="a_decided_review_says_by_whom_what_and_why",
                condition=Q(
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    verdict__isnull=True,
                    reason__isnull=True,
                    survivor__isnull=True,
                )
                | Q(
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    verdict__in=["different", "same"],
                    reason__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="one_of_two_merged_records_is_answered_for",
                condition=Q(verdict="same") & (Q(survivor=F("older")) | Q(survivor=F("newer")))
                | Q(survivor__isnull=True) & (Q(verdict__isnull=True) | ~Q(verdict="same")),
            ),
            models.CheckConstraint(
                name="an_undone_merge_says_by_whom_and_why",
                condition=Q(
                    undone_at__isnull=True, undone_by__isnull=True, undone_reason__isnull=True
                )
                | Q(
                    undone_at__isnull=False,
                    undone_by__isnull=False,
                    undone_reason__isnull=False,
                    verdict="same",
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.number}"


class Transfer(models.Model):
    """A patient on the way to another prescriber. Nothing changes until that one accepts.

    `form` is the number of the signed form that asks for it. `outcome` is accepted or declined.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="transfers")
    former = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    form = models.TextField()
    effective_on = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    offered_to = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    offered_at = models.DateTimeField(null=True)
    offered_by = models.TextField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    outcome = models.TextField(null=True)
    reason = models.TextField(null=True)

    class Meta:
        db_table = "patients_transfer"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_patient_has_one_open_transfer",
                fields=["patient"],
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_offered_transfer_says_by_whom_and_to_whom",
                condition=Q(
                    offered_to__isnull=True, offered_at__isnull=True, offered_by__isnull=True
                )
                | Q(offered_to__isnull=False, offered_at__isnull=False, offered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_closed_transfer_says_by_whom_and_how",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, outcome__isnull=True)
                | Q(
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                    outcome__in=["accepted", "declined"],
                    offered_to__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"transfer {self.number}"
