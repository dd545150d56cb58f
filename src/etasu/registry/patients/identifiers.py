"""What others call our patients: identifiers with the authority that gave them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.patients.models import Patient, PatientIdentifier


def is_taken(program: str, authority: str, value: str) -> bool:
    """Whether the identifier is somebody's in the program."""
    found = PatientIdentifier.objects.filter(program=program, authority=authority, value=value)
    return found.filter(ended_at__isnull=True).exists()


def add_identifier(
    patient: Patient, authority: str, value: str, *, by: Actor, at: datetime
) -> PatientIdentifier:
    """Keep that the authority calls the patient so; the database refuses one of somebody else."""
    with transaction.atomic():
        found = PatientIdentifier.objects.create(
            patient=patient, program=patient.program, authority=authority, value=value,
            added_at=at, added_by=by.number,
        )  # fmt: skip
        subject = ("patient", patient.number)
        audit.record(
            "patient.identifier_added", subject=subject, by=by, at=at,
            detail={"authority": authority},
        )  # fmt: skip
    return found


def end_identifier(known: PatientIdentifier, *, by: Actor, at: datetime) -> PatientIdentifier:
    """Say that an identifier is the patient's no more. What came by it stays."""
    with transaction.atomic():
        locked = PatientIdentifier.objects.select_for_update().get(pk=known.pk)
        if locked.ended_at is None:
            locked.ended_at, locked.ended_by = at, by.number
            locked.save(update_fields=["ended_at", "ended_by"])
            subject = ("patient", locked.patient.number)
            detail = {"authority": locked.authority}
            audit.record("patient.identifier_ended", subject=subject, by=by, at=at, detail=detail)
    return locked
