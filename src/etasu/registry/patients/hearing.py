"""Who hears of something about a patient that a clinician must answer, and who hears next."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from etasu.registry.accounts.access import ADMINISTRATOR, SUPPORT_NURSE
from etasu.registry.accounts.models import User
from etasu.registry.participants.models import Membership
from etasu.registry.participants.telling import AUDIENCES, people_in, program_people
from etasu.registry.participants.visibility import patients_open_to
from etasu.registry.patients.models import Patient
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.program import Notice, ProgramVersion

Hearer = tuple[str, Notice, User]


def hears_next(version: ProgramVersion, urgency: str) -> set[str]:
    """The roles that hear of something of that urgency which nobody answered in time."""
    return {
        role
        for response in version.responses.values()
        if response.urgency is Urgency(urgency)
        for role in response.escalates_to
    }


def who_hears(
    patient: Patient, version: ProgramVersion, event: str, roles: Collection[str] | None = None
) -> list[Hearer]:
    """Each role that is told of the event, with the notice it gets, and the people in it.

    Without `roles` they are those the program has a notice for. When nobody acts in the
    prescriber's place, or nobody at all is found, the program's own people are told instead.
    """
    templates = {each.audience: each for each in version.notices.values() if each.event == event}
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
