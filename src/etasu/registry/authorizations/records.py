"""Two records that may be one person, seen from the gates: what follows for authorizations.

Whatever was opened on the facts of one record alone is asked for again on the facts of both.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations.identity import is_in_question
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.authorizations.taking_back import take_back
from etasu.registry.monitoring.handing_on import hand_on_reminders
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.relooking import records_changed
from etasu.registry.patients import duplicates, merging
from etasu.registry.patients.models import DuplicateReview, Hold, Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.models import (
    CourseEnd,
    DayEntry,
    Dispense,
    Infusion,
    VialEntry,
)


def look_for_duplicates(
    patients: Sequence[Patient], *, by: Actor, at: datetime
) -> list[DuplicateReview]:
    """Open a review for each pair that may be one person; what is in question opens nothing."""
    with transaction.atomic():
        opened = duplicates.review_new(patients, by=by, at=at)
        for review in opened:
            _shut([review.older, review.newer], by=by, at=at)
    return opened


def compare_records(
    one: Patient, other: Patient, *, by: Actor, at: datetime
) -> DuplicateReview | None:
    """Somebody suspects that these two are one person. None when they were told apart before."""
    with transaction.atomic():
        opened = duplicates.open_review(one, other, ["asked"], by=by, at=at)
        for review in opened:
            _shut([review.older, review.newer], by=by, at=at)
    if opened:
        return opened[0]
    found = duplicates.reviews_of(answered_for(one)).filter(decided_at__isnull=True)
    pair = {answered_for(one).pk, answered_for(other).pk}
    return next((each for each in found if {each.older_id, each.newer_id} == pair), None)


def records_merged(
    review: DuplicateReview, survivor: Patient, *, reason: str, by: Actor, at: datetime
) -> DuplicateReview:
    """Merge two records and take back what was open for use on the facts of one alone.

    Raises DecidedAlready or NotMergeable.
    """
    with transaction.atomic():
        decided = merging.merge(review, survivor, reason=reason, by=by, at=at)
        _take_back([review.older, review.newer], "records merged", by=by, at=at)
        records_changed(survivor, by=by, at=at)
        merged = decided.newer if decided.older_id == survivor.pk else decided.older
        hand_on_reminders(merged, survivor, by=by, at=at)
    return decided


def records_told_apart(
    review: DuplicateReview, *, reason: str, by: Actor, at: datetime
) -> DuplicateReview:
    """They are two people; each is decided about by itself again. Raises DecidedAlready."""
    return merging.keep_apart(review, reason=reason, by=by, at=at)


def records_unmerged(
    review: DuplicateReview, *, reason: str, by: Actor, at: datetime
) -> DuplicateReview:
    """Make two records of one again; what was open for use on the facts of both is taken back.

    When anything was recorded meanwhile, a new review keeps the gates shut. Raises DecidedAlready.
    """
    with transaction.atomic():
        pair = [review.older, review.newer]
        doubt = is_recorded_since(review)
        undone = merging.unmerge(review, leaves_doubt=doubt, reason=reason, by=by, at=at)
        _take_back(pair, "records are two again", by=by, at=at)
        records_changed(*pair, by=by, at=at)
    return undone


def is_recorded_since(review: DuplicateReview) -> bool:
    """Whether anything was recorded about either since the two were merged."""
    since = review.decided_at
    if since is None:
        return False
    pair = [review.older_id, review.newer_id]
    return any(
        (
            *(
                table.objects.filter(patient__in=pair, recorded_at__gt=since).exists()
                for table in (Infusion, DayEntry, VialEntry, CourseEnd)
            ),
            Dispense.objects.filter(patient__in=pair, recorded_at__gt=since).exists(),
            Result.objects.filter(patient__in=pair, recorded_at__gt=since).exists(),
            Hold.objects.filter(patient__in=pair, opened_at__gt=since).exists(),
            Authorization.objects.filter(
                decision__in=Decision.objects.filter(patient__in=pair, asked_at__gt=since)
            ).exists(),
            SignedForm.objects.filter(
                subject_kind="patient", subject_id__in=pair, signed_at__gt=since
            ).exists(),
        )
    )


def _shut(patients: Collection[Patient], *, by: Actor, at: datetime) -> None:
    in_question = [each for each in patients if is_in_question(each)]
    _take_back(in_question, "records are being compared", by=by, at=at)


def _take_back(patients: Collection[Patient], reason: str, *, by: Actor, at: datetime) -> None:
    found = Authorization.objects.filter(patient__in=patients)
    take_back(found, reason, keep_steps=True, by=by, at=at)
