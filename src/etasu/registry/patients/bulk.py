"""Patients of another administrator, enrolled since they were enrolled there, many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Lower

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import AT_ONCE, Told, record_all
from etasu.registry.audit.origins import Source
from etasu.registry.participants.models import Participant
from etasu.registry.patients.duplicates import review_new
from etasu.registry.patients.models import DuplicateReview, Patient


class PatientToCarry(NamedTuple):
    """A patient as the former administrator knew them; `details` are columns of the patient.

    With `is_distinct`, somebody made sure that it is not another patient under another number.
    """

    program: str
    full_name: str
    prescriber: Participant
    enrolled_on: date
    details: Mapping[str, Any]
    is_distinct: bool = False


def carry_over_patients(
    carried: Sequence[PatientToCarry], source: Source, *, by: Actor, at: datetime
) -> list[Patient]:
    """Each enrolled from the day it was; no form is written down that nobody signed here.

    One that may be somebody on record is compared by somebody before any gate says yes, unless
    that was done where it comes from.
    """
    made = [
        Patient(
            program=each.program,
            full_name=each.full_name,
            prescriber=each.prescriber,
            enrolled_on=each.enrolled_on,
            registered_at=at,
            registered_by=by.number,
            **each.details,
        )
        for each in carried
    ]
    with transaction.atomic():
        Patient.objects.bulk_create(made, batch_size=AT_ONCE)
        record_all((_told(patient, source) for patient in made), by=by, at=at)
        unsure = [
            patient for patient, each in zip(made, carried, strict=True) if not each.is_distinct
        ]
        review_new(unsure, by=by, at=at)
    return made


def in_review(patients: Collection[Patient]) -> set[str]:
    """The numbers of those that somebody has yet to compare with a record that was here before."""
    found = DuplicateReview.objects.filter(newer__in=list(patients), decided_at__isnull=True)
    return set(found.values_list("newer__number", flat=True))


def count_changes(patients: Collection[int]) -> None:
    """Count up the revision of patients to whose record something was just added.

    The verbs that added it leave the audit entries.
    """
    survivors = Patient.objects.filter(pk__in=list(patients)).values("merged_into")
    found = Patient.objects.filter(Q(pk__in=list(patients)) | Q(pk__in=survivors)).order_by("pk")
    locked = list(found.select_for_update().values_list("pk", flat=True))
    Patient.objects.filter(pk__in=locked).update(revision=F("revision") + 1)


def patients_by_number(numbers: Collection[str]) -> dict[str, Patient]:
    """The patients of these numbers; others are left out."""
    found = Patient.objects.filter(number__in=list(numbers))
    return {patient.number: patient for patient in found}


def patients_like(
    program: str, names: Collection[str], births: Collection[date]
) -> set[tuple[str, date, str]]:
    """Name in lower case, birth date and ZIP code of patients who may be among those asked for."""
    found = Patient.objects.filter(program=program, birth_date__in=list(births))
    found = found.annotate(folded=Lower("full_name")).filter(folded__in=list(names))
    rows = found.values_list("folded", "birth_date", "zip_code")
    return {(name, birth, zip_code[:5]) for name, birth, zip_code in rows if birth is not None}


def _told(patient: Patient, source: Source) -> Told:
    detail = {
        **source.note(),
        "prescriber": patient.prescriber.number if patient.prescriber else None,
        "on": patient.enrolled_on.isoformat() if patient.enrolled_on else None,
    }
    if patient.ended_on is not None:
        detail["ended_on"] = patient.ended_on.isoformat()
    return Told("patient.carried_over", "patient", patient.number, detail)
