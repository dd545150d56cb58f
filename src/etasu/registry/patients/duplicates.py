"""Records that may be about one person: found when one is made, and compared by somebody."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.patients.models import DuplicateReview, Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.patients.revisions import note_change
from etasu.safe_use.contacts import phone_digits


class Known(NamedTuple):
    """What is compared of a person; empty where nothing is known."""

    name: str
    telephone: str
    email: str


class Candidate(NamedTuple):
    """Somebody on record who may be the same person, and by what."""

    patient: Patient
    shared: tuple[str, ...]


def review_new(patients: Sequence[Patient], *, by: Actor, at: datetime) -> list[DuplicateReview]:
    """Open a review for each pair of these and those on record that may be one person.

    A pair that was compared before, or is being compared, is not asked about again.
    """
    opened = []
    for program in sorted({each.program for each in patients}):
        new = [each for each in patients if each.program == program]
        births = {each.birth_date for each in new if each.birth_date is not None}
        by_birth: dict[date | None, list[Patient]] = {}
        for known in _born_on(program, births).order_by("pk"):
            by_birth.setdefault(known.birth_date, []).append(known)
        for patient in new:
            others = [k for k in by_birth.get(patient.birth_date, ()) if k.pk < patient.pk]
            for found in _alike(_known_of(patient), others):
                opened += open_review(found.patient, patient, found.shared, by=by, at=at)
    return opened


def open_review(
    one: Patient,
    other: Patient,
    shared: Sequence[str],
    *,
    blocks_both: bool = False,
    by: Actor,
    at: datetime,
) -> list[DuplicateReview]:
    """A review of these two, if none is open and nobody has told them apart; otherwise nothing.

    Until it is decided, no gate says yes where facts of one may be in the other.
    """
    older, newer = sorted((answered_for(one), answered_for(other)), key=lambda each: each.pk)
    if older.pk == newer.pk:
        return []
    with transaction.atomic():
        lock_records(older, newer)
        review, is_new = DuplicateReview.objects.get_or_create(
            older=older,
            newer=newer,
            undone_at=None,
            defaults={
                "program": older.program,
                "shared": list(shared),
                "blocks_both": blocks_both,
                "opened_at": at,
                "opened_by": by.number,
            },
        )
        if not is_new:
            return []
        for each in (older, newer):
            note_change(each)
            note_review("patient.review_opened", each, review, by, at)
    return [review]


def open_reviews(program: str) -> QuerySet[DuplicateReview]:
    """What waits to be compared, oldest first."""
    found = DuplicateReview.objects.filter(program=program, decided_at__isnull=True)
    return found.select_related("older", "newer").order_by("opened_at", "id")


def decided_reviews(program: str, limit: int = 50) -> QuerySet[DuplicateReview]:
    """What was compared, the newest first."""
    found = DuplicateReview.objects.filter(program=program, decided_at__isnull=False)
    return found.select_related("older", "newer").order_by("-decided_at", "-id")[:limit]


def review_by_number(number: str, program: str) -> DuplicateReview | None:
    """The review of that number in the program, or None."""
    found = DuplicateReview.objects.filter(number=number, program=program)
    return found.select_related("older__prescriber", "newer__prescriber", "survivor").first()


def reviews_of(patient: Patient) -> QuerySet[DuplicateReview]:
    """Every review a patient's own record is in, open ones first."""
    found = DuplicateReview.objects.filter(Q(older=patient) | Q(newer=patient))
    return found.select_related("older", "newer").order_by("-opened_at", "-id")


def lock_records(one: Patient, other: Patient) -> dict[int, Patient]:
    """Both records, locked in one order so that nobody waits in a circle."""
    found = Patient.objects.select_for_update().filter(pk__in=[one.pk, other.pk])
    return {each.pk: each for each in found.order_by("pk")}


def note_review(
    verb: str,
    patient: Patient,
    review: DuplicateReview,
    by: Actor,
    at: datetime,
    **more: str | None,
) -> None:
    """Note in the patient's own story what was done about a pair of records."""
    other = review.newer if review.older_id == patient.pk else review.older
    detail = {"review": review.number, "other": other.number, **more}
    audit.record(verb, subject=("patient", patient.number), by=by, at=at, detail=detail)


def told_name(told: Mapping[str, str]) -> str:
    """First and last name, or the name given in one."""
    parts = (told.get("patient_first_name", ""), told.get("patient_last_name", ""))
    return " ".join(part for part in parts if part) or told.get("patient_name", "")


def _born_on(program: str, births: Iterable[date]) -> QuerySet[Patient]:
    found = Patient.objects.filter(program=program, birth_date__in=list(births))
    return found.select_related("prescriber", "merged_into")


def _alike(said: Known, among: Iterable[Patient]) -> list[Candidate]:
    """Those of the same birth date who share more than that, each answered for once."""
    found: dict[int, Candidate] = {}
    for each in among:
        shared = _shared(_known_of(each), said)
        if shared:
            survivor = answered_for(each)
            found.setdefault(survivor.pk, Candidate(survivor, ("birth date", *shared)))
    return list(found.values())


def _known_of(patient: Patient) -> Known:
    return Known(patient.full_name, patient.telephone, patient.email)


def _shared(ours: Known, theirs: Known) -> tuple[str, ...]:
    pairs = (
        ("name", _folded(ours.name), _folded(theirs.name)),
        ("telephone", phone_digits(ours.telephone), phone_digits(theirs.telephone)),
        ("email", ours.email.casefold(), theirs.email.casefold()),
    )
    return tuple(what for what, one, other in pairs if one and one == other)


def _folded(name: str) -> str:
    """A name without accents, case, order of its parts, and anything that is not a letter."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(char if char.isalpha() else " " for char in plain if not _is_mark(char))
    return " ".join(sorted(letters.split()))


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) == "Mn"
