"""Live events: what is offered, who registered, and the messages to them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from etasu.registry.audit.numbers import new_number


class LiveEvent(models.Model):
    """A meeting with experts, at a place or online, with so many seats.

    `words` has title, description and place by language. Times are moments; `time_zone` is where
    it takes place.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    words = models.JSONField(default=dict)
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    time_zone = models.TextField()
    capacity = models.IntegerField()
    added_at = models.DateTimeField()
    added_by = models.TextField()
    canceled_at = models.DateTimeField(null=True)
    canceled_by = models.TextField(null=True)
    canceled_because = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_live_event"
        indexes: ClassVar = [
            models.Index(name="live_events_of_a_program", fields=["program", "begins"])
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_live_event_ends_after_it_begins", condition=Q(ends__gt=F("begins"))
            ),
            models.CheckConstraint(
                name="a_live_event_has_a_seat_at_least", condition=Q(capacity__gte=1)
            ),
            models.CheckConstraint(
                name="a_canceled_live_event_says_by_whom_and_why",
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
        ]

    def __str__(self) -> str:
        return f"live event {self.number}"


class EventRegistration(models.Model):
    """Somebody who wants to come. Without a seat they wait for one, in the order they came.

    It is tied to no patient: who comes to an event may be anybody.
    """

    number = models.TextField(unique=True, default=new_number)
    event = models.ForeignKey(LiveEvent, on_delete=models.PROTECT, related_name="registrations")
    full_name = models.TextField()
    email = models.TextField()
    language = models.TextField()
    # Their leave to be written to on the day before, apart from what registering needs.
    wants_reminder = models.BooleanField()
    registered_at = models.DateTimeField()
    registered_by = models.TextField()
    seated_at = models.DateTimeField(null=True)
    seated_by = models.TextField(null=True)
    attended_at = models.DateTimeField(null=True)
    attended_by = models.TextField(null=True)
    canceled_at = models.DateTimeField(null=True)
    canceled_by = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_event_registration"
        constraints: ClassVar = [
            # Two people of one household may have one address.
            models.UniqueConstraint(
                "event",
                "email",
                Lower("full_name"),
                name="somebody_registers_for_a_live_event_once",
                condition=Q(canceled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_seat_says_since_when_and_by_whom",
                condition=Q(seated_at__isnull=True, seated_by__isnull=True)
                | Q(seated_at__isnull=False, seated_by__isnull=False),
            ),
            models.CheckConstraint(
                name="attendance_says_when_and_by_whom",
                condition=Q(attended_at__isnull=True, attended_by__isnull=True)
                | Q(attended_at__isnull=False, attended_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_canceled_registration_says_by_whom",
                condition=Q(canceled_at__isnull=True, canceled_by__isnull=True)
                | Q(canceled_at__isnull=False, canceled_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"registration {self.number}"


class EventMail(models.Model):
    """A message to somebody who registered, and what became of it. Each kind goes once."""

    class Kind(models.TextChoices):
        """What it says."""

        SEAT = "seat"
        WAITING = "waiting"
        MOVED_UP = "moved_up"
        REMINDER = "reminder"
        CALLED_OFF = "called_off"

    registration = models.ForeignKey(
        EventRegistration, on_delete=models.PROTECT, related_name="mails"
    )
    kind = models.TextField(choices=Kind)
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

    class Meta:
        db_table = "patient_support_event_mail"
        indexes: ClassVar = [
            models.Index(
                name="event_mails_to_send",
                fields=["next_try"],
                condition=Q(sent_at__isnull=True, closed_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_message_about_a_live_event_goes_once", fields=["registration", "kind"]
            ),
            models.CheckConstraint(
                name="a_message_about_a_live_event_is_of_a_known_kind",
                condition=Q(kind__in=["seat", "waiting", "moved_up", "reminder", "called_off"]),
            ),
            models.CheckConstraint(
                name="a_message_sent_about_a_live_event_says_by_whom",
                condition=Q(sent_at__isnull=True, sent_by__isnull=True)
                | Q(sent_at__isnull=False, sent_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_message_given_up_about_a_live_event_says_by_whom",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.registration_id}"
