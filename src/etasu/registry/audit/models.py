"""The audit trail and the clock's heartbeats.

No foreign keys, so that none of it ever depends on what it reports about.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class AuditEntry(models.Model):
    """One thing done. The table's own key is (transaction id, id): see the first migration.

    `detail` never holds names or birth dates; `subject` is a number of ours.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.TextField()
    role = models.TextField()
    verb = models.TextField()
    subject_kind = models.TextField()
    subject = models.TextField()
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_entry"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject}"


class AuditSeal(models.Model):
    """A batch of entries bound to the batch before: its Merkle root, its leaves, and the head.

    One without entries begins a new epoch, in which transactions are counted anew.
    """

    sequence = models.BigIntegerField(primary_key=True)
    first_xid = models.BigIntegerField()
    first_id = models.BigIntegerField()
    last_xid = models.BigIntegerField()
    last_id = models.BigIntegerField()
    entries = models.IntegerField()
    highest_id = models.BigIntegerField()
    leaves = models.BinaryField()
    root = models.BinaryField()
    head = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "audit_seal"
        ordering = ("sequence",)
        indexes: ClassVar = [
            models.Index(
                name="epochs_of_the_trail", fields=["sequence"], condition=models.Q(entries=0)
            )
        ]

    def __str__(self) -> str:
        return f"seal {self.sequence}"


class Heartbeat(models.Model):
    """When one job of the clock last succeeded, and within how many seconds it must again."""

    job = models.TextField(primary_key=True)
    beat_at = models.DateTimeField()
    beat_by = models.TextField()
    seconds_allowed = models.IntegerField()
    said = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_heartbeat"

    def __str__(self) -> str:
        return f"heartbeat of {self.job}"
