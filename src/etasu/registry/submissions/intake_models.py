"""Documents that reached us by mail, fax or telephone, from the day they came until they count."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number

CHANNELS = [("paper", "paper"), ("fax", "fax"), ("phone", "phone")]


class IncomingDocument(models.Model):
    """A document exactly as it came in, or a call, and how far it has got. Never deleted.

    `claimed_by` has it on the desk; `keyed_by` typed it in and `checked_by`, somebody else,
    compared it; only then it becomes a form. `signatures` are those on the document, by role.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    channel = models.TextField(choices=CHANNELS)
    media_type = models.TextField(blank=True)
    content = models.BinaryField(null=True)
    size = models.IntegerField(default=0)
    pages = models.IntegerField(null=True)
    digest = models.TextField(blank=True)
    caller_name = models.TextField(blank=True)
    call_back = models.TextField(blank=True)
    reached_on = models.DateField()
    received_at = models.DateTimeField()
    received_by = models.TextField()
    draft = models.OneToOneField(
        "submissions.Draft", on_delete=models.PROTECT, null=True, related_name="document"
    )
    signatures = models.JSONField(default=dict)
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.TextField(null=True)
    keyed_at = models.DateTimeField(null=True)
    keyed_by = models.TextField(null=True)
    returned_at = models.DateTimeField(null=True)
    returned_by = models.TextField(null=True)
    returned_reason = models.TextField(null=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.TextField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    set_aside_by = models.TextField(null=True)
    set_aside_reason = models.TextField(null=True)

    class Meta:
        db_table = "submissions_incoming_document"
        indexes: ClassVar = [
            models.Index(
                name="documents_under_way",
                fields=["program", "received_at"],
                condition=Q(checked_at__isnull=True, set_aside_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_document_is_taken_in_once",
                fields=["program", "digest"],
                condition=~Q(digest=""),
            ),
            models.CheckConstraint(
                name="a_call_has_a_caller_and_a_document_its_image",
                condition=Q(channel="phone", content__isnull=True)
                & ~Q(caller_name="")
                & ~Q(call_back="")
                | ~Q(channel="phone") & Q(content__isnull=False) & ~Q(digest="", media_type=""),
            ),
            models.CheckConstraint(
                name="a_claimed_document_says_by_whom",
                condition=Q(claimed_at__isnull=True, claimed_by__isnull=True)
                | Q(claimed_at__isnull=False, claimed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_keyed_document_says_by_whom_and_into_what",
                condition=Q(keyed_at__isnull=True, keyed_by__isnull=True)
                | Q(keyed_at__isnull=False, keyed_by__isnull=False, draft__isnull=False),
            ),
            models.CheckConstraint(
                name="a_returned_document_says_by_whom_and_why",
                condition=Q(
                    returned_at__isnull=True,
                    returned_by__isnull=True,
                    returned_reason__isnull=True,
                )
                | Q(
                    returned_at__isnull=False,
                    returned_by__isnull=False,
                    returned_reason__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="whoever_keys_a_document_in_does_not_check_it",
                condition=Q(checked_at__isnull=True, checked_by__isnull=True)
                | Q(checked_at__isnull=False, checked_by__isnull=False, keyed_at__isnull=False)
                & ~Q(checked_by=F("keyed_by")),
            ),
            models.CheckConstraint(
                name="a_document_set_aside_says_by_whom_and_why",
                condition=Q(
                    set_aside_at__isnull=True,
                    set_aside_by__isnull=True,
                    set_aside_reason__isnull=True,
                )
                | Q(
                    set_aside_at__isnull=False,
                    set_aside_by__isnull=False,
                    set_aside_reason__isnull=False,
                    checked_at__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.number}"
