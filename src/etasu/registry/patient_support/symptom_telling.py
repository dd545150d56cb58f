"""Telling those who answer for a patient that the patient told of something: that, and not what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.notices import actions as notices
from etasu.registry.patient_support.models import ToldSymptom
from etasu.registry.patient_support.self_check_facts import version_of
from etasu.registry.patients.hearing import hears_next, who_hears
from etasu.registry.patients.records import answered_for
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signals import weight

TOLD = "symptom_told"


def tell_symptoms(
    told: Sequence[ToldSymptom], version: ProgramVersion, *, by: Actor, at: datetime
) -> None:
    """Queue one message about what one patient told in one go, in the transaction that keeps it."""
    if told:
        _tell(told, version, None, by=by, at=at)


def escalate_symptoms(*, by: Actor, at: datetime) -> int:
    """Tell who hears next of each symptom nobody looked after in time, once; how many.

    One that nobody is there to hear of stays due, and so does one another process is at.
    """
    late = ToldSymptom.objects.filter(
        acknowledged_at__isnull=True, escalated_at__isnull=True, answer_until__lte=at
    )
    ids = list(late.order_by("answer_until", "pk").values_list("pk", flat=True))
    return sum(_escalate(each, by=by, at=at) for each in ids)


def _escalate(pk: int, *, by: Actor, at: datetime) -> bool:
    with transaction.atomic():
        waiting = ToldSymptom.objects.filter(
            pk=pk, acknowledged_at__isnull=True, escalated_at__isnull=True
        ).select_related("check_of__patient", "patient__merged_into")
        found = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if found is None:
            return False
        version = version_of(found.check_of)
        if not _tell([found], version, hears_next(version, found.urgency), by=by, at=at):
            return False
        found.escalated_at, found.escalated_by = at, by.number
        found.save(update_fields=["escalated_at", "escalated_by"])
        detail = {"symptom": found.number, "urgency": found.urgency}
        subject = ("patient", found.patient.number)
        audit.record("symptom.escalated", subject=subject, by=by, at=at, detail=detail)
    return True


def _tell(
    told: Sequence[ToldSymptom],
    version: ProgramVersion,
    roles: Collection[str] | None,
    *,
    by: Actor,
    at: datetime,
) -> bool:
    """Tell of one patient's symptoms; whether there is anybody to tell."""
    patient = answered_for(told[0].patient)
    most = max(told, key=lambda each: weight(Urgency(each.urgency)))
    hearers = who_hears(patient, version, TOLD, roles)
    for role, template, person in hearers:
        message = notices.Message(
            program=version.program.code,
            program_version=version.label,
            code=template.code,
            event=TOLD,
            audience=role,
            subject=("patient", patient.number),
            occasion=f"{'late ' if roles is not None else ''}symptom {most.number}",
            channels=template.channels,
            facts={
                "patient": patient.number,
                "urgency": most.urgency,
                "until": most.answer_until.isoformat() if most.answer_until else None,
                "is_late": roles is not None,
            },
        )
        notices.queue(message, person, by=by, at=at)
    return bool(hearers)
