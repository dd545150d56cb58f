"""Notices: one row for each person and message, with what has become of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number
from etasu.registry.notices.calendar_models import CalendarFeed
from etasu.registry.notices.reminder_models import Reminder, ReminderWish, StoppedAddress

__all__ = ["Bookmark", "CalendarFeed", "Notice", "Reminder", "ReminderWish", "StoppedAddress"]


class Notice(models.Model):
    """A message for one person. It is in their list from the moment it is due, and is never lost.

    `key` says what it is about, so that the same message is queued once. `state` is how far the
    sending is: `sent` also when it is only listed and no e-mail goes with it. `facts` holds the
    codes, numbers and dates its text is made of, never a name.
    """

    class State(models.TextChoices):
        """How far the sending is. A failed one was given up and can be tried again."""

        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        CANCELED = "canceled"

    number = models.TextField(unique=True, default=new_number)
    key = models.TextField(unique=True)
    program = models.TextField()
    program_version = models.TextField()
    code = models.TextField()
    event = models.TextField()
    audience = models.TextField()
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices"
    )
    subject_kind = models.TextField()
    subject = models.TextField()
    facts = models.JSONField(default=dict)
    by_email = models.BooleanField()
    due = models.DateTimeField()
    state = models.TextField(choices=State, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    # While it is being sent: when somebody else may try, should the sender have died.
    next_try = models.DateTimeField()
    last_error = models.TextField(blank=True)
    queued_at = models.DateTimeField()
    queued_by = models.TextField()
    sent_at = models.DateTimeField(null=True)
    sent_by = models.TextField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    read_at = models.DateTimeField(null=True)
    read_by = models.TextField(null=True)

    class Meta:
        db_table = "notices_notice"
        indexes: ClassVar = [
            models.Index(
                name="notices_to_send",
                fields=["next_try"],
                condition=Q(state__in=["queued", "sending"]),
            ),
            models.Index(name="notices_given_up", fields=["program"], condition=Q(state="failed")),
            models.Index(name="notices_of_a_person", fields=["recipient", "-due"]),
            models.Index(
                name="notices_not_read",
                fields=["recipient"],
                condition=Q(read_at__isnull=True) & ~Q(state="canceled"),
            ),
            models.Index(name="notices_about_a_subject", fields=["subject", "code"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_notice_has_a_known_state",
                condition=Q(state__in=["queued", "sending", "sent", "failed", "canceled"]),
            ),
            models.CheckConstraint(
                name="a_sent_notice_says_when_and_by_whom",
                condition=Q(state="sent", sent_at__isnull=False, sent_by__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True, sent_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="a_notice_given_up_says_when_by_whom_and_why",
                condition=(
                    Q(state__in=["failed", "canceled"])
                    & Q(closed_at__isnull=False, closed_by__isnull=False)
                    & ~Q(last_error="")
                )
                | (
                    ~Q(state__in=["failed", "canceled"])
                    & Q(closed_at__isnull=True, closed_by__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="a_notice_read_says_by_whom",
                condition=Q(read_at__isnull=True, read_by__isnull=True)
                | Q(read_at__isnull=False, read_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.number}"


class Bookmark(models.Model):
    """How far a follower of the audit trail has read: the last seal whose entries it dealt with.

    It moves in the transaction of what came of those entries, so none is dealt with twice or never.
    """

    follower = models.TextField(primary_key=True)
    sequence = models.BigIntegerField()

    class Meta:
        db_table = "notices_bookmark"

    def __str__(self) -> str:
        return self.follower
