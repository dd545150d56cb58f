"""Limits are looked at again where something changed that standing results are compared with.

A result is looked at when it comes. What it rises from follows from the infusions as well, and from
whose record it is in: either may be written down later.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.assessing import signals_since
from etasu.registry.monitoring.raising import keep_signals
from etasu.registry.monitoring.signal_telling import tell_raised
from etasu.registry.patients.models import Patient
from etasu.registry.patients.today import day_of
from etasu.safe_use.signals import Limits


def look_at_results_again(
    patient: Patient, since: date = date.min, *, by: Actor, at: datetime
) -> None:
    """Raise what the patient's results from this day on cross by now; what was raised stays."""
    version = library.current().effective(patient.program, day_of(patient, at))
    if version is None:
        return
    limits = Limits(version)
    with transaction.atomic():
        found = signals_since(limits, patient.pk, since)
        tell_raised(keep_signals(found, version, by=by, at=at), version, by=by, at=at)
