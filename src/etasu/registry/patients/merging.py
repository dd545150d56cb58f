"""Two records of one person become one that is answered for, and can be two again.

Nothing is rewritten and nothing deleted: the one record points at the other, and whoever asks about
either reads the facts of both. Doors call the reactions of the same names, which also take back
what was authorized on the facts of one record alone.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.patients.duplicates import lock_records, note_review, open_review
from etasu.registry.patients.models import DuplicateReview, Patient, Verdict
from etasu.registry.patients.revisions import note_change


class DecidedAlready(ValueError):
    """Somebody has compared the two records meanwhile."""


class NotMergeable(ValueError):
    """One of the two is merged with a third record; merge into the one answered for instead."""


def keep_apart(review: DuplicateReview, *, reason: str, by: Actor, at: datetime) -> DuplicateReview:
    """They are two people. It is remembered, and nobody is asked about these two again."""
    with transaction.atomic():
        locked = _undecided(review)
        lock_records(locked.older, locked.newer)
        _decide(locked, Verdict.DIFFERENT, reason, by, at)
        for each in (locked.older, locked.newer):
            note_change(each)
            note_review("patient.told_apart", each, locked, by, at, reason=reason)
    return locked


def merge(
    review: DuplicateReview, survivor: Patient, *, reason: str, by: Actor, at: datetime
) -> DuplicateReview:
    """They are one person, who is answered for by the surviving record from now on.

    Raises NotMergeable when the other one stands for a third, or the survivor for none.
    """
    with transaction.atomic():
        locked = _undecided(review)
        pair = lock_records(locked.older, locked.newer)
        kept = pair[survivor.pk]
        merged = next(each for each in pair.values() if each.pk != kept.pk)
        if kept.merged_into_id or merged.merged_into_id or merged.records.exists():
            raise NotMergeable
        merged.merged_into, merged.merged_at, merged.merged_by = kept, at, by.number
        merged.save(update_fields=["merged_into", "merged_at", "merged_by"])
        locked.survivor = kept
        _decide(locked, Verdict.SAME, reason, by, at)
        note_change(merged)
        for each in (kept, merged):
            note_review("patient.merged", each, locked, by, at, into=kept.number, reason=reason)
    return locked


def unmerge(
    review: DuplicateReview, *, leaves_doubt: bool, reason: str, by: Actor, at: datetime
) -> DuplicateReview:
    """They are two people after all: each record is what it was, with what it holds itself.

    `leaves_doubt` when something was recorded while they were one: then nobody knows yet whose it
    is, and a new review keeps every gate shut for both until somebody has sorted it out.
    """
    with transaction.atomic():
        locked = DuplicateReview.objects.select_for_update().get(pk=review.pk)
        if locked.verdict != Verdict.SAME or locked.undone_at is not None:
            raise DecidedAlready
        pair = lock_records(locked.older, locked.newer)
        merged = next(each for each in pair.values() if each.pk != locked.survivor_id)
        note_change(merged)
        merged.merged_into = merged.merged_at = merged.merged_by = None
        merged.save(update_fields=["merged_into", "merged_at", "merged_by"])
        locked.undone_at, locked.undone_by, locked.undone_reason = at, by.number, reason
        locked.save()
        for each in pair.values():
            note_review("patient.unmerged", each, locked, by, at, reason=reason)
        older, newer = pair[locked.older_id], pair[locked.newer_id]
        opened = open_review(older, newer, locked.shared, blocks_both=leaves_doubt, by=by, at=at)
        # What undoing a merge says of the two is remembered, so that nobody is asked again.
        for again in opened if not leaves_doubt else ():
            _decide(again, Verdict.DIFFERENT, reason, by, at)
    return locked


def _undecided(review: DuplicateReview) -> DuplicateReview:
    found = DuplicateReview.objects.select_for_update(of=("self",))
    locked = found.select_related("older", "newer").get(pk=review.pk)
    if locked.decided_at is not None:
        raise DecidedAlready
    return locked


def _decide(
    review: DuplicateReview, verdict: Verdict, reason: str, by: Actor, at: datetime
) -> None:
    review.decided_at, review.decided_by = at, by.number
    review.verdict, review.reason = verdict, reason
    review.save()
