"""Telling those who answer for a patient that a result needs them: that, and nothing of what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from etasu.registry.accounts.access import ADMINISTRATOR, SUPPORT_NURSE
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.registry.notices import actions as notices
from etasu.registry.participants.models import Membership
from etasu.registry.participants.telling import AUDIENCES, people_in, program_people
from etasu.registry.participants.visibility import patients_open_to
from etasu.registry.patients.models import Patient
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.program import Notice, ProgramVersion
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
        roles = {
            role
            for response in version.responses.values()
            if response.urgency == urgency
            for role in response.escalates_to
        }
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
    audience = _audience(patient, version, roles)
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


def _audience(
    patient: Patient, version: ProgramVersion, roles: set[str] | None
) -> list[tuple[str, Notice, User]]:
    """Each role that is told, with the notice it gets, and the people in it.

    When nobody acts in the prescriber's place, or nobody at all is found, the program's own people
    are told instead.
    """
    templates = {each.audience: each for each in version.notices.values() if each.event == CROSSED}
    if not templates:
        return []
    program, any_other = version.program.code, next(iter(templates.values()))
    wanted = roles if roles is not None else set(templates)
    found = [
        (role, templates.get(role, any_other), person)
        for role in sorted(wanted)
        for person in _people(patient, program, role)
    ]
    mine = templates.get(ADMINISTRATOR, any_other)
    return found or [(ADMINISTRATOR, mine, person) for person in program_people(program)]


def _people(patient: Patient, program: str, role: str) -> Sequence[User]:
    prescriber = patient.prescriber
    if role in AUDIENCES["prescriber"]:
        found = people_in(prescriber, role) if prescriber is not None else ()
        return found or program_people(program)
    if role == SUPPORT_NURSE and not _is_open_to_nurses(patient):
        return ()
    return _of_the_program(program, role)


def _is_open_to_nurses(patient: Patient) -> bool:
    open_to = patients_open_to(patient.program, SUPPORT_NURSE)
    return Patient.objects.filter(open_to, pk=patient.pk).exists()


def _of_the_program(program: str, role: str) -> Sequence[User]:
    held = Membership.objects.filter(
        participant__isnull=True, role=role, program=program, ended_at__isnull=True
    )
    people = User.objects.filter(pk__in=held.values("user"), is_active=True, is_system=False)
    return list(people.order_by("id"))
