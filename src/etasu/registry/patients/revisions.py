"""Keeping decisions and changes about one patient apart in time."""

from __future__ import annotations

from django.db.models import F

from etasu.registry.patients.models import Patient


def lock_patient(patient: Patient) -> Patient:
    """The patient, locked against every other change and every decision until the end."""
    return Patient.objects.select_for_update().get(pk=patient.pk)


def note_change(patient: Patient) -> None:
    """Count the revision up, so that a decision being made on older facts is made again."""
    Patient.objects.filter(pk=patient.pk).update(revision=F("revision") + 1)
