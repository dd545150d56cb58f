"""Decisions and authorizations. The constraints here are the last word on double authorization."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Decision(models.Model):
    """One answer of one gate, exactly as given. Append-only.

    `facts` is the facts record it rests on and `answer` the answer as sent, both as JSON text, so
    that the decision can be made again and the answer given again byte for byte.
    """

    number = models.TextField(unique=True)
    program = models.TextField()
    program_version = models.TextField()
    gate = models.TextField()
    outcome = models.TextField()
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    prescriber = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    facility = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    pharmacy = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    planned_on = models.DateField()
    course = models.IntegerField(null=True)
    facts = models.TextField()
    answer = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    asked_role = models.TextField()
    asked_for = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        db_table = "authorizations_decision"
        indexes: ClassVar = [
            models.Index(name="decisions_of_a_patient", fields=["patient", "asked_at"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_decision_has_one_of_three_outcomes",
                condition=Q(outcome__in=["authorized", "not_authorized", "cannot_decide"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.gate} {self.number}"


class Authorization(models.Model):
    """What an authorized decision opened. While it holds its slot, no second one can be made.

    Slots: a course, an infusion day of a course, a fill, a period. A live authorization always
    holds its slot; a used course or day keeps it for good.
    """

    decision = models.OneToOneField(
        Decision, on_delete=models.PROTECT, related_name="authorization"
    )
    number = models.TextField(unique=True)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="authorizations"
    )
    gate = models.TextField()
    slot = models.TextField()
    unit = models.TextField()
    course = models.IntegerField(null=True)
    day = models.IntegerField(null=True)
    course_days = models.IntegerField(null=True)
    names = models.JSONField(default=dict)
    valid_from = models.DateField()
    valid_until = models.DateField()
    state = models.TextField(default="live")
    holds_slot = models.BooleanField(default=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    closed_reason = models.TextField(null=True)

    class Meta:
        db_table = "authorizations_authorization"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_slot_is_authorized_once",
                fields=["patient", "gate", "slot"],
                condition=Q(holds_slot=True),
            ),
            models.CheckConstraint(
                name="an_authorization_has_a_known_state",
                condition=Q(state__in=["live", "used", "expired", "reversed"]),
            ),
            models.CheckConstraint(
                name="a_live_authorization_holds_its_slot",
                condition=~Q(state="live") | Q(holds_slot=True),
            ),
            models.CheckConstraint(
                name="no_more_infusion_days_than_the_course_has",
                condition=Q(day__isnull=True)
                | Q(day__gte=1, course_days__isnull=False, day__lte=F("course_days")),
            ),
            models.CheckConstraint(
                name="an_infusion_day_names_its_day",
                condition=~Q(unit="infusion_day") | Q(day__isnull=False, course__isnull=False),
            ),
            models.CheckConstraint(
                name="a_closed_authorization_says_by_whom_and_why",
                condition=Q(
                    state="live",
                    closed_at__isnull=True,
                    closed_by__isnull=True,
                    closed_reason__isnull=True,
                )
                | Q(
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                    closed_reason__isnull=False,
                )
                & ~Q(state="live"),
            ),
            models.CheckConstraint(
                name="an_authorization_begins_before_it_ends",
                condition=Q(valid_until__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"authorization {self.number}"


class IdempotencyKey(models.Model):
    """A key a client sent with a request, and the decision it got: a retry gets the same."""

    actor = models.TextField()
    key = models.TextField()
    request_hash = models.BinaryField()
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "authorizations_idempotency_key"
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_key_is_used_once", fields=["actor", "key"])
        ]

    def __str__(self) -> str:
        return "idempotency key"
