"""Telling those who answer for a patient that a result needs them: that, and nothing of what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.registry.notices import actions as notices
from etasu.registry.patients.hearing import hears_next, who_hears
from etasu.registry.patients.models import Patient
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signals import weight

CROSSED = "limit_crossed"


def tell_raised(
    raised: Sequence[SignalRow], version: ProgramVersion, *, by: Actor, at: datetime
) -> None:
    """Tell of new signals, each patient's in one message.

    What is for information alone is in the worklist and in no message.
    """
    pressing = [each for each in raised if each.urgency != Urgency.INFORMATION]
    _tell_all(pressing, version, None, by=by, at=at)


def tell_escalated(
    late: Sequence[SignalRow], version: ProgramVersion, *, by: Actor, at: datetime
) -> list[SignalRow]:
    """Tell those who hear next of signals that nobody acknowledged in time; the ones told of.

    A signal that is not among them has nobody to hear of it, and is still to be told.
    """
    told = []
    for urgency in {each.urgency for each in late}:
        roles = hears_next(version, urgency)
        these = [each for each in late if each.urgency == urgency]
        told += _tell_all(these, version, roles, by=by, at=at)
    return told


def _tell_all(
    signals: Sequence[SignalRow],
    version: ProgramVersion,
    roles: set[str] | None,
    *,
    by: Actor,
    at: datetime,
) -> list[SignalRow]:
    """Tell of each patient's signals in one message; those that somebody is told of."""
    told = []
    by_patient: dict[int, list[SignalRow]] = {}
    for each in signals:
        by_patient.setdefault(each.patient_id, []).append(each)
    people = Patient.objects.select_related("prescriber").in_bulk(list(by_patient))
    for patient_id, found in by_patient.items():
        if _tell(people[patient_id], found, version, roles, by=by, at=at):
            told += found
    return told


def _tell(
    patient: Patient,
    signals: Sequence[SignalRow],
    version: ProgramVersion,
    roles: set[str] | None,
    *,
    by: Actor,
    at: datetime,
) -> bool:
    """Tell of one patient's signals; whether there is anybody to tell."""
    most = max(signals, key=lambda each: weight(Urgency(each.urgency)))
    audience = who_hears(patient, version, CROSSED, roles)
    for role, template, person in audience:
        message = notices.Message(
            program=version.program.code,
            program_version=version.label,
            code=template.code,
            event=CROSSED,
            audience=role,
            subject=("patient", patient.number),
            occasion=f"{'late ' if roles is not None else ''}signal {most.number}",
            channels=template.channels,
            facts={
                "patient": patient.number,
                "signals": [each.number for each in signals],
                "urgency": str(most.urgency),
                "until": most.answer_until.isoformat() if most.answer_until else None,
                "is_late": roles is not None,
            },
        )
        notices.queue(message, person, by=by, at=at)
    return bool(audience)
