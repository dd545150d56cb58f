"""What is on record about patients."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, Q, QuerySet

from etasu.registry.patients.models import Hold, Patient


def patient_by_number(number: str, program: str) -> Patient | None:
    """The patient of that number in the program, or None."""
    found = Patient.objects.filter(number=number, program=program)
    return found.select_related("prescriber").first()


def patients_of(prescriber_id: int, limit: int = 200) -> QuerySet[Patient]:
    """The patients of one prescriber, by name."""
    return Patient.objects.filter(prescriber_id=prescriber_id).order_by("full_name", "id")[:limit]


def search_patients(program: str, words: str, limit: int = 50) -> QuerySet[Patient]:
    """Patients whose name holds the words or whose number they are, by name."""
    words = words.strip()
    found = Q(full_name__icontains=words) | Q(number__iexact=words)
    return Patient.objects.filter(found, program=program).order_by("full_name", "id")[:limit]


def patients_called(program: str, name: str) -> QuerySet[Patient]:
    """Patients with exactly this name, or this first name, however it is capitalized."""
    called = Q(full_name__iexact=name) | Q(full_name__istartswith=f"{name} ")
    return Patient.objects.filter(called, program=program)


def search_own_patients(prescriber_id: int, words: str, limit: int = 200) -> QuerySet[Patient]:
    """The prescriber's patients whose name holds the words or whose number they are, by name."""
    words = words.strip()
    found = Q(full_name__icontains=words) | Q(number__iexact=words)
    mine = Patient.objects.filter(found, prescriber_id=prescriber_id)
    return mine.order_by("full_name", "id")[:limit]


def holds_of(patient: Patient) -> QuerySet[Hold]:
    """Every hold of the patient, the open ones first, then the newest."""
    return patient.holds.order_by(F("closed_at").desc(nulls_first=True), "-opened_at", "-id")


def patients_on_hold(patients: Collection[Patient]) -> set[int]:
    """The ids of those patients who have an open hold."""
    found = Hold.objects.filter(patient__in=patients, closed_at__isnull=True)
    return set(found.values_list("patient_id", flat=True))


def patient_record(patient: Patient) -> dict[str, Any]:
    """The patient as a facts record has it, with the holds now open."""
    holds = patient.holds.filter(closed_at__isnull=True).order_by("opened_on", "id")
    return {
        "id": patient.number,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "enrolled_on": patient.enrolled_on.isoformat() if patient.enrolled_on else None,
        "ended_on": patient.ended_on.isoformat() if patient.ended_on else None,
        "end_reason": patient.end_reason,
        "attributes": patient.attributes,
        "holds": [{"code": h.code, "opened_on": h.opened_on.isoformat()} for h in holds],
    }
