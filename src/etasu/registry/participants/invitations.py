"""Inviting people by e-mail to act for a participant. The link opens once, for a limited time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.accounts.registration import register_invited
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants import actions, representatives
from etasu.registry.participants.models import Invitation, Membership, Participant

VALID_FOR = timedelta(days=14)
# Whom a participant of each kind can invite. Nobody invites a prescriber or an administrator.
INVITABLE: Mapping[str, tuple[str, ...]] = {
    "prescriber": (access.DELEGATE,),
    "facility": (access.FACILITY_REPRESENTATIVE, access.INFUSION_NURSE),
    "pharmacy": (access.PHARMACY_REPRESENTATIVE, access.PHARMACIST),
}


class Invited(NamedTuple):
    """Who is to act for whom; with `replaces`, in whose place, who then stops."""

    participant: Participant
    role: str
    email: str
    full_name: str
    for_all_sites: bool = False
    replaces: Membership | None = None


class Sent(NamedTuple):
    """An invitation with the secret of its link, which is not kept."""

    invitation: Invitation
    token: str


class Refusal(StrEnum):
    """Why somebody cannot be invited, or cannot accept."""

    NO_SUCH_ROLE = "no_such_role"
    ACTS_ALREADY = "acts_already"
    NOT_OPEN = "not_open"
    SOMEBODY_ELSE = "somebody_else"


class NotInvited(ValueError):
    """The invitation cannot be made, or cannot be accepted; `why` says the reason."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


def invite(invited: Invited, *, by: Actor, at: datetime) -> Sent:
    """A new invitation. An open one of the same person to the same role is revoked.

    Raises NotInvited for a role the participant has no use for, and for somebody who acts in it.
    """
    if invited.role not in INVITABLE.get(invited.participant.kind, ()):
        raise NotInvited(Refusal.NO_SUCH_ROLE)
    email, token = as_kept(invited.email), secrets.token_urlsafe(32)
    with transaction.atomic():
        site = Participant.objects.select_for_update(no_key=True).get(pk=invited.participant.pk)
        if _acts_already(email, site, invited):
            raise NotInvited(Refusal.ACTS_ALREADY)
        for earlier in open_invitations(site, invited.role).filter(email=email):
            revoke_invitation(earlier, by=by, at=at)
        made = Invitation.objects.create(
            program=site.program,
            participant=site,
            role=invited.role,
            for_all_sites=invited.for_all_sites,
            full_name=invited.full_name.strip(),
            email=email,
            token_hash=hash_of(token),
            valid_until=at + VALID_FOR,
            replaces=invited.replaces,
            invited_at=at,
            invited_by=by.number,
        )
        _note("invitation.sent", made, by, at, {"until": made.valid_until.date().isoformat()})
    return Sent(made, token)


def send_again(invitation: Invitation, *, by: Actor, at: datetime) -> Sent:
    """A new link for the same invitation; the old one no longer opens.

    Raises NotInvited for one that was accepted or revoked.
    """
    if invitation.accepted_at is not None or invitation.revoked_at is not None:
        raise NotInvited(Refusal.NOT_OPEN)
    again = Invited(
        invitation.participant,
        invitation.role,
        invitation.email,
        invitation.full_name,
        invitation.for_all_sites,
        invitation.replaces,
    )
    return invite(again, by=by, at=at)


def revoke_invitation(invitation: Invitation, *, by: Actor, at: datetime) -> Invitation:
    """Take an invitation back; one already accepted or revoked stays as it is."""
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if locked.accepted_at is None and locked.revoked_at is None:
            locked.revoked_at, locked.revoked_by = at, by.number
            locked.save(update_fields=["revoked_at", "revoked_by"])
            _note("invitation.revoked", locked, by, at, {})
    return locked


def accept_invitation(token: str, user: User, *, by: Actor, at: datetime) -> Membership:
    """Let the invited person act, once, from this moment.

    Whoever they replace stops once they have done a representative's part. A representative's
    naming and registration are noted as certification steps. Raises NotInvited when the link does
    not open now, and for anybody but the person it was sent to.
    """
    with transaction.atomic():
        found = open_invitation(token, at)
        if found is None:
            raise NotInvited(Refusal.NOT_OPEN)
        locked = Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if not is_open(locked, at):
            raise NotInvited(Refusal.NOT_OPEN)
        if as_kept(user.email) != locked.email or user.is_system or not user.is_active:
            raise NotInvited(Refusal.SOMEBODY_ELSE)
        locked.accepted_at, locked.accepted_by = at, user.number
        locked.save(update_fields=["accepted_at", "accepted_by"])
        _note("invitation.accepted", locked, by, at, {})
        membership = _begin(locked, user, by, at)
        representatives.note_registered(membership, by=by, at=at)
        representatives.hand_over(user, by=by, at=at)
    return membership


