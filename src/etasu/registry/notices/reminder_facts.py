"""Reminders as portals read them: what was said to a patient, and what reached nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from etasu.registry.audit.heartbeats import Pulse
from etasu.registry.notices.models import Reminder
from etasu.registry.notices.provider_codes import FOLDER
from etasu.registry.notices.reminders import QUIET_HOURS, TOO_MANY
from etasu.safe_use.reminding import SMS

# Providers give up on a telephone that is off after two or three days, and say so.
RECEIPT_WITHIN = timedelta(hours=72)
# A provider that takes nothing for so long is no hiccup.
WITHOUT_PROVIDER = timedelta(minutes=15)
# As what the worker says with its signs of life how many texts wait for that.
WAITING_FOR_PROVIDER = "waiting_for_provider"


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


def never_confirmed(program: str, at: datetime, limit: int = 200) -> QuerySet[Reminder]:
    """The program's text messages a provider took and said no more of, newest first.

    Those older than 72 hours, unless a later one is known to have reached the same telephone.
    """
    later = Reminder.objects.filter(
        person=OuterRef("person"),
        address=OuterRef("address"),
        state=Reminder.State.DELIVERED,
        handed_over_at__gt=OuterRef("handed_over_at"),
    )
    found = Reminder.objects.filter(
        ~Exists(later),
        program=program,
        channel=SMS,
        state=Reminder.State.HANDED_OVER,
        handed_over_at__lte=at - RECEIPT_WITHIN,
    ).exclude(provider=FOLDER)
    return found.order_by("-handed_over_at", "-id")[:limit]


def how_many_wait_for_a_provider(at: datetime) -> int:
    """How many text messages nobody has taken for a quarter of an hour, of all programs.

    Those that wait for another hour or day by now are not among them.
    """
    waiting = Reminder.objects.filter(
        state=Reminder.State.WAITING, channel=SMS, first_try__lte=at - WITHOUT_PROVIDER
    )
    return waiting.exclude(reason__in=[QUIET_HOURS, TOO_MANY]).count()


def said_to_wait_for_a_provider(pulses: Iterable[Pulse]) -> int:
    """How many text messages waited for a provider when the worker last said so."""
    return sum(int(each.said.get(WAITING_FOR_PROVIDER, 0)) for each in pulses)
