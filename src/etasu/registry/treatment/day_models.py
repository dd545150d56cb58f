"""What is noted while a course goes on. A mistaken entry is struck, with who and why, and stays."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number
from etasu.safe_use.course_end import DECLARED
from etasu.safe_use.infusion_day import DayEvent

_STANDS = Q(struck_at__isnull=True, struck_by__isnull=True, struck_reason__isnull=True)
_STRUCK = Q(struck_at__isnull=False, struck_by__isnull=False, struck_reason__isnull=False)


class DayEntry(models.Model):
    """One thing noted on an infusion day, at the `moment` it happened.

    `detail` says more of it: what was given, values, a grade, a reason. An unlikely value is kept
    as it was noted, and confirmed or corrected afterwards. `corrects` is the entry it stands for.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="day_entries"
    )
    facility = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    course = models.IntegerField()
    given_on = models.DateField()
    event = models.TextField(choices=[(each.value, each.value) for each in DayEvent])
    moment = models.DateTimeField()
    detail = models.JSONField(default=dict)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrected_by"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(null=True)
    struck_at = models.DateTimeField(null=True)
    struck_by = models.TextField(null=True)
    struck_reason = models.TextField(null=True)

    class Meta:
        db_table = "treatment_day_entry"
        indexes: ClassVar = [
            models.Index(name="entries_of_a_patient_day", fields=["patient", "given_on"]),
            models.Index(name="entries_of_a_facility_day", fields=["facility", "given_on"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_day_entry_is_of_a_known_kind",
                condition=Q(event__in=[each.value for each in DayEvent]),
            ),
            models.CheckConstraint(
                name="a_day_entry_belongs_to_a_course", condition=Q(course__gte=1)
            ),
            models.CheckConstraint(
                name="a_confirmed_entry_says_by_whom",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_struck_entry_says_by_whom_and_why", condition=_STANDS | _STRUCK
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.number}"


class VialEntry(models.Model):
    """Vials of a course that came, were used, were wasted or went back, of one lot."""

    class Kind(models.TextChoices):
        """What became of them."""

        RECEIVED = "received"
        USED = "used"
        WASTED = "wasted"
        RETURNED = "returned"

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="vial_entries"
    )
    facility = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="+"
    )
    course = models.IntegerField()
    kind = models.TextField(choices=Kind.choices)
    vials = models.IntegerField()
    lot = models.TextField()
    expires_on = models.DateField(null=True)
    counted_on = models.DateField()
    remark = models.TextField(default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    struck_at = models.DateTimeField(null=True)
    struck_by = models.TextField(null=True)
    struck_reason = models.TextField(null=True)

    class Meta:
        db_table = "treatment_vial_entry"
        indexes: ClassVar = [
            models.Index(name="vials_of_a_course", fields=["patient", "course"]),
            models.Index(name="vials_at_a_facility", fields=["facility"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="vials_came_were_used_wasted_or_returned",
                condition=Q(kind__in=["received", "used", "wasted", "returned"]),
            ),
            models.CheckConstraint(name="a_vial_entry_has_vials", condition=Q(vials__gte=1)),
            models.CheckConstraint(
                name="a_struck_vial_entry_says_by_whom_and_why", condition=_STANDS | _STRUCK
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vials} {self.kind}"


class CourseEnd(models.Model):
    """Somebody said that a course goes no further: stopped early, or not given at all."""

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="course_ends"
    )
    facility = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    course = models.IntegerField()
    outcome = models.TextField(choices=[(each.value, each.value) for each in DECLARED])
    ended_on = models.DateField()
    reason = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    struck_at = models.DateTimeField(null=True)
    struck_by = models.TextField(null=True)
    struck_reason = models.TextField(null=True)

    class Meta:
        db_table = "treatment_course_end"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_course_is_given_up_once",
                fields=["patient", "course"],
                condition=Q(struck_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_course_given_up_was_stopped_or_not_given",
                condition=Q(outcome__in=[each.value for each in DECLARED]),
            ),
            models.CheckConstraint(
                name="a_struck_course_end_says_by_whom_and_why", condition=_STANDS | _STRUCK
            ),
        ]

    def __str__(self) -> str:
        return f"course {self.course} {self.outcome}"
