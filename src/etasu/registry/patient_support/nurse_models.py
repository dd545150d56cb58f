"""Nurse support: whose nurse somebody is, callbacks, messages, notes, and what may be an event."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number


class NurseAssignment(models.Model):
    """The nurse who looks after a patient, and until when. Whoever follows is another row."""

    class Why(models.TextChoices):
        """Why it ended."""

        HANDED_ON = "handed-on"
        NURSE_LEFT = "nurse-left"
        NOT_ALLOWED = "not-allowed"

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="nurse_assignments"
    )
    nurse = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    assigned_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)
    ended_why = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_nurse_assignment"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_patient_has_one_nurse_of_their_own",
                fields=["patient"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_ended_assignment_says_by_whom_and_why",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_why__isnull=True)
                | Q(
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                    ended_why__in=["handed-on", "nurse-left", "not-allowed"],
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Callback(models.Model):
    """A call that was promised for a part of a day, until it was made or is not wanted any more.

    A call that reached nobody leads to another callback, which is promised in its place.
    """

    class Outcome(models.TextChoices):
        """What came of it."""

        REACHED = "reached"
        NOT_REACHED = "not-reached"
        NOT_WANTED = "not-wanted"
        NOT_ALLOWED = "not-allowed"

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="callbacks"
    )
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    telephone = models.TextField(blank=True)
    # What it is about, and what whoever calls should mind, in the patient's words.
    words = models.TextField(blank=True)
    in_place_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="followed_by"
    )
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    outcome = models.TextField(null=True)

    class Meta:
        db_table = "patient_support_callback"
        indexes: ClassVar = [
            models.Index(
                name="callbacks_promised", fields=["ends"], condition=Q(closed_at__isnull=True)
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_patient_is_promised_one_callback",
                fields=["patient"],
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_callback_ends_after_it_begins", condition=Q(ends__gt=F("begins"))
            ),
            models.CheckConstraint(
                name="a_closed_callback_says_by_whom_and_what_came_of_it",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, outcome__isnull=True)
                | Q(
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                    outcome__in=["reached", "not-reached", "not-wanted", "not-allowed"],
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CallNote(models.Model):
    """What was said in a call, as whoever took it noted it. A correction is a note of its own.

    `identified_by` are the things the caller gave that agreed with the record.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="call_notes"
    )
    caller = models.TextField()
    identified_by = models.JSONField(default=list)
    topics = models.JSONField(default=list)
    words = models.TextField()
    callback = models.OneToOneField(
        Callback, on_delete=models.PROTECT, null=True, related_name="note"
    )
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrected_by"
    )
    # When whoever called was heard; noted may be later.
    heard_at = models.DateTimeField()
    heard_by = models.TextField()
    noted_at = models.DateTimeField()
    noted_by = models.TextField()

    class Meta:
        db_table = "patient_support_call_note"
        indexes: ClassVar = [
            models.Index(name="call_notes_of_a_patient", fields=["patient", "-noted_at"])
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_call_note_says_something", condition=~Q(words="")),
            models.CheckConstraint(
                name="a_call_note_is_of_a_known_caller",
                condition=Q(caller__in=["patient", "care_partner", "other", "nobody"]),
            ),
            models.CheckConstraint(
                name="a_call_is_noted_after_it_was_heard",
                condition=Q(heard_at__lte=F("noted_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class LineMessage(models.Model):
    """A message between a patient and the nurses. It is read on the site and nowhere else.

    One of a patient is open until somebody answered it or says why it needs no answer. Of one to a
    patient it is told by e-mail that there is a message, and kept how that went.
    """

    class Settled(models.TextChoices):
        """How a patient's message was settled."""

        ANSWERED = "answered"
        BY_CALL = "by-call"
        NEEDS_NONE = "needs-none"
        NOT_ALLOWED = "not-allowed"

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="line_messages"
    )
    is_from_patient = models.BooleanField()
    words = models.TextField()
    sent_at = models.DateTimeField()
    sent_by = models.TextField()
    read_at = models.DateTimeField(null=True)
    read_by = models.TextField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(null=True)
    settled_how = models.TextField(null=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.TextField(null=True)
    # A code: sent by e-mail, or why not.
    told_how = models.TextField(blank=True)
    SENT, WITH_ANOTHER = TOLD = ("sent", "with-another")  # how an e-mail told of it

    class Meta:
        db_table = "patient_support_line_message"
        indexes: ClassVar = [
            models.Index(name="line_messages_of_a_patient", fields=["patient", "-sent_at"]),
            models.Index(
                name="line_messages_open",
                fields=["sent_at"],
                condition=Q(is_from_patient=True, settled_at__isnull=True),
            ),
            models.Index(
                name="line_messages_to_tell_of",
                fields=["sent_at"],
                condition=Q(is_from_patient=False, told_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_line_message_says_something", condition=~Q(words="")),
            models.CheckConstraint(
                name="a_line_message_read_says_by_whom",
                condition=Q(read_at__isnull=True, read_by__isnull=True)
                | Q(read_at__isnull=False, read_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_settled_line_message_is_of_a_patient_and_says_how",
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                & Q(settled_how__isnull=True)
                | Q(
                    is_from_patient=True,
                    settled_at__isnull=False,
                    settled_by__isnull=False,
                    settled_how__in=["answered", "by-call", "needs-none", "not-allowed"],
                ),
            ),
            models.CheckConstraint(
                name="a_line_message_told_of_is_to_a_patient_and_says_how",
                condition=Q(told_at__isnull=True, told_by__isnull=True, told_how="")
                | Q(is_from_patient=False, told_at__isnull=False, told_by__isnull=False)
                & ~Q(told_how=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PossibleEvent(models.Model):
    """Something a patient said that may tell of a side effect, until somebody has said whether.

    `source` is a message, a callback or a note, by its number. It is counted from `heard_at`, when
    it first reached anybody here, however late it is looked at.
    """

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="possible_events"
    )
    source = models.TextField()
    source_number = models.TextField()
    words_found = models.JSONField(default=list)
    heard_at = models.DateTimeField()
    heard_by = models.TextField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(null=True)
    is_event = models.BooleanField(null=True)
    # The number of the case that was made of it.
    case = models.TextField(blank=True)

    class Meta:
        db_table = "patient_support_possible_event"
        indexes: ClassVar = [
            models.Index(
                name="possible_events_open",
                fields=["heard_at"],
                condition=Q(answered_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_possible_event_is_asked_about_once", fields=["source", "source_number"]
            ),
            models.CheckConstraint(
                name="a_possible_event_is_of_a_known_source",
                condition=Q(source__in=["message", "callback", "note"]),
            ),
            models.CheckConstraint(
                name="a_possible_event_answered_says_by_whom_and_what",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True)
                & Q(is_event__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False, is_event__isnull=False),
            ),
            models.CheckConstraint(
                name="an_event_has_its_case_and_nothing_else_has",
                condition=Q(is_event=True) & ~Q(case="")
                | Q(is_event=False, case="")
                | Q(is_event__isnull=True, case=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number
