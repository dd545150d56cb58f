"""What has to be looked at again since somebody said that it was not so."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.monitoring.lab_models import CodeMapping
from etasu.registry.monitoring.lab_rows import LabItemRow


class AwaitedCorrection(models.Model):
    """A result that counts no longer, for its laboratory said something else that nobody has read.

    While the `item` that says it waits, the result is being corrected. Append-only.
    """

    result = models.OneToOneField(
        "monitoring.Result", on_delete=models.PROTECT, related_name="awaited"
    )
    item = models.ForeignKey(LabItemRow, on_delete=models.PROTECT, related_name="takes_away")
    began_at = models.DateTimeField()
    began_by = models.TextField()

    class Meta:
        db_table = "monitoring_awaited_correction"

    def __str__(self) -> str:
        return f"correction of result {self.result_id}"


class Retaking(models.Model):
    """What is on record under a code, judged again since its meaning changed.

    `through` is the last message that was looked at; `changed` items came to something else.
    """

    mapping = models.OneToOneField(CodeMapping, on_delete=models.PROTECT, related_name="retaking")
    through = models.BigIntegerField(default=0, db_default=0)
    changed = models.IntegerField(default=0, db_default=0)
    begun_at = models.DateTimeField()
    begun_by = models.TextField()
    done_at = models.DateTimeField(null=True)
    done_by = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_retaking"
        indexes: ClassVar = [
            models.Index(
                name="retakings_under_way", fields=["begun_at"], condition=Q(done_at__isnull=True)
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_retaking_that_is_done_says_by_whom",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"retaking of {self.mapping_id}"
