"""Nurses of one's own: assigned, handed on, and ended where nobody allows it or nobody is there."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.nurse_facts import (
    is_with_nurses,
    patients_with_nurses,
    without_nurse,
)
from etasu.registry.patient_support.nurse_models import (
    Callback,
    LineMessage,
    NurseAssignment,
    PossibleEvent,
)
from etasu.registry.patient_support.rota import nurse_by_number, nurses_of
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import ids_behind

Why = NurseAssignment.Why
# As many as are given a nurse at once; the rest is next.
AT_ONCE = 200


class NotAllowed(ValueError):
    """The patient does not allow the nurses to look after them, or no longer."""


def lock_with_nurses(patient: Patient) -> Patient:
    """The patient, held until the transaction ends; raises NotAllowed."""
    locked = Patient.objects.select_for_update(no_key=True, of=("self",)).get(pk=patient.pk)
    if not is_with_nurses(locked):
        raise NotAllowed(patient.number)
    return locked


def assign_nurse(patient: Patient, nurse: str, *, by: Actor, at: datetime) -> NurseAssignment:
    """Let a nurse look after the patient from now on, in the place of whoever did.

    Raises NotAllowed without the consent, and NotANurse for somebody who is none.
    """
    person = nurse_by_number(patient.program, nurse)
    with transaction.atomic():
        lock_with_nurses(patient)
        held = NurseAssignment.objects.filter(patient=patient, ended_at__isnull=True).first()
        if held is not None and held.nurse_id == person.pk:
            return held
        if held is not None:
            _end(held, Why.HANDED_ON, by=by, at=at)
        made = NurseAssignment.objects.create(
            patient=patient, nurse=person, assigned_at=at, assigned_by=by.number
        )
        note("nurse.assigned", patient, {"nurse": person.number}, by=by, at=at)
    return made


def end_nurse_support(patient: Patient, *, by: Actor, at: datetime) -> None:
    """End all of it for somebody who allows it no more: the nurse, what was promised, what is open.

    What was said stays on record. Call `nurse_support_ended`, which reports what may tell of a
    side effect as well.
    """
    records = ids_behind(patient)
    with transaction.atomic():
        open_now = NurseAssignment.objects.filter(patient__in=records, ended_at__isnull=True)
        for assignment in open_now.select_for_update(no_key=True):
            _end(assignment, Why.NOT_ALLOWED, by=by, at=at)
        callbacks = Callback.objects.filter(patient__in=records, closed_at__isnull=True)
        callbacks.update(closed_at=at, closed_by=by.number, outcome=Callback.Outcome.NOT_ALLOWED)
        messages = LineMessage.objects.filter(
            patient__in=records, is_from_patient=True, settled_at__isnull=True
        )
        messages.update(
            settled_at=at, settled_by=by.number, settled_how=LineMessage.Settled.NOT_ALLOWED
        )
        note("nurse_support.ended", patient, {}, by=by, at=at)


def end_assignment(held: NurseAssignment, why: str, *, by: Actor, at: datetime) -> None:
    """End that somebody looks after a record; whoever is answered for has another nurse next."""
    with transaction.atomic():
        locked = NurseAssignment.objects.select_for_update(no_key=True).get(pk=held.pk)
        if locked.ended_at is None:
            _end(locked, why, by=by, at=at)


def assign_waiting(program: str, *, by: Actor, at: datetime) -> int:
    """Give a nurse to those who have none yet, a batch of them; how many.

    Whoever looks after the fewest is next. Where the program has no nurse, nobody is given one.
    """
    people = nurses_of(program)
    load = _load(program, people)
    assigned = 0
    for patient in without_nurse(program)[:AT_ONCE] if people else ():
        nurse = min(people, key=lambda one: (load[one.pk], one.pk))
        assign_nurse(patient, nurse.number, by=by, at=at)
        load[nurse.pk] += 1
        assigned += 1
    return assigned


def events_left_open(patient: Patient) -> list[PossibleEvent]:
    """What may tell of a side effect and nobody has said whether it does."""
    found = PossibleEvent.objects.filter(patient__in=ids_behind(patient), answered_at__isnull=True)
    return list(found.order_by("pk"))


def note(
    verb: str, patient: Patient, detail: dict[str, object], *, by: Actor, at: datetime
) -> None:
    """Tell the trail of it, in codes and numbers."""
    audit.record(verb, subject=("patient", patient.number), by=by, at=at, detail=detail)


def _load(program: str, people: list[User]) -> Counter[int]:
    held = NurseAssignment.objects.filter(
        patient__in=patients_with_nurses(program), nurse__in=people, ended_at__isnull=True
    )
    return Counter(held.values_list("nurse_id", flat=True))


def _end(held: NurseAssignment, why: str, *, by: Actor, at: datetime) -> None:
    held.ended_at, held.ended_by, held.ended_why = at, by.number, why
    held.save(update_fields=["ended_at", "ended_by", "ended_why"])
    detail: dict[str, object] = {"nurse": held.nurse.number, "why": str(why)}
    note("nurse.ended", held.patient, detail, by=by, at=at)
