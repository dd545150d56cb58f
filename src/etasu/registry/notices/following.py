"""A follower of the audit trail: deals with what was done, seal by seal, each seal once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction

from etasu.registry.audit.following import Followed, entries_in, newest_sequence, seals_after
from etasu.registry.notices.models import Bookmark

# What was written down longer ago, as by an import, is history and news to nobody.
NEWS_FOR = timedelta(days=7)
SEALS_AT_ONCE = 50


def follow(
    follower: str, verbs: Collection[str], deal: Callable[[Followed], int], *, at: datetime
) -> int:
    """Deal with what was sealed since the last time; the sum of what `deal` answers.

    A follower that is new begins with what comes next. Nothing when another process follows.
    """
    total, has_more = 0, True
    while has_more:
        with transaction.atomic():
            place = _place(follower)
            seals = seals_after(place.sequence, SEALS_AT_ONCE) if place else []
            for seal in seals:
                entries = entries_in(seal, verbs, at - NEWS_FOR)
                total += sum(deal(each) for each in entries)
            if place is not None and seals:
                place.sequence = seals[-1].sequence
                place.save(update_fields=["sequence"])
        has_more = len(seals) == SEALS_AT_ONCE
    return total


def _place(follower: str) -> Bookmark | None:
    """Where the follower is, held until the transaction ends; None when another one holds it."""
    Bookmark.objects.get_or_create(follower=follower, defaults={"sequence": newest_sequence()})
    held = Bookmark.objects.select_for_update(skip_locked=True)
    return held.filter(follower=follower).first()
