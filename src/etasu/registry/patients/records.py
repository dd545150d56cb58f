"""Which records are one person: a record that is answered for, and those merged into it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from etasu.registry.patients.models import Patient


def records_behind(patient: Patient) -> QuerySet[Patient, Any]:
    """The ids of a patient's own record and of those merged into it, to be asked for in one go."""
    return Patient.objects.filter(Q(pk=patient.pk) | Q(merged_into=patient.pk)).values("pk")


def ids_behind(patient: Patient) -> set[int]:
    """The ids of a patient's own record and of those merged into it."""
    return set(records_behind(patient).values_list("pk", flat=True))


def numbers_behind(patient: Patient) -> list[str]:
    """The numbers the patient goes by, the own one first."""
    merged = Patient.objects.filter(merged_into=patient.pk).order_by("pk")
    return [patient.number, *merged.values_list("number", flat=True)]


def owners_of(patients: Collection[Patient]) -> dict[int, int]:
    """For each record behind these patients, by id, the patient who is answered for."""
    ids = [patient.pk for patient in patients]
    found = Patient.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids))
    return dict(found.values_list("pk", Coalesce(F("merged_into"), F("pk"))))


def answered_for(patient: Patient) -> Patient:
    """The record that is answered for: the patient's own, or the one it was merged into."""
    return patient if patient.merged_into is None else patient.merged_into
