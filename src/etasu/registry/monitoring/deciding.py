"""What a prescriber decides about monitoring: longer than the program asks, or once not at all."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.models import Extension, Waiver
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import records_behind
from etasu.registry.patients.revisions import lock_patient
from etasu.safe_use.monitoring import LONGEST_EXTENSION, farthest_extension


class NothingToDecide(ValueError):
    """Why a decision is not taken down; the text is for whoever made it."""


def extend_monitoring(
    patient: Patient, *, through: date, reason: str, decided_on: date, by: Actor, at: datetime
) -> Extension:
    """Monitoring goes on through that day at least. It never ends earlier for it.

    Raises NothingToDecide without a reason, for a day that is not to come, or for one so far off
    that it can only be a slip.
    """
    if not reason.strip():
        raise NothingToDecide("say why it is clinically indicated")
    if through <= decided_on:
        raise NothingToDecide("give a day to come")
    if through > farthest_extension(decided_on):
        raise NothingToDecide(f"give a day within {LONGEST_EXTENSION}")
    with transaction.atomic():
        locked = lock_patient(patient)
        made = Extension.objects.create(
            patient=locked,
            through=through,
            reason=reason.strip(),
            decided_on=decided_on,
            decided_at=at,
            decided_by=by.number,
        )
        detail = {"number": made.number, "through": through.isoformat(), "reason": made.reason}
        _note("monitoring.extended", locked, by, at, detail)
    return made


def waive_obligation(
    patient: Patient, code: str, *, due_on: date, reason: str, by: Actor, at: datetime
) -> Waiver:
    """That one obligation need not be met; every other stays as it is.

    Raises NothingToDecide without a reason, or when it is waived already.
    """
    if not reason.strip():
        raise NothingToDecide("say why it need not be done")
    try:
        with transaction.atomic():
            locked = lock_patient(patient)
            made = Waiver.objects.create(
                patient=locked,
                code=code,
                due_on=due_on,
                reason=reason.strip(),
                waived_at=at,
                waived_by=by.number,
            )
            _note("obligation.waived", locked, by, at, _detail(made) | {"reason": made.reason})
    except IntegrityError as error:
        raise NothingToDecide("it is waived already") from error
    return made


def end_waiver(waiver: Waiver, *, reason: str, by: Actor, at: datetime) -> Waiver:
    """The obligation counts again; the waiver stays readable.

    Raises NothingToDecide without a reason, or when it has ended already.
    """
    if not reason.strip():
        raise NothingToDecide("say why it counts again")
    with transaction.atomic():
        locked = lock_patient(waiver.patient)
        kept = Waiver.objects.select_for_update().get(pk=waiver.pk)
        if kept.ended_at is not None:
            raise NothingToDecide("it has ended already")
        kept.ended_at, kept.ended_by, kept.ended_reason = at, by.number, reason.strip()
        kept.save(update_fields=["ended_at", "ended_by", "ended_reason"])
        _note("waiver.ended", locked, by, at, _detail(kept) | {"reason": reason.strip()})
    return kept


def waivers_of(patient: Patient) -> QuerySet[Waiver]:
    """What need not be done, oldest due day first; what counts again is left out."""
    found = Waiver.objects.filter(patient__in=records_behind(patient), ended_at__isnull=True)
    return found.order_by("due_on", "code", "pk")


def waiver_of(patient: Patient, number: str) -> Waiver | None:
    """The patient's waiver of that number, ended or not."""
    return Waiver.objects.filter(patient__in=records_behind(patient), number=number).first()


def _detail(waiver: Waiver) -> dict[str, str]:
    return {"number": waiver.number, "rule": waiver.code, "due_on": waiver.due_on.isoformat()}


def _note(verb: str, patient: Patient, by: Actor, at: datetime, detail: dict[str, str]) -> None:
    audit.record(verb, subject=("patient", patient.number), by=by, at=at, detail=detail)
