"""Private calendars: an address nobody can guess, and what was said there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number


class CalendarFeed(models.Model):
    """A calendar a patient's devices read. Whoever has its address reads it; ended, nobody does.

    One that a care partner reads has the partner's number as its `holder`; the patient's has none.
    `published` has for each day that was ever said how often it changed, whether it still holds,
    and since when, so that a calendar which took it over is told when it moves.
    """

    number = models.TextField(unique=True, default=new_number)
    person = models.TextField()
    holder = models.TextField(default="", db_default="")
    token_hash = models.TextField(unique=True)
    # How each day is called on a screen others may see; chosen by the patient, empty for ours.
    title = models.TextField(blank=True)
    language = models.TextField()
    published = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "notices_calendar_feed"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_person_has_one_calendar_for_each_reader",
                fields=["person", "holder"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_ended_calendar_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"calendar {self.number}"
