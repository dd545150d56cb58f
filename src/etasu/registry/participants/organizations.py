"""Grouping sites into organizations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants import actions, representatives
from etasu.registry.participants.enrolling import Newcomer, RegisteredAlready, already_known
from etasu.registry.participants.known import known_about
from etasu.registry.participants.models import Organization, Participant
from etasu.registry.participants.newcomers import register_newcomer
from etasu.registry.participants.renewal import OCCASIONS
from etasu.registry.participants.sites import representatives_of, role_for
from etasu.registry.submissions.actions import Beginning, begin_draft
from etasu.registry.submissions.models import Draft, SubjectKind
from etasu.safe_use.program import FormDefinition
from etasu.safe_use.renewal import Why


class NotASite(ValueError):
    """This participant cannot be one of the organization's sites."""


def register_organization(
    program: str, name: str, *, by: Actor, at: datetime, **details: Any
) -> Organization:
    """A new organization without sites."""
    with transaction.atomic():
        made = Organization.objects.create(
            program=program, name=name, registered_at=at, registered_by=by.number, **details
        )
        _note("organization.registered", made, by, at, {})
    return made


def add_site(
    organization: Organization, site: Participant, *, by: Actor, at: datetime
) -> Participant:
    """Make a facility or pharmacy one of the organization's sites; its standing stays its own.

    One that belongs to it already stays as it is. Raises NotASite for another kind of participant,
    another program's, and one that belongs to another organization.
    """
    with transaction.atomic():
        locked = Participant.objects.select_for_update(no_key=True).get(pk=site.pk)
        if locked.organization_id == organization.pk:
            return locked
        if locked.organization_id is not None:
            raise NotASite("It belongs to another organization.")
        if role_for(locked.kind) is None or locked.program != organization.program:
            raise NotASite("Only facilities and pharmacies of the same program are sites.")
        locked.organization = organization
        locked.joined_at, locked.joined_by = at, by.number
        locked.save(update_fields=["organization", "joined_at", "joined_by"])
        _note("organization.site_added", organization, by, at, {"site": locked.number})
    return locked


def register_site(
    organization: Organization,
    kind: str,
    newcomer: Newcomer,
    user: User,
    *,
    by: Actor,
    at: datetime,
) -> Participant:
    """A new site of the organization, represented by the user and not yet certified.

    What the user did in person already, such as the training, counts for it as well. One that looks
    like a site of somebody else waits until the program has looked. Raises RegisteredAlready for
    one of the organization's own, known by its NPI and ZIP Code or its NCPDP ID.
    """
    with transaction.atomic():
        # Two windows sending at once must not make two of one.
        Organization.objects.select_for_update().get(pk=organization.pk)
        own = already_known(organization.program, kind, newcomer)
        if own.filter(organization=organization).exists():
            raise RegisteredAlready
        made = register_newcomer(
            organization.program, kind, newcomer, organization_id=organization.pk, by=by, at=at
        )
        site = add_site(organization, made, by=by, at=at)
        return representatives.take_on(site, user, by=by, at=at)


def begin_site_form(
    site: Participant,
    definition: FormDefinition,
    user: User,
    *,
    takes_over: bool,
    on: date,
    by: Actor,
    at: datetime,
) -> Draft:
    """The form a representative signs for one site as a draft, filled in from the record.

    Somebody who `takes_over` signs as the new representative of a certified site.
    """
    known = known_about(site, user)
    if takes_over and site.certified_from is not None:
        known |= {"occasion": OCCASIONS[Why.NEW_REPRESENTATIVE]}
    beginning = Beginning(
        program=site.program,
        form=definition.code,
        subject_kind=SubjectKind.PARTICIPANT,
        subject_id=site.pk,
        subject_number=site.number,
        owner_id=site.pk,
        known=known,
    )
    return begin_draft(beginning, by=by, at=at, on=on)


def found_organization(site: Participant, name: str, *, by: Actor, at: datetime) -> Organization:
    """A new organization with this site as its first.

    Whoever represents the site then represents the sites that come after it as well. A site that
    belongs to an organization stays there.
    """
    with transaction.atomic():
        locked = Participant.objects.select_for_update(no_key=True).get(pk=site.pk)
        if locked.organization is not None:
            return locked.organization
        made = register_organization(site.program, name, by=by, at=at)
        add_site(made, locked, by=by, at=at)
        for each in representatives_of(locked):
            actions.widen_membership(each, by=by, at=at)
    return made


def _note(
    verb: str, organization: Organization, by: Actor, at: datetime, detail: dict[str, Any]
) -> None:
    audit.record(verb, subject=("organization", organization.number), by=by, at=at, detail=detail)
