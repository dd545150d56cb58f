"""Keeping results."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.models import Result
from etasu.registry.patients.models import Patient
from etasu.registry.patients.revisions import lock_patient, note_change


def record_result(
    patient: Patient,
    test: str,
    *,
    collected_on: date,
    value: str | None,
    unit: str | None,
    by: Actor,
    at: datetime,
    channel: str = "web",
    replaces: Result | None = None,
) -> Result:
    """Keep one final result; with `replaces`, it takes the place of a mistaken one."""
    with transaction.atomic():
        locked = lock_patient(patient)
        result = Result.objects.create(
            patient=locked,
            test=test,
            collected_on=collected_on,
            value=value,
            unit=unit,
            channel=channel,
            recorded_at=at,
            recorded_by=by.number,
        )
        if replaces is not None:
            replaces.replaced_at, replaces.replaced_by = at, by.number
            replaces.save(update_fields=["replaced_at", "replaced_by"])
        note_change(locked)
        audit.record(
            "result.corrected" if replaces else "result.recorded",
            subject=("patient", locked.number),
            by=by,
            at=at,
            detail={"test": test, "on": collected_on.isoformat(), "result": result.pk},
        )
    return result
