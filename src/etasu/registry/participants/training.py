"""Training toward certification: crediting it to participants, and what is to be done again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.education.facts import completed
from etasu.registry.participants import facts, sites
from etasu.registry.participants.actions import record_step
from etasu.registry.participants.models import Participant
from etasu.safe_use.program import Party, ProgramVersion
from etasu.safe_use.renewal import renewal
from etasu.safe_use.training import audience_of


def credit_training(
    participant: Participant, user: User, version: ProgramVersion, *, by: Actor, at: datetime
) -> list[str]:
    """Note the certification steps the person did by training, each with its day; which ones.

    What is on record already, from that day or a later one, is not noted again.
    """
    party = version.parties[participant.kind]
    days = completed(user, version.program.code, version, party=party)
    credited = []
    with transaction.atomic():
        locked = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
        known = facts.steps_done(locked)
        for step in party.steps:
            day = days.get(step.code)
            if day is not None and (step.code not in known or known[step.code] < day):
                record_step(locked, version, step.code, on=day, by=by, at=at)
                credited.append(step.code)
    return credited


def trained_for(user: User, version: ProgramVersion) -> Iterator[Participant]:
    """The participants the person's training counts for, each once: those they act for themselves.

    Whoever works for a participant in another role trains for nobody's certification.
    """
    audiences = {audience_of(party): party.code for party in version.parties.values()}
    held = user.memberships.filter(
        program=version.program.code, role__in=audiences, ended_at__isnull=True
    )
    seen: set[int] = set()
    for membership in held.select_related("participant").order_by("id"):
        own = [membership.participant] if membership.participant else []
        represented = membership.role in sites.REPRESENTED
        for each in sites.covered_by(membership) if represented else own:
            if each.pk not in seen and each.kind == audiences[membership.role]:
                seen.add(each.pk)
                yield each


def steps_to_repeat(user: User, version: ProgramVersion, party: Party, on: date) -> frozenset[str]:
    """Steps the person did once and is to do again, for a certification open to renewal."""
    found: set[str] = set()
    for participant in trained_for(user, version):
        if participant.kind == party.code:
            due = renewal(party, facts.certification_facts(participant), on)
            if due is not None and due.is_open:
                found |= {step.code for step in due.left}
    return frozenset(found)
