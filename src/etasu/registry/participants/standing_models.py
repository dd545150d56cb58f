"""What stops a standing, or keeps one from beginning: suspensions, and newcomers to look at."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Suspension(models.Model):
    """One suspension of a participant, from one day through another or until it is lifted.

    A participant may have several. What the gates read is computed from all of them and kept on
    the participant.
    """

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="suspensions"
    )
    since = models.DateField()
    until = models.DateField(null=True)
    reason = models.TextField(blank=True)
    suspended_at = models.DateTimeField()
    suspended_by = models.TextField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(null=True)
    lifted_because = models.TextField(null=True)

    class Meta:
        db_table = "participants_suspension"
        indexes: ClassVar = [
            models.Index(
                name="suspensions_that_count",
                fields=["participant"],
                condition=Q(lifted_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_suspension_begins_before_it_ends",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
            models.CheckConstraint(
                name="a_lifted_suspension_says_by_whom_and_why",
                condition=Q(
                    lifted_at__isnull=True, lifted_by__isnull=True, lifted_because__isnull=True
                )
                | Q(lifted_at__isnull=False, lifted_by__isnull=False, lifted_because__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"suspension since {self.since}"


class NewcomerReview(models.Model):
    """A participant who brought themselves in, for the program to look at.

    With `must_wait` it is not certified before somebody says that it is none of those on record;
    `shared` says by what it could be one. Without, it is only seen.
    """

    participant = models.OneToOneField(
        "participants.Participant", on_delete=models.PROTECT, related_name="review"
    )
    must_wait = models.BooleanField()
    shared = models.JSONField(default=list)
    came_at = models.DateTimeField()
    came_by = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(null=True)
    is_accepted = models.BooleanField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "participants_newcomer_review"
        indexes: ClassVar = [
            models.Index(
                name="newcomers_to_look_at",
                fields=["came_at"],
                condition=Q(decided_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_newcomer_looked_at_says_by_whom_and_what",
                condition=Q(
                    decided_at__isnull=True, decided_by__isnull=True, is_accepted__isnull=True
                )
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_accepted__isnull=False),
            ),
            models.CheckConstraint(
                name="a_newcomer_who_waited_is_decided_with_a_reason",
                condition=Q(must_wait=False) | Q(decided_at__isnull=True) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"review of newcomer {self.participant_id}"
