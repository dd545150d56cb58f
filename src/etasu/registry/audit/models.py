"""The audit trail, the clock's heartbeats, and where records came from.

No foreign keys, so that none of it ever depends on what it reports about.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from etasu.registry.audit.numbers import new_number


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
    """When one job of the clock last succeeded, and within how many seconds it must again.

    `beat_by` is empty while it never did; `beat_at` is then when it was first to be done.
    """

    job = models.TextField(primary_key=True)
    beat_at = models.DateTimeField()
    beat_by = models.TextField()
    seconds_allowed = models.IntegerField()
    said = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_heartbeat"

    def __str__(self) -> str:
        return f"heartbeat of {self.job}"


class CarryOver(models.Model):
    """One delivery of another administrator's records, from its first row to its last.

    `reference` names the agreement or letter in which that administrator vouches for them. `files`
    has for each file its SHA-256 and the last row that was dealt with. Open until `ended_at`: one
    that was interrupted goes on when it is begun again.
    """

    number = models.TextField(unique=True, default=new_number)
    administrator = models.TextField()
    reference = models.TextField(blank=True)
    files = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    began_at = models.DateTimeField()
    began_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "audit_carry_over"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_ended_carry_over_says_by_whom",
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_carry_over_at_a_time_from_an_administrator",
                fields=["administrator"],
                condition=models.Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"carry-over {self.number}"


class Origin(models.Model):
    """Where a record came from: the ID it had with another administrator. Append-only.

    `number` is what it is known by here. `fingerprint` is a hash of what the row said, so that the
    same row is known again and a changed one is not taken for it.
    """

    administrator = models.TextField()
    program = models.TextField()
    kind = models.TextField()
    legacy_id = models.TextField()
    number = models.TextField()
    fingerprint = models.BinaryField()
    carry_over = models.TextField()
    carried_at = models.DateTimeField()
    carried_by = models.TextField()

    class Meta:
        db_table = "audit_origin"
        indexes: ClassVar = [models.Index(name="origins_of_a_record", fields=["number"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_legacy_record_is_carried_over_once",
                fields=["administrator", "kind", "legacy_id", "program"],
            )
        ]

    def __str__(self) -> str:
        return f"origin of {self.number}"
