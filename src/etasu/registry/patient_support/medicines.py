"""A patient's own list of what they take, and what of it a clinician should look at."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, QuerySet

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.models import ListedMedicine
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import ids_behind, records_behind
from etasu.registry.patients.today import day_of
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.medicines import Flag, MedicineKind, Taken, flags_of

LONGEST_LIST = 200


class NotThatDay(ValueError):
    """Nothing is stopped before it began, or on a day to come; a vaccine is not stopped."""


class ListIsFull(ValueError):
    """A list holds only so many lines."""


class Line(NamedTuple):
    """One line of a list, and why somebody should look at it."""

    row: ListedMedicine
    flags: tuple[Flag, ...]
    is_in_use: bool


def list_medicine(
    patient: Patient, taken: Taken, how_taken: str = "", *, by: Actor, at: datetime
) -> ListedMedicine:
    """Put something on the list; the same line sent twice is one. Raises ListIsFull.

    Whether it is known to anybody is not asked: a list with gaps is no list.
    """
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        standing = medicines_of(patient).filter(stopped_on__isnull=True)
        said = {"name": taken.name.strip(), "kind": taken.kind.value, "how_taken": how_taken}
        same = standing.filter(**said, started_on=taken.started_on).first()
        if same is not None:
            return same
        if standing.count() >= LONGEST_LIST:
            raise ListIsFull
        made = ListedMedicine.objects.create(
            patient=patient,
            **said,
            started_on=taken.started_on,
            listed_at=at,
            listed_by=by.number,
        )
        _note("medicine.listed", made, by, at)
    return made


def stop_medicine(
    row: ListedMedicine, stopped_on: date, *, by: Actor, at: datetime
) -> ListedMedicine:
    """Note the last day it was taken; it stays on the list as taken before. Raises NotThatDay."""
    too_early = row.started_on is not None and stopped_on < row.started_on
    too_late = stopped_on > day_of(row.patient, at)
    if too_early or too_late or row.kind == MedicineKind.VACCINE:
        raise NotThatDay(stopped_on)
    with transaction.atomic():
        locked = _locked(row)
        if locked.stopped_on is None and locked.removed_at is None:
            locked.stopped_on, locked.stopped_at, locked.stopped_by = stopped_on, at, by.number
            locked.save(update_fields=["stopped_on", "stopped_at", "stopped_by"])
            _note("medicine.stopped", locked, by, at)
    return locked


def remove_medicine(row: ListedMedicine, *, by: Actor, at: datetime) -> ListedMedicine:
    """Take off what was listed by mistake; it is kept, and shown to nobody."""
    with transaction.atomic():
        locked = _locked(row)
        if locked.removed_at is None:
            locked.removed_at, locked.removed_by = at, by.number
            locked.save(update_fields=["removed_at", "removed_by"])
            _note("medicine.removed", locked, by, at)
    return locked


def medicines_of(patient: Patient) -> QuerySet[ListedMedicine]:
    """Everything on the list, what is taken now first."""
    found = ListedMedicine.objects.filter(
        patient__in=records_behind(patient), removed_at__isnull=True
    )
    newest_first = F("stopped_on").desc(nulls_first=True)
    return found.select_related("patient").order_by(newest_first, "kind", "name", "pk")


def medicine_of(patient: Patient, number: str) -> ListedMedicine | None:
    """The line of that number on the patient's list."""
    found = ListedMedicine.objects.filter(patient__in=ids_behind(patient), number=number)
    return found.filter(removed_at__isnull=True).select_related("patient").first()


def looked_through(patient: Patient, on: date) -> list[Line]:
    """The list, each line with what the program in force watches for in it."""
    version = library.current().effective(patient.program, on)
    plan = version.medicines if version is not None else None
    begun: dict[int, date] = {}
    for infusion in infusions_of(patient):
        begun.setdefault(infusion.course, infusion.given_on)
    courses = sorted(begun.values())
    return [
        Line(
            row,
            flags_of(plan, _taken(row), courses, on) if plan is not None else (),
            row.stopped_on is None or row.stopped_on > on,
        )
        for row in medicines_of(patient)
    ]


def _taken(row: ListedMedicine) -> Taken:
    return Taken(row.name, MedicineKind(row.kind), row.started_on, row.stopped_on)


def _locked(row: ListedMedicine) -> ListedMedicine:
    found = ListedMedicine.objects.select_related("patient")
    return found.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)


def _note(verb: str, row: ListedMedicine, by: Actor, at: datetime) -> None:
    detail = {"medicine": row.number, "kind": row.kind}
    audit.record(verb, subject=("patient", row.patient.number), by=by, at=at, detail=detail)
