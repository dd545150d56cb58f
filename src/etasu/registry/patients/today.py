"""The day it is where a patient is, and whether they still take part on it."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from etasu.registry.patients.models import Patient


def day_of(patient: Patient, at: datetime) -> date:
    """The day of a moment in the patient's own time zone."""
    return at.astimezone(ZoneInfo(patient.time_zone)).date()


def has_left(patient: Patient, on: date) -> bool:
    """Whether the enrollment holds no longer on the day."""
    return patient.ended_on is not None and patient.ended_on <= on
