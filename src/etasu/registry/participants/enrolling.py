"""Somebody who registered brings their practice, facility or pharmacy into a program themselves."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.actions import add_member, record_step
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Membership, Participant
from etasu.registry.participants.newcomers import Newcomer as Newcomer
from etasu.registry.participants.newcomers import NotTakingAnybody as NotTakingAnybody
from etasu.registry.participants.newcomers import register_newcomer
from etasu.registry.participants.training import credit_training
from etasu.safe_use.program import ProgramVersion, StepKind

KINDS = {
    access.PRESCRIBER: "prescriber",
    access.FACILITY_REPRESENTATIVE: "facility",
    access.PHARMACY_REPRESENTATIVE: "pharmacy",
}
# What is done by registering oneself; a representative is designated by taking the role.
_DONE = frozenset({StepKind.REGISTER, StepKind.DESIGNATE})


class RegisteredAlready(ValueError):
    """The participant is in the program already; whoever acts for it lets others in."""


def enroll_oneself(
    user: User,
    role: str,
    version: ProgramVersion,
    newcomer: Newcomer,
    *,
    by: Actor,
    at: datetime,
) -> Membership:
    """A new participant with this person acting for it, and the steps already done credited.

    It is not certified by that; one that looks like another on record waits until somebody has
    looked, and whoever brings it in learns nothing more. Sent twice, it is the one there is. Raises
    NotTakingAnybody for a program that is over, and KeyError for a role nobody enrolls in.
    """
    kind = KINDS[role]
    party = version.parties[kind]
    program = version.program.code
    with transaction.atomic():
        # Two windows sending at once must not make two of one.
        User.objects.select_for_update().get(pk=user.pk)
        there = _brought_in(user, role, program, newcomer)
        if there is not None:
            return there
        made = register_newcomer(program, kind, newcomer, by=by, at=at)
        membership = add_member(user, made, role, program=program, by=by, at=at)
        on = at.astimezone(ZoneInfo(made.time_zone)).date()
        for step in party.steps:
            if step.kind in _DONE:
                record_step(made, version, step.code, on=on, by=by, at=at)
        credit_training(made, user, version, by=by, at=at)
    return membership


def enroll_on_paper(
    version: ProgramVersion, kind: str, newcomer: Newcomer, *, by: Actor, at: datetime
) -> Participant:
    """A participant whose enrollment form came on paper; nobody signs in for it yet.

    Raises RegisteredAlready for a prescriber with a known NPI and for a site known by its NPI and
    ZIP Code or its NCPDP ID, and NotTakingAnybody for a program that is over.
    """
    program = version.program.code
    with transaction.atomic():
        if already_known(program, kind, newcomer).exists():
            raise RegisteredAlready
        return register_newcomer(program, kind, newcomer, by=by, at=at)


def _brought_in(user: User, role: str, program: str, newcomer: Newcomer) -> Membership | None:
    """The membership of this very person for what they brought in just so before."""
    held = Membership.objects.filter(user=user, role=role, program=program, ended_at__isnull=True)
    same = held.filter(participant__npi=newcomer.npi, participant__zip_code=newcomer.zip_code)
    return same.filter(participant__registered_by=user.number).first()


def is_getting_in(asker: Asker) -> bool:
    """Whether the asker acts for a participant of their own that was never certified yet."""
    if asker.role not in KINDS or asker.participant_id is None:
        return False
    own = Participant.objects.filter(pk=asker.participant_id, certified_from__isnull=True)
    return own.exists()


def already_known(program: str, kind: str, newcomer: Newcomer) -> QuerySet[Participant]:
    """Participants of the program that must be the same, by their numbers and place.

    One that waits to be looked at is none to refer anybody to.
    """
    same = Q(npi=newcomer.npi) if newcomer.npi else Q(pk__in=[])
    if kind != "prescriber":
        same &= Q(zip_code=newcomer.zip_code)
    if newcomer.ncpdp:
        same |= Q(ncpdp=newcomer.ncpdp)
    return Participant.objects.filter(same, program=program, kind=kind, in_review=False)
