"""Whom somebody in a role may see: one table for patients, one for participants.

A role that is not in a table sees nobody. Each condition is read from the memberships as they are,
so that one that ended stops at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.apps import apps
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from etasu.registry.accounts import access
from etasu.registry.participants.delegation import serving
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Membership, Participant
from etasu.registry.participants.sites import represented_sites
from etasu.registry.submissions.facts import subjects_opened_to
from etasu.safe_use.program import FormDefinition

NOBODY = Q(pk__in=[])
Rule = Callable[[Asker], Q]


def patients_seen_by(asker: Asker) -> Q:
    """The condition on patients that the asker may find them listed.

    Infusion nurses, pharmacists and representatives find nobody listed: they ask by a number that
    is shown to them.
    """
    return PATIENTS.get(asker.role, _nobody)(asker)


def participants_seen_by(asker: Asker) -> Q:
    """The condition on participants that the asker may open their record."""
    return PARTICIPANTS.get(asker.role, _nobody)(asker)


def _nobody(asker: Asker) -> Q:
    return NOBODY


def _the_program(asker: Asker) -> Q:
    return Q(program=asker.program) if _acts_for_program(asker) else NOBODY


def _acts_for_program(asker: Asker) -> bool:
    held = _memberships(asker).filter(participant__isnull=True)
    return asker.participant_id is None and held.exists()


def _own_patients(asker: Asker) -> Q:
    return Q(program=asker.program, prescriber__in=_held(asker).values("participant"))


def _patients_of_prescribers(asker: Asker) -> Q:
    return Q(program=asker.program, prescriber__in=serving(asker).values("participant"))


def _patients_who_allow_it(asker: Asker) -> Q:
    """Those with a consent that stands and opens the record to the role, on any of their records.

    It ends when they leave the program. Patients are above this room: their table is named, and
    nothing of it is known but when one left, and which records are one person.
    """
    return patients_open_to(asker.program, asker.role) if _acts_for_program(asker) else NOBODY


def patients_open_to(program: str, role: str) -> Q:
    """The condition on patients that they allow people in the role to see their record."""
    allowing = subjects_opened_to(program, "patient", role)
    records = apps.get_model("patients", "Patient").objects.filter(pk__in=allowing)
    answered_for = records.values_list(Coalesce("merged_into_id", "pk"))
    return Q(program=program, ended_on__isnull=True, pk__in=answered_for)


def _itself(asker: Asker) -> Q:
    return Q(program=asker.program, pk__in=_held(asker).values("participant"))


def _prescribers_served(asker: Asker) -> Q:
    return Q(program=asker.program, pk__in=serving(asker).values("participant"))


def _sites_represented(asker: Asker) -> Q:
    return Q(program=asker.program, pk__in=represented_sites(asker).order_by().values("pk"))


def _held(asker: Asker) -> QuerySet[Membership]:
    """The membership the asker acts in for a participant, while it lasts."""
    return _memberships(asker).filter(participant=asker.participant_id, participant__isnull=False)


def _memberships(asker: Asker) -> QuerySet[Membership]:
    return Membership.objects.filter(
        user__number=asker.user,
        user__is_active=True,
        role=asker.role,
        program=asker.program,
        ended_at__isnull=True,
    )


PATIENTS: Mapping[str, Rule] = {
    access.PRESCRIBER: _own_patients,
    access.DELEGATE: _patients_of_prescribers,
    access.ADMINISTRATOR: _the_program,
    access.AUDITOR: _the_program,
    access.SUPPORT_NURSE: _patients_who_allow_it,
}
PARTICIPANTS: Mapping[str, Rule] = {
    access.PRESCRIBER: _itself,
    access.DELEGATE: _prescribers_served,
    access.FACILITY_REPRESENTATIVE: _sites_represented,
    access.PHARMACY_REPRESENTATIVE: _sites_represented,
    access.INFUSION_NURSE: _itself,
    access.PHARMACIST: _itself,
    access.ADMINISTRATOR: _the_program,
    access.AUDITOR: _the_program,
}


def may_act_for(asker: Asker, participant_id: int | None) -> bool:
    """Whether the participant is one of those the asker acts for now."""
    return participant_id is not None and participant_id in acted_for(asker)


def acted_for(asker: Asker) -> list[int]:
    """The ids of the participants the asker acts for now.

    A delegate works for one prescriber at a time, though they see what waits at the others'.
    """
    found = Participant.objects.filter(participants_seen_by(asker))
    if asker.role == access.DELEGATE:
        found = found.filter(pk=asker.participant_id or 0)
    return list(found.values_list("pk", flat=True))


def sees_whole_program(asker: Asker) -> bool:
    """Whether the asker may open every record of the program."""
    return PATIENTS.get(asker.role) is _the_program and _acts_for_program(asker)


def concerns(definition: FormDefinition, role: str) -> bool:
    """Whether somebody in the role fills in or signs the form."""
    if role == access.DELEGATE:
        return concerns(definition, access.PRESCRIBER)
    return role == definition.filled_by or role in {each.role for each in definition.signers}
