"""The day it is where a patient is."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from etasu.registry.patients.models import Patient


def day_of(patient: Patient, at: datetime) -> date:
    """The day of a moment in the patient's own time zone."""
    return at.astimezone(ZoneInfo(patient.time_zone)).date()
