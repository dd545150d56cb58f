"""What was given, as the gate and the portals read it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import QuerySet

from etasu.registry.participants.facts import Asker
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import owners_of, records_behind
from etasu.registry.treatment.models import Dispense, Infusion


def infusions_of(patient: Patient) -> QuerySet[Infusion]:
    """The patient's infusions that stand, oldest first."""
    found = Infusion.objects.filter(patient__in=records_behind(patient), struck_at__isnull=True)
    return found.select_related("facility").order_by("given_on", "id")


def infusions_of_patients(patients: Collection[Patient]) -> dict[int, list[Infusion]]:
    """The infusions that stand of those patients by patient id, oldest first."""
    by_patient: dict[int, list[Infusion]] = {}
    owners = owners_of(patients)
    found = Infusion.objects.filter(patient__in=owners, struck_at__isnull=True)
    for row in found.order_by("given_on", "id"):
        by_patient.setdefault(owners[row.patient_id], []).append(row)
    return by_patient


def infusions_at(facility_id: int, on: date) -> QuerySet[Infusion]:
    """The infusions that stand, given at a facility on one day, in the order recorded."""
    found = Infusion.objects.filter(facility=facility_id, given_on=on, struck_at__isnull=True)
    return found.select_related("patient").order_by("recorded_at", "id")


def is_noted_as_it_went(infusion: Infusion) -> bool:
    """Whether it was noted hour by hour; not written down as a whole, nor carried over."""
    return not {"started_at", "carried_over_from"} & infusion.detail.keys()


def infusion_by_number(number: str, asker: Asker) -> Infusion | None:
    """An infusion recorded for the asker's own participant, or None."""
    if asker.participant_id is None:
        return None
    found = Infusion.objects.filter(
        number=number, facility=asker.participant_id, patient__program=asker.program
    )
    return found.select_related("patient__merged_into", "facility").first()


def dispense_under(authorization_number: str) -> Dispense | None:
    """What was dispensed under an authorization, or None."""
    return Dispense.objects.filter(authorization_number=authorization_number).first()


def infusion_under(authorization_number: str) -> Infusion | None:
    """The infusion given under an authorization, or None."""
    found = Infusion.objects.filter(authorization_number=authorization_number)
    return found.filter(struck_at__isnull=True).first()


def dispenses_of(patient: Patient) -> QuerySet[Dispense]:
    """What was handed over or shipped for the patient, oldest first."""
    found = Dispense.objects.filter(patient__in=records_behind(patient)).select_related("pharmacy")
    return found.order_by("dispensed_on", "id")


def infusion_records(patient: Patient) -> list[dict[str, Any]]:
    """The infusions as a facts record has them, oldest first."""
    rows = infusions_of(patient).values_list("course", "given_on")
    return [{"course": course, "given_on": day.isoformat()} for course, day in rows]
