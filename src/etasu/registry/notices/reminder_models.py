"""Reminders to patients: one row for each channel, and what somebody wants or stopped."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number


class Reminder(models.Model):
    """What a patient is reminded of, by one channel, and what became of it.

    `person` is the patient's number, `due_on` the day something is due, `covers` each rule and due
    day it is about. What happens more than once on a day says which time it is, as its `occasion`.
    A channel that leads nowhere ends its row, and another takes its place.
    `address` is where it was sent; before that it is nowhere, and looked up when it goes.
    """

    class State(models.TextChoices):
        """How far it came. `handed_over` means that a provider or a mail server has it."""

        WAITING = "waiting"
        SENDING = "sending"
        HANDED_OVER = "handed_over"
        DELIVERED = "delivered"
        FAILED = "failed"
        CANCELED = "canceled"

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    program_version = models.TextField()
    code = models.TextField()
    person = models.TextField()
    due_on = models.DateField()
    offset_days = models.IntegerField()
    occasion = models.TextField(blank=True, default="")
    covers = models.JSONField(default=list)
    channel = models.TextField()
    # The one it takes the place of, by another channel.
    instead_of = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.TextField(choices=State, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    # While it is being sent: when somebody else may try, should the sender have died.
    next_try = models.DateTimeField()
    # When somebody was first asked to take it, whoever that was.
    first_try = models.DateTimeField(null=True)
    # A code: why it waits, failed or was canceled.
    reason = models.TextField(blank=True)
    language = models.TextField(blank=True)
    address = models.TextField(blank=True)
    # The local day a text message counts for.
    sms_day = models.DateField(null=True)
    provider = models.TextField(blank=True)
    provider_number = models.TextField(blank=True)
    queued_at = models.DateTimeField()
    queued_by = models.TextField()
    handed_over_at = models.DateTimeField(null=True)
    handed_over_by = models.TextField(null=True)
    delivered_at = models.DateTimeField(null=True)
    delivered_by = models.TextField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)

    class Meta:
        db_table = "notices_reminder"
        indexes: ClassVar = [
            models.Index(
                name="reminders_to_send",
                fields=["next_try"],
                condition=Q(state__in=["waiting", "sending"]),
            ),
            models.Index(name="reminders_failed", fields=["program"], condition=Q(state="failed")),
            models.Index(
                name="reminders_at_a_provider",
                fields=["provider", "provider_number"],
                condition=~Q(provider_number=""),
            ),
            models.Index(
                name="reminders_at_an_address", fields=["address"], condition=~Q(address="")
            ),
            models.Index(
                name="texts_without_a_receipt",
                fields=["program", "handed_over_at"],
                condition=Q(state="handed_over", channel="sms"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_reminder_goes_once_by_each_channel",
                fields=["person", "code", "due_on", "offset_days", "occasion", "channel"],
            ),
            models.UniqueConstraint(
                name="a_person_gets_one_text_message_a_day",
                fields=["person", "sms_day"],
                condition=Q(sms_day__isnull=False),
            ),
            models.CheckConstraint(
                name="a_reminder_goes_by_a_known_channel", condition=Q(channel__in=["sms", "email"])
            ),
            models.CheckConstraint(
                name="a_reminder_has_a_known_state",
                condition=Q(
                    state__in=[
                        *("waiting", "sending", "handed_over"),
                        *("delivered", "failed", "canceled"),
                    ]
                ),
            ),
            models.CheckConstraint(
                name="a_reminder_handed_over_says_when_by_whom_and_where",
                condition=Q(handed_over_at__isnull=True, handed_over_by__isnull=True)
                & ~Q(state__in=["handed_over", "delivered"])
                | Q(handed_over_at__isnull=False, handed_over_by__isnull=False) & ~Q(address=""),
            ),
            models.CheckConstraint(
                name="a_delivered_reminder_says_when_and_by_whom",
                condition=Q(state="delivered", delivered_at__isnull=False)
                & Q(delivered_by__isnull=False)
                | ~Q(state="delivered") & Q(delivered_at__isnull=True, delivered_by__isnull=True),
            ),
            models.CheckConstraint(
                name="a_reminder_that_ended_says_when_by_whom_and_why",
                condition=Q(state__in=["failed", "canceled"])
                & Q(closed_at__isnull=False, closed_by__isnull=False)
                & ~Q(reason="")
                | ~Q(state__in=["failed", "canceled"])
                & Q(closed_at__isnull=True, closed_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"reminder {self.number}"


class ReminderWish(models.Model):
    """How a patient wants to be reminded: by which channels in which order, and when not.

    No channel at all means no reminders; the obligations stay.
    """

    person = models.TextField(unique=True)
    channels = models.JSONField(default=list)
    language = models.TextField(blank=True)
    quiet_from = models.TimeField()
    quiet_until = models.TimeField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        db_table = "notices_reminder_wish"

    def __str__(self) -> str:
        return f"wish of {self.person}"


class StoppedAddress(models.Model):
    """Where nothing is sent any more: whoever is there said so, or nothing ever arrives.

    `how` says in which way it was learned. Open while `ended_at` is empty.
    """

    class Why(models.TextChoices):
        """Because they said STOP, or because the address is wrong."""

        OPTED_OUT = "opted_out"
        WRONG = "wrong"

    channel = models.TextField()
    address = models.TextField()
    why = models.TextField(choices=Why)
    how = models.TextField()
    stopped_at = models.DateTimeField()
    stopped_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "notices_stopped_address"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_address_is_stopped_once_for_a_reason",
                fields=["channel", "address", "why"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_address_is_stopped_for_a_known_reason",
                condition=Q(why__in=["opted_out", "wrong"]),
            ),
            models.CheckConstraint(
                name="an_address_in_use_again_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} stopped"
