"""How patients want to be reminded, by everything they said under any number they go by."""

from __future__ import annotations

from collections.abc import Collection

from etasu.registry.notices.calendar_feeds import Whose
from etasu.registry.notices.wishes import Wish, wishes_of
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import numbers_behind


def wishes_of_patients(patients: Collection[Patient]) -> dict[str, Wish]:
    """What these patients want, by number; those who never said, on any record, are left out."""
    merged = Patient.objects.filter(merged_into__in={each.pk for each in patients})
    formerly = dict(merged.values_list("number", "merged_into__number"))
    return wishes_of({each.number for each in patients}, formerly)


def wish_of(patient: Patient) -> Wish:
    """What one patient wants; what holds for whoever never said when they never did."""
    return wishes_of_patients([patient]).get(patient.number, Wish())


def own_calendar(patient: Patient) -> Whose:
    """The patient's own calendar, also one that was made on a record merged into theirs."""
    number, *formerly = numbers_behind(patient)
    return Whose(number, formerly=tuple(formerly))