def register_and_accept(
    token: str, full_name: str, password: str, *, by: Actor, at: datetime
) -> Membership:
    """Accept as somebody who does not sign in here yet, with a new account for the address.

    `by` makes the account; its owner accepts. Raises NotInvited when the link does not open now,
    and when somebody has an account with the address.
    """
    with transaction.atomic():
        found = open_invitation(token, at)
        if found is None:
            raise NotInvited(Refusal.NOT_OPEN)
        if account_of(found) is not None:
            raise NotInvited(Refusal.SOMEBODY_ELSE)
        user = register_invited(found.email, full_name, password, by=by, at=at)
        return accept_invitation(token, user, by=Actor(user.number, found.role), at=at)


def open_invitation(token: str, at: datetime) -> Invitation | None:
    """The invitation whose link this is, if it opens at that moment; otherwise None."""
    known = Invitation.objects.filter(token_hash=hash_of(token))
    found = known.select_related("participant", "replaces").first()
    return found if found is not None and is_open(found, at) else None


def is_open(invitation: Invitation, at: datetime) -> bool:
    """Whether it is neither accepted nor revoked nor past its last moment."""
    is_used = invitation.accepted_at is not None or invitation.revoked_at is not None
    return not is_used and at <= invitation.valid_until


def open_invitations(participant: Participant, *roles: str) -> QuerySet[Invitation]:
    """The participant's invitations nobody answered yet, the newest first; expired ones too."""
    about = Q(participant=participant, accepted_at__isnull=True, revoked_at__isnull=True)
    found = Invitation.objects.filter(about & (Q(role__in=roles) if roles else Q()))
    return found.select_related("participant", "replaces").order_by("-invited_at", "-id")


def unanswered(number: str, participants: Iterable[Participant]) -> Invitation | None:
    """The invitation of that number to one of the participants, while nobody answered it."""
    found = Invitation.objects.filter(
        number=number,
        participant__in=[each.pk for each in participants],
        accepted_at__isnull=True,
        revoked_at__isnull=True,
    )
    return found.select_related("participant", "replaces").first()


def was_accepted_by(token: str, user: User) -> bool:
    """Whether this link was accepted by this person before."""
    found = Invitation.objects.filter(token_hash=hash_of(token), accepted_by=user.number)
    return found.exists()


def account_of(invitation: Invitation) -> User | None:
    """Who signs in with the address invited; None when nobody does yet."""
    return User.objects.filter(email=invitation.email).first()


def as_kept(email: str) -> str:
    """An e-mail address as accounts and invitations keep it."""
    return email.strip().lower()


def hash_of(token: str) -> bytes:
    """What the database keeps of a link."""
    return hashlib.sha256(token.encode()).digest()


def _acts_already(email: str, site: Participant, invited: Invited) -> bool:
    held = Membership.objects.filter(
        user__email=email, participant=site, role=invited.role, ended_at__isnull=True
    )
    return (held.filter(for_all_sites=True) if invited.for_all_sites else held).exists()


def _begin(invitation: Invitation, user: User, by: Actor, at: datetime) -> Membership:
    """The membership invited to; one already held is kept, unless it is for fewer sites."""
    held = Membership.objects.filter(
        user=user,
        participant=invitation.participant,
        program=invitation.program,
        role=invitation.role,
        ended_at__isnull=True,
    ).first()
    if held is not None and (held.for_all_sites or not invitation.for_all_sites):
        return held
    if held is not None:
        return actions.widen_membership(held, by=by, at=at)
    return actions.add_member(
        user,
        invitation.participant,
        invitation.role,
        program=invitation.program,
        for_all_sites=invitation.for_all_sites,
        by=by,
        at=at,
    )


def _note(
    verb: str, invitation: Invitation, by: Actor, at: datetime, detail: dict[str, Any]
) -> None:
    about = {"number": invitation.number, "role": invitation.role}
    subject = ("participant", invitation.participant.number)
    audit.record(verb, subject=subject, by=by, at=at, detail=about | detail)
