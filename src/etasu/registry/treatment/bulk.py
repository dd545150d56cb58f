"""Infusions that happened under another administrator, many at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import Told, insert_all, record_all
from etasu.registry.audit.origins import Source
from etasu.registry.participants.models import Participant
from etasu.registry.patients.bulk import count_changes
from etasu.registry.patients.models import Patient
from etasu.registry.treatment.models import Course, Infusion


class InfusionToCarry(NamedTuple):
    """An infusion day; `authorization` is the number the former administrator gave it, if known."""

    patient: Patient
    course: int
    given_on: date
    facility: Participant | None
    authorization: str


def carry_over_infusions(
    carried: Sequence[InfusionToCarry], source: Source, *, by: Actor, at: datetime
) -> list[Infusion]:
    """Each as it was given, and the courses they belong to. Nothing follows from them here.

    Whether they were authorized was for the former administrator to see to.
    """
    made = [
        Infusion(
            patient=each.patient,
            course=each.course,
            given_on=each.given_on,
            facility=each.facility,
            detail=_detail(each, source),
            recorded_at=at,
            recorded_by=by.number,
        )
        for each in carried
    ]
    with transaction.atomic():
        count_changes({each.patient.pk for each in carried})
        _begin_courses(carried, by, at)
        insert_all(made)
        record_all((_told(infusion, source) for infusion in made), by=by, at=at)
    return made


def infusion_days(patients: Collection[Patient]) -> set[tuple[int, date]]:
    """The days on which these patients have an infusion on record, with the patient's id."""
    found = Infusion.objects.filter(patient__in=patients, struck_at__isnull=True)
    return set(found.values_list("patient_id", "given_on"))


def _begin_courses(carried: Sequence[InfusionToCarry], by: Actor, at: datetime) -> None:
    began: dict[tuple[int, int], date] = {}
    for each in carried:
        place = (each.patient.pk, each.course)
        began[place] = min(each.given_on, began.get(place, each.given_on))
    known = Course.objects.filter(patient__in={patient for patient, _ in began})
    there = set(known.values_list("patient_id", "course"))
    insert_all(
        [
            Course(
                patient_id=patient,
                course=course,
                began_on=day,
                recorded_at=at,
                recorded_by=by.number,
            )
            for (patient, course), day in began.items()
            if (patient, course) not in there
        ]
    )


def _detail(carried: InfusionToCarry, source: Source) -> dict[str, str]:
    said = {"carried_over_from": source.administrator}
    return {**said, "authorization": carried.authorization} if carried.authorization else said


def _told(infusion: Infusion, source: Source) -> Told:
    detail = {
        "number": infusion.number,
        "course": infusion.course,
        "on": infusion.given_on.isoformat(),
        "facility": infusion.facility.number if infusion.facility else None,
        **source.note(),
    }
    return Told("infusion.carried_over", "patient", infusion.patient.number, detail)
