"""Limits are looked at again where something changed that standing results are compared with.

A result is looked at when it comes. What it rises from follows from the infusions as well, and from
whose record it is in: either may be written down later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from django.db import transaction

from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.assessing import signals_since
from etasu.registry.monitoring.combining import combine_panels
from etasu.registry.monitoring.raising import keep_signals, note_others
from etasu.registry.monitoring.signal_telling import tell_raised
from etasu.registry.patients.models import Patient
from etasu.registry.patients.today import day_of
from etasu.safe_use.signals import Limits


def courses_changed(patient: Patient, on: date, *, by: Actor, at: datetime) -> None:
    """Raise what rises from before an infusion of that day, or without it from before another."""
    _look_again(patient, on + timedelta(days=1), lambda limits: limits.of_courses, by=by, at=at)


def records_changed(*patients: Patient, by: Actor, at: datetime) -> None:
    """Derive and raise what follows now that their records are one person's, or two people's."""
    ids = [each.pk for each in patients]
    note_others(ids, by=by, at=at)
    version = library.current().effective(patients[0].program, day_of(patients[0], at))
    if version is not None:
        combine_panels(ids, Limits(version), by=by, at=at)
    for each in patients:
        _look_again(each, date.min, lambda limits: limits.of_others, by=by, at=at)


def _look_again(
    patient: Patient,
    since: date,
    which: Callable[[Limits], Collection[str]],
    *,
    by: Actor,
    at: datetime,
) -> None:
    version = library.current().effective(patient.program, day_of(patient, at))
    if version is None:
        return
    limits = Limits(version)
    with transaction.atomic():
        found = signals_since(limits, which(limits), patient.pk, since)
        tell_raised(keep_signals(found, version, by=by, at=at), version, by=by, at=at)
