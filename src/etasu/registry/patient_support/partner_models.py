"""Somebody who helps a patient with an account of their own, and what is shared with them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number
from etasu.safe_use.sharing import Slice


class CarePartner(models.Model):
    """One person who helps one patient: invited by them, accepted with an own account, ended.

    They are asked by e-mail, or by text message until they gave an address for their account; that
    is another invitation. Only the hash of the invitation's link is kept. `ends_on` is the last day
    it holds, unless the patient goes on with it. Whoever wants copies of reminders has them since
    `copies_at`.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="care_partners"
    )
    full_name = models.TextField()
    email = models.TextField()
    telephone = models.TextField(blank=True, default="")
    token_hash = models.BinaryField(unique=True)
    link_until = models.DateTimeField()
    ends_on = models.DateField()
    invited_at = models.DateTimeField()
    invited_by = models.TextField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="helped"
    )
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.TextField(null=True)
    copies_at = models.DateTimeField(null=True)
    copies_by = models.TextField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_care_partner"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="somebody_helps_a_patient_once",
                fields=["patient", "email", "telephone"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_care_partner_is_asked_in_one_way_and_accepts_with_an_address",
                condition=Q(telephone="") & ~Q(email="")
                | ~Q(telephone="") & Q(email="", user__isnull=True),
            ),
            models.CheckConstraint(
                name="a_care_partner_who_accepted_says_who_and_by_whom",
                condition=Q(user__isnull=True, accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(user__isnull=False, accepted_at__isnull=False, accepted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="copies_of_reminders_say_by_whom",
                condition=Q(copies_at__isnull=True, copies_by__isnull=True)
                | Q(copies_at__isnull=False, copies_by__isnull=False, user__isnull=False),
            ),
            models.CheckConstraint(
                name="a_care_partner_who_helps_no_longer_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"care partner {self.number}"


class SharedSlice(models.Model):
    """A slice of the record that is shared with a care partner, from one moment until another."""

    partner = models.ForeignKey(CarePartner, on_delete=models.PROTECT, related_name="slices")
    slice = models.TextField(choices=[(each.value, each.name) for each in Slice])
    shared_at = models.DateTimeField()
    shared_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_shared_slice"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_slice_is_shared_with_somebody_once",
                fields=["partner", "slice"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_shared_slice_is_a_known_one",
                condition=Q(slice__in=[each.value for each in Slice]),
            ),
            models.CheckConstraint(
                name="a_slice_no_longer_shared_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.slice
