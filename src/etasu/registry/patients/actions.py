"""Enrolling patients, ending enrollment, and holding treatment back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.delegation import HOLD, check_may
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Hold, Patient
from etasu.registry.patients.revisions import lock_patient, note_change


def enroll_patient(
    program: str,
    full_name: str,
    *,
    prescriber: Participant,
    enrolled_on: date,
    by: Actor,
    at: datetime,
    **details: Any,
) -> Patient:
    """A new patient of a prescriber, enrolled from that day."""
    with transaction.atomic():
        patient = Patient.objects.create(
            program=program,
            full_name=full_name,
            prescriber=prescriber,
            enrolled_on=enrolled_on,
            registered_at=at,
            registered_by=by.number,
            **details,
        )
        detail = {"prescriber": prescriber.number, "on": enrolled_on.isoformat()}
        audit.record(
            "patient.enrolled", subject=("patient", patient.number), by=by, at=at, detail=detail
        )
    return patient


def end_enrollment(patient: Patient, *, on: date, reason: str, by: Actor, at: datetime) -> Patient:
    """End the enrollment from that day on. Everything recorded stays."""
    with transaction.atomic():
        locked = lock_patient(patient)
        locked.ended_on, locked.end_reason = on, reason
        locked.revision += 1
        locked.save()
        audit.record(
            "patient.enrollment_ended",
            subject=("patient", locked.number),
            by=by,
            at=at,
            detail={"on": on.isoformat(), "reason": reason},
        )
    return locked


def open_hold(
    patient: Patient, code: str, *, reason: str, on: date, by: Actor, at: datetime
) -> Hold:
    """Hold the patient's treatment back until the hold is closed. Every gate sees it at once.

    A hold of the same code that is open already is the one. No delegate opens one.
    """
    check_may(by, HOLD)
    with transaction.atomic():
        locked = lock_patient(patient)
        known = Hold.objects.filter(patient=locked, code=code, closed_at__isnull=True).first()
        if known is not None:
            return known
        hold = Hold.objects.create(
            patient=locked,
            code=code,
            reason=reason,
            opened_on=on,
            opened_at=at,
            opened_by=by.number,
        )
        note_change(locked)
        audit.record(
            "hold.opened",
            subject=("patient", locked.number),
            by=by,
            at=at,
            detail={"hold": code, "on": on.isoformat()},
        )
    return hold


def close_hold(hold: Hold, *, reason: str, by: Actor, at: datetime) -> Hold:
    """Close a hold, saying why treatment may go on; one already closed stays as it is.

    No delegate closes one.
    """
    check_may(by, HOLD)
    with transaction.atomic():
        patient = lock_patient(hold.patient)
        hold.refresh_from_db()
        if hold.closed_at is not None:
            return hold
        hold.closed_at, hold.closed_by, hold.closed_reason = at, by.number, reason
        hold.save(update_fields=["closed_at", "closed_by", "closed_reason"])
        note_change(patient)
        audit.record(
            "hold.closed",
            subject=("patient", patient.number),
            by=by,
            at=at,
            detail={"hold": hold.code, "reason": reason},
        )
    return hold
