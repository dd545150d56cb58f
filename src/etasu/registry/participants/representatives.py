"""Representatives: the next one begins, the last one leaves, and what is noted of it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.participants import actions, sites, succession
from etasu.registry.participants.models import Membership, Participant
from etasu.registry.participants.training import credit_training
from etasu.safe_use.program import StepKind

# What is done once somebody named as representative has come in.
_NAMING = (StepKind.DESIGNATE, StepKind.REGISTER)


class LastRepresentative(ValueError):
    """These sites would need a new representative, and the grace was not accepted."""

    def __init__(self, alone: list[Participant]) -> None:
        super().__init__(f"{len(alone)} sites would need a new representative")
        self.alone = alone


def note_registered(membership: Membership, *, by: Actor, at: datetime) -> list[Participant]:
    """Note that a representative was named and has registered, at each of their sites.

    The sites as they then stand; none for any other role.
    """
    with transaction.atomic():
        return [_note_naming(site, by, at) for site in sites.covered_by(membership)]


def hand_over(user: User, *, by: Actor, at: datetime) -> list[Membership]:
    """Stop those whose place the person takes, where the person has done a representative's part.

    Until then both represent the site, so that its certification rests on one of them at any time.
    Those that stopped now.
    """
    with transaction.atomic():
        return [
            actions.end_membership(each.replaces, by=by, at=at)
            for each in succession.pending(user)
            if each.replaces is not None and succession.may_take_over(each, user, at)
        ]


def take_on(site: Participant, user: User, *, by: Actor, at: datetime) -> Participant:
    """Note at a site that is new what its representative did for it already: naming, training."""
    with transaction.atomic():
        site = _note_naming(site, by, at)
        on = at.astimezone(ZoneInfo(site.time_zone)).date()
        version = library.current().effective(site.program, on)
        if version is not None and site.kind in version.parties:
            credit_training(site, user, version, by=by, at=at)
        return Participant.objects.select_related("organization").get(pk=site.pk)


def end_representative(
    membership: Membership, *, begins_grace: bool, by: Actor, at: datetime
) -> Membership:
    """Stop somebody representing their sites, at once.

    Raises LastRepresentative when a site would need a new one, unless `begins_grace` says that
    this is understood; then the program's grace begins for each such site.
    """
    with transaction.atomic():
        covered = list(sites.covered_by(membership).select_for_update(no_key=True))
        alone = alone_without(membership, covered)
        if alone and not begins_grace:
            raise LastRepresentative(alone)
        return actions.end_membership(membership, by=by, at=at)


def alone_without(
    membership: Membership, covered: list[Participant] | None = None
) -> list[Participant]:
    """The sites that would need a new representative if this one left."""
    found = list(sites.covered_by(membership)) if covered is None else covered
    return succession.without(membership, found)


def _note_naming(site: Participant, by: Actor, at: datetime) -> Participant:
    on = at.astimezone(ZoneInfo(site.time_zone)).date()
    version = library.current().effective(site.program, on)
    party = version.parties.get(site.kind) if version else None
    if version is None or party is None:
        return site
    for step in party.steps:
        if step.kind in _NAMING:
            site = actions.record_step(site, version, step.code, on=on, by=by, at=at)
    return site
