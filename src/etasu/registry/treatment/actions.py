"""Recording what happened. These verbs never ask a gate and never refuse a true event."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.patients.revisions import lock_patient, note_change
from etasu.registry.treatment.facts import infusions_of
from etasu.registry.treatment.models import Course, Dispense, Infusion


class AlreadyRecorded(Exception):
    """The same infusion day is on record; `infusion` is the entry."""

    def __init__(self, infusion: Infusion) -> None:
        super().__init__("an infusion on this day is already recorded")
        self.infusion = infusion


def record_infusion(
    patient: Patient,
    *,
    course: int,
    given_on: date,
    facility: Participant | None,
    authorization_number: str | None,
    by: Actor,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> Infusion:
    """Record an infusion that was given, authorized or not.

    Raises AlreadyRecorded when this day is on record, so that nothing is recorded twice.
    """
    with transaction.atomic():
        locked = lock_patient(patient)
        known = infusions_of(locked).filter(given_on=given_on).first()
        if known is not None:
            raise AlreadyRecorded(known)
        Course.objects.get_or_create(
            patient=locked,
            course=course,
            defaults={"began_on": given_on, "recorded_at": at, "recorded_by": by.number},
        )
        infusion = Infusion.objects.create(
            patient=locked,
            course=course,
            given_on=given_on,
            facility=facility,
            authorization_number=authorization_number,
            detail=detail or {},
            recorded_at=at,
            recorded_by=by.number,
        )
        note_change(locked)
        _note("infusion.recorded", locked, by, at, _infusion_detail(infusion))
    return infusion


def strike_infusion(infusion: Infusion, *, reason: str, by: Actor, at: datetime) -> Infusion:
    """Take back a mistaken entry; it stays readable, with who and why."""
    with transaction.atomic():
        patient = lock_patient(infusion.patient)
        infusion.struck_at, infusion.struck_by, infusion.struck_reason = at, by.number, reason
        infusion.save(update_fields=["struck_at", "struck_by", "struck_reason"])
        note_change(patient)
        _note("infusion.struck", patient, by, at, _infusion_detail(infusion) | {"reason": reason})
    return infusion


def record_dispense(
    patient: Patient,
    *,
    units: int,
    dispensed_on: date,
    pharmacy: Participant | None,
    course: int | None,
    authorization_number: str | None,
    by: Actor,
    at: datetime,
) -> Dispense:
    """Record product that was handed over or shipped, authorized or not."""
    with transaction.atomic():
        locked = lock_patient(patient)
        dispense = Dispense.objects.create(
            patient=locked,
            course=course,
            dispensed_on=dispensed_on,
            units=units,
            pharmacy=pharmacy,
            authorization_number=authorization_number,
            recorded_at=at,
            recorded_by=by.number,
        )
        note_change(locked)
        detail = {"units": units, "on": dispensed_on.isoformat(), "number": dispense.number}
        _note("dispense.recorded", locked, by, at, detail)
    return dispense


def _infusion_detail(infusion: Infusion) -> dict[str, Any]:
    return {
        "number": infusion.number,
        "course": infusion.course,
        "on": infusion.given_on.isoformat(),
        "authorization": infusion.authorization_number,
        "facility": infusion.facility.number if infusion.facility else None,
    }


def _note(verb: str, patient: Patient, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    audit.record(verb, subject=("patient", patient.number), by=by, at=at, detail=detail)
