"""Reminders as portals read them: what was said to a patient, and what reached nobody."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from etasu.registry.notices.models import Reminder


def said_to(persons: Collection[str], limit: int = 100) -> QuerySet[Reminder]:
    """What was said to a patient, by the numbers of all their records, newest first."""
    return Reminder.objects.filter(person__in=persons).order_by("-queued_at", "-id")[:limit]


def said_on(occasion: str, persons: Collection[str]) -> Reminder | None:
    """What was said to a patient last on an occasion, or on one that begins so; None if nothing."""
    found = Reminder.objects.filter(person__in=persons, occasion__startswith=occasion)
    return found.order_by("-queued_at", "-id").first()


def reached_nobody(program: str, limit: int = 200) -> QuerySet[Reminder]:
    """The program's reminders that failed by every channel there was, newest first."""
    instead = Reminder.objects.filter(instead_of=OuterRef("pk"))
    found = Reminder.objects.filter(~Exists(instead), program=program, state="failed")
    return found.order_by("-closed_at", "-id")[:limit]
