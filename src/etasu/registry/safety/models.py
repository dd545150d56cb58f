"""Cases as they were reported, and every step taken with them. Nothing here is ever deleted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number
from etasu.safe_use.safety import Expectedness, Seriousness
from etasu.safe_use.safety_plan import CaseKind


class Source(models.TextChoices):
    """By which way a report came in."""

    PATIENT = "patient"
    CARE_PARTNER = "care_partner"
    PROFESSIONAL = "professional"
    FORM = "form"
    INFUSION_DAY = "infusion_day"
    STAFF = "staff"
    SELF_CHECK = "self_check"
    MESSAGE = "message"
    COMMUNITY = "community"
    SYSTEM = "system"


class SafetyCase(models.Model):
    """A side effect or a pregnancy somebody told of. Append-only, the receipt above all.

    The days of the sponsor's clock are counted from `received_on`. The `occasion` makes the same
    report the same case, however often it arrives. What is known of it is in its information.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    program_version = models.TextField()
    source = models.TextField(choices=Source)
    kind = models.TextField(choices=[(each.value, each.value) for each in CaseKind])
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, related_name="safety_cases"
    )
    product = models.TextField(blank=True)
    occasion = models.TextField()
    received_on = models.DateField()
    received_at = models.DateTimeField()
    received_by = models.TextField()

    class Meta:
        db_table = "safety_case"
        indexes: ClassVar = [
            models.Index(name="cases_of_a_program", fields=["program", "received_on"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_report_is_received_once", fields=["program", "occasion"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class FollowUpQuestion(models.Model):
    """Something safety staff ask about a case. Append-only; answers are information."""

    number = models.TextField(unique=True, default=new_number)
    case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="questions")
    asked_of = models.TextField()
    text = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField()

    class Meta:
        db_table = "safety_question"
        constraints: ClassVar = [
            models.CheckConstraint(name="a_question_asks_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"question {self.number}"


class CaseInformation(models.Model):
    """What somebody said of a case, in their words and at one time. Append-only.

    `details` are answers by their code, `criteria` those of seriousness that they name. It may
    answer a question. `told_by` is who said it: a role, such as patient or pharmacist.
    """

    number = models.TextField(unique=True, default=new_number)
    case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="information")
    question = models.ForeignKey(
        FollowUpQuestion, on_delete=models.PROTECT, null=True, related_name="answers"
    )
    occasion = models.TextField()
    told_by = models.TextField()
    words = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    criteria = models.JSONField(default=list)
    received_on = models.DateField()
    received_at = models.DateTimeField()
    received_by = models.TextField()

    class Meta:
        db_table = "safety_information"
        constraints: ClassVar = [
            models.UniqueConstraint(name="what_is_said_is_kept_once", fields=["case", "occasion"]),
        ]

    def __str__(self) -> str:
        return f"information {self.number}"


class CaseAssessment(models.Model):
    """How serious and how expected a case is, as somebody judged it; the last counts. Append-only.

    `criteria` holds an answer for each of the six, `terms` the listed reactions it is one of,
    `something_else` whether there was an event besides. It rests on what was `read`, and on nothing
    that was said later.
    """

    case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="assessments")
    program_version = models.TextField()
    criteria = models.JSONField(default=dict)
    terms = models.JSONField(default=list)
    something_else = models.TextField()
    seriousness = models.TextField(choices=[(each.value, each.value) for each in Seriousness])
    expectedness = models.TextField(choices=[(each.value, each.value) for each in Expectedness])
    reason = models.TextField()
    read = models.ManyToManyField(CaseInformation, related_name="assessments")
    assessed_at = models.DateTimeField()
    assessed_by = models.TextField()

    class Meta:
        db_table = "safety_assessment"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_assessment_is_serious_or_not_or_unknown",
                condition=Q(seriousness__in=[each.value for each in Seriousness]),
            ),
            models.CheckConstraint(
                name="an_assessment_is_expected_or_not_or_unknown",
                condition=Q(expectedness__in=[each.value for each in Expectedness]),
            ),
            models.CheckConstraint(name="an_assessment_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.seriousness}, {self.expectedness}"


class DuplicateLink(models.Model):
    """Somebody found that a case is told of in another one already, until they find otherwise."""

    case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="links")
    same_as = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="linked")
    reason = models.TextField()
    linked_at = models.DateTimeField()
    linked_by = models.TextField()
    unlinked_at = models.DateTimeField(null=True)
    unlinked_by = models.TextField(null=True)
    unlinked_reason = models.TextField(null=True)

    class Meta:
        db_table = "safety_duplicate_link"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_case_is_a_duplicate_of_one",
                fields=["case"],
                condition=Q(unlinked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="no_case_is_a_duplicate_of_itself", condition=~Q(case=F("same_as"))
            ),
            models.CheckConstraint(
                name="an_unlinked_duplicate_says_by_whom_and_why",
                condition=Q(
                    unlinked_at__isnull=True, unlinked_by__isnull=True, unlinked_reason__isnull=True
                )
                | Q(
                    unlinked_at__isnull=False,
                    unlinked_by__isnull=False,
                    unlinked_reason__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} is {self.same_as}"


class HandOver(models.Model):
    """Cases handed over to the sponsor's safety database together, and how it acknowledged them.

    `digest` is the SHA-256 of everything handed over.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    recipient = models.TextField()
    digest = models.TextField()
    handed_at = models.DateTimeField()
    handed_by = models.TextField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.TextField(null=True)
    acknowledgment = models.TextField(null=True)

    class Meta:
        db_table = "safety_hand_over"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_acknowledged_hand_over_says_by_whom_and_how",
                condition=Q(
                    acknowledged_at__isnull=True,
                    acknowledged_by__isnull=True,
                    acknowledgment__isnull=True,
                )
                | Q(
                    acknowledged_at__isnull=False,
                    acknowledged_by__isnull=False,
                    acknowledgment__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"hand-over {self.number}"


class HandedCase(models.Model):
    """One case as it was handed over, with everything that was told of it until then. Append-only.

    What is told of its duplicates goes along.
    """

    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="cases")
    case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="handed")
    told = models.ManyToManyField(CaseInformation, related_name="handed")
    record = models.JSONField(default=dict)

    class Meta:
        db_table = "safety_handed_case"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_case_is_in_a_hand_over_once", fields=["hand_over", "case"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} in {self.hand_over}"
