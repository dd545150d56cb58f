"""The lab program: draw sites as laboratories list them, appointments, and orders for tests."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from etasu.registry.audit.numbers import new_number
from etasu.safe_use.lab_program import PartOfDay


class DrawSiteFile(models.Model):
    """A laboratory's list of draw sites as it was sent: how many rows, and the rows not taken.

    `refused` has for each such row its number, its cells, and what is wrong with which of them.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    way = models.TextField()
    digest = models.TextField()
    rows = models.IntegerField()
    added = models.IntegerField()
    changed = models.IntegerField()
    removed = models.IntegerField()
    unchanged = models.IntegerField()
    refused = models.JSONField(default=list)
    received_at = models.DateTimeField()
    received_by = models.TextField()

    class Meta:
        db_table = "patient_support_draw_site_file"

    def __str__(self) -> str:
        return f"draw sites {self.number}"


class DrawSite(models.Model):
    """Where a laboratory takes specimens, as listed; another wording is another row.

    `key` is what the laboratory calls it, by which the next list finds it again.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    way = models.TextField()
    key = models.TextField()
    file = models.ForeignKey(DrawSiteFile, on_delete=models.PROTECT, related_name="sites")
    name = models.TextField()
    street = models.TextField()
    city = models.TextField()
    state = models.TextField()
    zip_code = models.TextField()
    telephone = models.TextField(blank=True)
    hours = models.TextField(blank=True)
    listed_at = models.DateTimeField()
    listed_by = models.TextField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_draw_site"
        indexes: ClassVar = [
            models.Index(
                name="draw_sites_by_zip_code",
                fields=["program", "way", "zip_code"],
                condition=Q(removed_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_draw_site_is_listed_once",
                fields=["program", "way", "key"],
                condition=Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_draw_site_taken_off_says_by_whom",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"draw site {self.number}"


def _range(kind: str, first: Any, last: Any) -> Func:
    return Func(first, last, Value("[]"), function=kind)


# Where days begin first, so that it is never the day before the one where the patient is.
_ASKED_ON = Func("requested_at", template="(%(expressions)s AT TIME ZONE INTERVAL '14:00')::date")


class LabAppointment(models.Model):
    """Tests a patient asked to have taken, in one way, and what became of it.

    `way` is the program's. It is at a `site`, or where the patient said they are, or at the
    practice. Days and times are those where the patient lives. `changes` counts how often
    calendars are told something else. `settled` is somebody's word on what was left open.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="lab_appointments"
    )
    program_version = models.TextField()
    way = models.TextField()
    site = models.ForeignKey(
        DrawSite, on_delete=models.PROTECT, null=True, related_name="appointments"
    )
    street = models.TextField(blank=True)
    city = models.TextField(blank=True)
    state = models.TextField(blank=True)
    zip_code = models.TextField(blank=True)
    telephone = models.TextField()
    tests = models.JSONField(default=list)
    wished_on = models.DateField()
    wished_part = models.TextField(choices=[(each.value, each.name) for each in PartOfDay])
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    day = models.DateField(null=True)
    begins = models.TimeField(null=True)
    ends = models.TimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(null=True)
    changes = models.IntegerField(default=0)
    done_on = models.DateField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.TextField(null=True)
    missed_at = models.DateTimeField(null=True)
    missed_by = models.TextField(null=True)
    canceled_at = models.DateTimeField(null=True)
    canceled_by = models.TextField(null=True)
    canceled_because = models.TextField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(null=True)
    settled_note = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_lab_appointment"
        indexes: ClassVar = [
            models.Index(name="lab_appointments_of_a_patient", fields=["patient", "-requested_at"]),
            models.Index(
                name="lab_appointments_not_settled",
                fields=["requested_at"],
                condition=Q(settled_at__isnull=True, canceled_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            # Each is ahead from the day it was asked for through its own, or for good before that
            # is set; what was left open when its day was over stands in nobody's way.
            ExclusionConstraint(
                name="a_patient_has_one_lab_appointment_ahead",
                expressions=[
                    (_range("int8range", "patient", "patient"), RangeOperators.OVERLAPS),
                    (
                        _range("daterange", Func(_ASKED_ON, "day", function="LEAST"), "day"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(done_at__isnull=True, missed_at__isnull=True)
                & Q(canceled_at__isnull=True, settled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_lab_appointment_is_wished_for_a_known_part_of_the_day",
                condition=Q(wished_part__in=[each.value for each in PartOfDay]),
            ),
            models.CheckConstraint(
                name="a_lab_appointment_is_at_a_site_or_an_address",
                condition=Q(site__isnull=True) | Q(street=""),
            ),
            models.CheckConstraint(
                name="a_confirmed_lab_appointment_says_when_and_by_whom",
                condition=Q(
                    confirmed_at__isnull=True,
                    confirmed_by__isnull=True,
                    day__isnull=True,
                    begins__isnull=True,
                    ends__isnull=True,
                )
                | Q(
                    confirmed_at__isnull=False,
                    confirmed_by__isnull=False,
                    day__isnull=False,
                    begins__isnull=False,
                    ends__gt=F("begins"),
                ),
            ),
            models.CheckConstraint(
                name="a_lab_appointment_kept_says_on_which_day_and_by_whom",
                condition=Q(done_at__isnull=True, done_by__isnull=True, done_on__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False, done_on__isnull=False),
            ),
            models.CheckConstraint(
                name="a_missed_lab_appointment_was_confirmed_and_says_by_whom",
                condition=Q(missed_at__isnull=True, missed_by__isnull=True)
                | Q(missed_at__isnull=False, missed_by__isnull=False, day__isnull=False),
            ),
            models.CheckConstraint(
                name="a_canceled_lab_appointment_says_by_whom_and_why",
                condition=Q(
                    canceled_at__isnull=True,
                    canceled_by__isnull=True,
                    canceled_because__isnull=True,
                )
                | Q(
                    canceled_at__isnull=False,
                    canceled_by__isnull=False,
                    canceled_because__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="a_lab_appointment_ends_in_one_way",
                condition=Q(done_at__isnull=True, missed_at__isnull=True)
                | Q(done_at__isnull=True, canceled_at__isnull=True)
                | Q(missed_at__isnull=True, canceled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_settled_lab_appointment_says_by_whom_and_what_was_done",
                condition=Q(
                    settled_at__isnull=True, settled_by__isnull=True, settled_note__isnull=True
                )
                | Q(settled_at__isnull=False, settled_by__isnull=False, settled_note__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"lab appointment {self.number}"


class LabOrder(models.Model):
    """A prescriber's order for a patient's tests, good through a day.

    A standing one counts for every time the tests fall due until then.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="lab_orders"
    )
    prescriber = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="lab_orders"
    )
    program_version = models.TextField()
    tests = models.JSONField(default=list)
    is_standing = models.BooleanField()
    through = models.DateField()
    ordered_at = models.DateTimeField()
    ordered_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_lab_order"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_patient_has_one_lab_order",
                fields=["patient"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_ended_lab_order_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"lab order {self.number}"
