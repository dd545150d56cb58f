"""Messages as the portals and the clock read them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from etasu.registry.accounts.models import User
from etasu.registry.notices.models import Notice

MOST_COUNTED = 99


def inbox(
    user: User, at: datetime, limit: int = 100, older_than: Notice | None = None
) -> QuerySet[Notice]:
    """The person's messages that are due, newest first; after one of them when it is given."""
    found = _listed(user, at)
    if older_than is not None:
        same = Q(due=older_than.due, pk__lt=older_than.pk)
        found = found.filter(Q(due__lt=older_than.due) | same)
    return found.order_by("-due", "-id")[:limit]


def notice_of(user: User, number: str, at: datetime) -> Notice | None:
    """One of the person's own messages, or None."""
    return _listed(user, at).filter(number=number).first()


def how_many_unread(user: User, at: datetime) -> int:
    """How many messages the person has not opened; counted up to 99."""
    return _listed(user, at).filter(read_at__isnull=True)[:MOST_COUNTED].count()


def undelivered(program: str, limit: int = 200) -> QuerySet[Notice]:
    """The program's messages that were given up, newest first."""
    found = Notice.objects.filter(program=program, state=Notice.State.FAILED)
    return found.select_related("recipient").order_by("-closed_at", "-id")[:limit]


def given_up(program: str, number: str) -> Notice | None:
    """One of the program's messages that were given up, or None."""
    found = Notice.objects.filter(program=program, state=Notice.State.FAILED, number=number)
    return found.select_related("recipient").first()


def how_many_waiting(at: datetime) -> dict[str, int]:
    """How many messages are overdue to be sent, and how many given up are to be looked at."""
    late = Notice.objects.filter(state__in=[Notice.State.QUEUED, Notice.State.SENDING], due__lte=at)
    return {
        "waiting": late.count(),
        "to_look_at": Notice.objects.filter(state=Notice.State.FAILED).count(),
    }


def told_about(subject: str, codes: Collection[str] = ()) -> QuerySet[Notice]:
    """Every message about a participant, patient or authorization, in the order queued."""
    found = Notice.objects.filter(subject=subject)
    return (found.filter(code__in=codes) if codes else found).order_by("id")


def _listed(user: User, at: datetime) -> QuerySet[Notice]:
    found = Notice.objects.filter(recipient=user, due__lte=at)
    return found.exclude(state=Notice.State.CANCELED)
