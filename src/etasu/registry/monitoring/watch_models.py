"""The state of what falls due: one row a rule and patient, however many years it runs.

All of it can be derived again from what was given, found and decided; it is kept so that nobody
has to be derived every day. Only `as_of` is known from nowhere else.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number

# As many days as fifty years have at most.
FIFTY_YEARS = timedelta(days=50 * 365 + 13)


class BitsField(models.TextField):  # type: ignore[type-arg]  # not subscriptable when it runs
    """A string of bits, `1` for each period that is in the set; the first is period 1."""

    def db_type(self, connection: Any) -> str:
        """What PostgreSQL calls it."""
        return "varbit"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        """Bits are sent as text."""
        return "%s::varbit"


class Watch(models.Model):
    """One rule kept up by one patient since `anchor`, `last` periods long.

    A period is `months` and `days` long. `open_due_on` is when the next one falls due that has to
    be kept up, empty when nothing more does. What was to be said of it through `as_of` was said;
    `next_change_on` is the next day after it on which something is to be said or stands otherwise.
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="watches", db_index=False
    )
    code = models.TextField()
    subject = models.TextField()
    is_form = models.BooleanField()
    months = models.IntegerField()
    days = models.IntegerField()
    anchor = models.DateField()
    through = models.DateField()
    last = models.IntegerField()
    met = BitsField()
    waived = BitsField()
    open_due_on = models.DateField(null=True)
    status = models.TextField()
    next_change_on = models.DateField(null=True)
    as_of = models.DateField()

    class Meta:
        db_table = "monitoring_watch"
        # None of the days and the status: what changes every day changes where it is.
        indexes: ClassVar = [
            models.Index(name="watches_of_a_test", fields=["patient", "subject"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_rule_is_watched_once", fields=["patient", "code"]),
            models.CheckConstraint(
                name="a_rhythm_is_of_months_or_of_days",
                condition=Q(months__gt=0, days=0) | Q(months=0, days__gt=0),
            ),
            models.CheckConstraint(name="a_watch_has_a_period", condition=Q(last__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.status}"


class Touch(models.Model):
    """Something that may change what a patient owes, until it was looked at.

    With `test`, one more collection of it; without one, everything has to be derived again. The
    database itself leaves a touch with every row that matters, so that none can be forgotten; that
    row's patient was looked up already. Where somebody could not be derived, the touch waits until
    the day `again_on`.
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    test = models.TextField(null=True)
    collected_on = models.DateField(null=True)
    again_on = models.DateField(null=True)

    class Meta:
        db_table = "monitoring_touch"
        indexes: ClassVar = [
            models.Index(
                name="touches_set_aside",
                fields=["again_on"],
                condition=Q(again_on__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="only_a_whole_look_is_set_aside",
                condition=Q(again_on__isnull=True) | Q(test__isnull=True),
            ),
            models.CheckConstraint(
                name="a_collection_has_a_test_and_a_day",
                condition=Q(test__isnull=True, collected_on__isnull=True)
                | Q(test__isnull=False, collected_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"touch {self.pk}"


class Extension(models.Model):
    """Monitoring goes on through a day, because a prescriber found it clinically indicated."""

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="extensions"
    )
    through = models.DateField()
    reason = models.TextField()
    decided_on = models.DateField()
    decided_at = models.DateTimeField()
    decided_by = models.TextField()

    class Meta:
        db_table = "monitoring_extension"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_extension_ends_later_than_it_was_decided",
                condition=Q(through__gt=F("decided_on")),
            ),
            models.CheckConstraint(name="an_extension_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="an_extension_ends_within_fifty_years",
                condition=Q(through__lte=F("decided_on") + FIFTY_YEARS),
            ),
        ]

    def __str__(self) -> str:
        return f"extension {self.number}"


class Waiver(models.Model):
    """One obligation that need not be met, who said so, and why. Taken back, it stays readable."""

    number = models.TextField(unique=True, default=new_number)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="waivers"
    )
    code = models.TextField()
    due_on = models.DateField()
    reason = models.TextField()
    waived_at = models.DateTimeField()
    waived_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)
    ended_reason = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_waiver"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_obligation_is_waived_once",
                fields=["patient", "code", "due_on"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(name="a_waiver_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="an_ended_waiver_says_by_whom_and_why",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_reason__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_reason__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"waiver {self.number}"
