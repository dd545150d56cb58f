"""What is on record about patients."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet

from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Participant
from etasu.registry.participants.visibility import patients_seen_by
from etasu.registry.patients.models import Hold, Patient
from etasu.registry.patients.records import answered_for, owners_of, records_behind
from etasu.registry.submissions.facts import Choice, choices_of

# A merged record is not listed: it is found through the one that is answered for.
_ANSWERED_FOR = Patient.objects.filter(merged_into__isnull=True)


def patient_by_number(number: str, program: str) -> Patient | None:
    """The patient of that number in the program, or None.

    The number of a merged record leads to the one that is answered for.
    """
    found = Patient.objects.filter(number=number, program=program)
    known = found.select_related("prescriber", "merged_into__prescriber").first()
    return answered_for(known) if known is not None else None


def patient_of_subject(kind: str, subject_id: int | None) -> Patient | None:
    """The patient a form or a link is about; None when it is about nobody on record, or another."""
    if kind != "patient" or subject_id is None:
        return None
    known = Patient.objects.filter(pk=subject_id).select_related("merged_into").first()
    return answered_for(known) if known is not None else None


def patients_reached_at(email: str, limit: int = 5) -> list[Patient]:
    """The patients whose e-mail address this is, whatever the program, newest first."""
    if not email.strip():
        return []
    found = Patient.objects.filter(email__iexact=email.strip()).select_related("merged_into")
    people = {each.pk: each for each in map(answered_for, found.order_by("-pk"))}
    return list(people.values())[:limit]


def choices_of_patient(patient: Patient, on: date) -> list[Choice]:
    """What the program asks the patient leave for, and what they allowed, on any record."""
    records = Patient.objects.filter(pk__in=records_behind(patient)).values_list("pk", flat=True)
    return choices_of(patient.program, "patient", list(records), on)


def patients_of(prescriber_id: int, limit: int = 200) -> QuerySet[Patient]:
    """The patients of one prescriber, by name."""
    mine = _ANSWERED_FOR.filter(prescriber_id=prescriber_id)
    return mine.order_by("full_name", "id")[:limit]


def patients_seen(asker: Asker, words: str = "", limit: int = 200) -> QuerySet[Patient]:
    """The patients somebody may find listed, by name; with words, those they fit."""
    seen = _ANSWERED_FOR.filter(patients_seen_by(asker))
    words = words.strip()
    if words:
        seen = seen.filter(Q(full_name__icontains=words) | Q(number__iexact=words))
    return seen.select_related("prescriber").order_by("full_name", "id")[:limit]


def prescribers_of_patients_seen(asker: Asker, limit: int = 200) -> QuerySet[Participant]:
    """The prescribers of the patients somebody may find listed, by name."""
    seen = _ANSWERED_FOR.filter(patients_seen_by(asker)).values("prescriber")
    return Participant.objects.filter(pk__in=seen).order_by("name", "id")[:limit]


def patient_seen(asker: Asker, number: str) -> Patient | None:
    """The patient of that number, if the asker may find them listed; otherwise None."""
    known = patient_by_number(number, asker.program)
    if known is None:
        return None
    seen = Patient.objects.filter(patients_seen_by(asker), pk=known.pk)
    return seen.select_related("prescriber").first()


def search_patients(program: str, words: str, limit: int = 50) -> QuerySet[Patient]:
    """Patients whose name holds the words or whose number they are, by name."""
    words = words.strip()
    found = Q(full_name__icontains=words) | Q(number__iexact=words)
    merged = Patient.objects.filter(found, program=program).values("merged_into")
    known = _ANSWERED_FOR.filter(found | Q(pk__in=merged), program=program)
    return known.order_by("full_name", "id")[:limit]


def patients_called(program: str, name: str) -> QuerySet[Patient]:
    """Patients with exactly this name, or this first name, however it is capitalized."""
    called = Q(full_name__iexact=name) | Q(full_name__istartswith=f"{name} ")
    return _ANSWERED_FOR.filter(called, program=program)


def search_own_patients(prescriber_id: int, words: str, limit: int = 200) -> QuerySet[Patient]:
    """The prescriber's patients whose name holds the words or whose number they are, by name."""
    words = words.strip()
    found = Q(full_name__icontains=words) | Q(number__iexact=words)
    mine = _ANSWERED_FOR.filter(found, prescriber_id=prescriber_id)
    return mine.order_by("full_name", "id")[:limit]


def holds_of(patient: Patient) -> QuerySet[Hold]:
    """Every hold of the patient, the open ones first, then the newest."""
    found = Hold.objects.filter(patient__in=records_behind(patient))
    return found.order_by(F("closed_at").desc(nulls_first=True), "-opened_at", "-id")


def patients_on_hold(patients: Collection[Patient]) -> set[int]:
    """The ids of those patients who have an open hold."""
    owners = owners_of(patients)
    found = Hold.objects.filter(patient__in=owners, closed_at__isnull=True)
    return {owners[held] for held in found.values_list("patient_id", flat=True)}


def patient_record(patient: Patient) -> dict[str, Any]:
    """The patient as a facts record has it, with the holds now open."""
    holds = holds_of(patient).filter(closed_at__isnull=True).order_by("opened_on", "id")
    return {
        "id": patient.number,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "enrolled_on": patient.enrolled_on.isoformat() if patient.enrolled_on else None,
        "ended_on": patient.ended_on.isoformat() if patient.ended_on else None,
        "end_reason": patient.end_reason,
        "attributes": patient.attributes,
        "holds": [{"code": h.code, "opened_on": h.opened_on.isoformat()} for h in holds],
    }
