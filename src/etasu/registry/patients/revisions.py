"""Keeping decisions and changes about one patient apart in time."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from etasu.registry.patients.models import Patient


def lock_patient(patient: Patient) -> Patient:
    """The patient, locked against every other change and every decision until the end.

    With a merged record the one that is answered for in its place is locked as well.
    """
    locked = list(_it_and_its_survivor(patient).select_for_update().order_by("pk"))
    return next(each for each in locked if each.pk == patient.pk)


def note_change(patient: Patient) -> None:
    """Count the revision up, so that a decision being made on older facts is made again."""
    _it_and_its_survivor(patient).update(revision=F("revision") + 1)


def _it_and_its_survivor(patient: Patient) -> QuerySet[Patient]:
    survivor = Patient.objects.filter(pk=patient.pk).values("merged_into")
    return Patient.objects.filter(Q(pk=patient.pk) | Q(pk__in=survivor))
