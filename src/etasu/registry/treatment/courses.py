"""Vials of a course, and courses that go no further. What is counted or said is kept as it was."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.patients.revisions import lock_patient
from etasu.registry.treatment.day_facts import course_end_of
from etasu.registry.treatment.models import CourseEnd, VialEntry
from etasu.safe_use.course_end import CourseOutcome


class Vials(NamedTuple):
    """How many vials of a course came, were used, were wasted or went back, and of which lot."""

    course: int
    kind: str
    vials: int
    lot: str
    counted_on: date
    expires_on: date | None = None
    remark: str = ""


def count_vials(
    patient: Patient, vials: Vials, *, facility: Participant, by: Actor, at: datetime
) -> VialEntry:
    """Keep a count of vials. Whether they add up is seen afterwards, and refuses nothing."""
    with transaction.atomic():
        entry = VialEntry.objects.create(
            patient=patient,
            facility=facility,
            **vials._asdict(),
            recorded_at=at,
            recorded_by=by.number,
        )
        _note("vials.counted", entry.patient, _of_vials(entry), by, at)
    return entry


def strike_vials(entry: VialEntry, *, reason: str, by: Actor, at: datetime) -> VialEntry:
    """Take back a mistaken count; it stays readable, with who and why. The first time counts."""
    with transaction.atomic():
        locked = VialEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
        if locked.struck_at is None:
            locked.struck_at, locked.struck_by, locked.struck_reason = at, by.number, reason
            locked.save(update_fields=["struck_at", "struck_by", "struck_reason"])
            _note("vials.struck", locked.patient, _of_vials(locked) | {"reason": reason}, by, at)
    return locked


def end_course(
    patient: Patient,
    course: int,
    outcome: CourseOutcome,
    *,
    ended_on: date,
    reason: str,
    facility: Participant | None,
    by: Actor,
    at: datetime,
) -> CourseEnd:
    """Somebody says that a course goes no further; what was said first stands until it is struck.

    Infusions recorded afterwards are kept all the same, and one that begins afterwards strikes it.
    """
    with transaction.atomic():
        locked = lock_patient(patient)
        found = course_end_of(locked, course)
        if found is not None:
            return found
        end = CourseEnd.objects.create(
            patient=locked,
            facility=facility,
            course=course,
            outcome=outcome.value,
            ended_on=ended_on,
            reason=reason,
            recorded_at=at,
            recorded_by=by.number,
        )
        _note("course.given_up", locked, _of_end(end), by, at)
    return end


def strike_course_end(end: CourseEnd, *, reason: str, by: Actor, at: datetime) -> CourseEnd:
    """The course goes on after all; what was said stays readable. The first time counts."""
    with transaction.atomic():
        locked = CourseEnd.objects.select_for_update(of=("self",)).get(pk=end.pk)
        if locked.struck_at is None:
            locked.struck_at, locked.struck_by, locked.struck_reason = at, by.number, reason
            locked.save(update_fields=["struck_at", "struck_by", "struck_reason"])
            _note("course.taken_up", locked.patient, _of_end(locked) | {"struck": reason}, by, at)
    return locked


def _of_vials(entry: VialEntry) -> dict[str, Any]:
    return {
        "entry": entry.number,
        "course": entry.course,
        "kind": entry.kind,
        "vials": entry.vials,
        "lot": entry.lot,
        "facility": entry.facility.number,
    }


def _of_end(end: CourseEnd) -> dict[str, Any]:
    return {
        "course": end.course,
        "outcome": end.outcome,
        "on": end.ended_on.isoformat(),
        "reason": end.reason,
    }


def _note(verb: str, patient: Patient, detail: dict[str, Any], by: Actor, at: datetime) -> None:
    audit.record(verb, subject=("patient", patient.number), by=by, at=at, detail=detail)
