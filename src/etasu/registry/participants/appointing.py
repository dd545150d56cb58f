"""Who works for a program itself. Nobody can invite them: the operator appoints them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet

from etasu.registry.accounts import access
from etasu.registry.accounts.mailed_links import About, Kind, Mailed, mail_link
from etasu.registry.accounts.models import User
from etasu.registry.accounts.profile import change_profile, profile_of
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.actions import add_member, end_membership
from etasu.registry.participants.models import Membership

# Who works for a program and for no participant, the first of whom administers it.
APPOINTED = (
    access.ADMINISTRATOR,
    access.SUPPORT_NURSE,
    access.LAB_ANALYST,
    access.SAFETY_REVIEWER,
    access.MODERATOR,
    access.AUDITOR,
)
# Of two who appoint the first at one moment, one waits and is told that there is one.
APPOINTING_LOCK = 0x45544153_41444D4E


class Refusal(StrEnum):
    """Why somebody cannot be appointed."""

    THERE_IS_ONE = "there_is_one"
    NO_NAME = "no_name"
    NOT_A_PERSON = "not_a_person"
    CLOSED = "closed"


class NotAppointed(ValueError):
    """The person does not get the role; `why` says the reason."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


class Appointee(NamedTuple):
    """Who is to work for which program as what. The name counts where none is on record."""

    program: str
    email: str
    full_name: str = ""
    role: str = access.ADMINISTRATOR


class Appointed(NamedTuple):
    """What came of it. `mailed` holds a link for whoever has no password yet; otherwise None."""

    membership: Membership
    is_new: bool
    mailed: Mailed | None


def appointed_for(program: str, role: str) -> QuerySet[Membership]:
    """Who works for the program in the role now, the first appointed first."""
    found = Membership.objects.filter(
        program=program,
        role=role,
        participant__isnull=True,
        ended_at__isnull=True,
        user__is_active=True,
    )
    return found.select_related("user").order_by("began_at", "id")


def appoint(appointee: Appointee, *, is_further: bool, by: Actor, at: datetime) -> Appointed:
    """Let somebody work for the program, with a link to choose a password if they have none.

    Asked again for the same person, it changes nothing and gives a new link. Raises KeyError for a
    role nobody is appointed to, and NotAppointed: for a second administrator unless `is_further`, a
    new account without a name, an account that is closed or a system's.
    """
    if appointee.role not in APPOINTED:
        raise KeyError(appointee.role)
    email = appointee.email.strip().lower()
    with transaction.atomic():
        with connection.cursor() as db:
            db.execute("SELECT pg_advisory_xact_lock(%s::bigint)", (APPOINTING_LOCK,))
        acting = appointed_for(appointee.program, appointee.role)
        held = acting.filter(user__email=email).first()
        is_one_alone = appointee.role == access.ADMINISTRATOR and not is_further
        if held is None and is_one_alone and acting.exists():
            raise NotAppointed(Refusal.THERE_IS_ONE)
        user = _person(email, " ".join(appointee.full_name.split()), by, at)
        membership = held or add_member(
            user, None, appointee.role, program=appointee.program, by=by, at=at
        )
        mailed = None
        if not user.has_usable_password():
            about = About(email, user, "", user.language)
            mailed = mail_link(Kind.NEW_PASSWORD, about, by=by, at=at)
    return Appointed(membership, held is None, mailed)


def dismiss(appointee: Appointee, *, by: Actor, at: datetime) -> bool:
    """End the role at once; whether the person had it."""
    email = appointee.email.strip().lower()
    with transaction.atomic():
        held = appointed_for(appointee.program, appointee.role).filter(user__email=email)
        ended = [end_membership(each, by=by, at=at) for each in held]
    return bool(ended)


def _person(email: str, full_name: str, by: Actor, at: datetime) -> User:
    """Whoever signs in with the address; a new account without a password where nobody does."""
    user = User.objects.select_for_update(no_key=True).filter(email=email).first()
    if user is None:
        if not full_name:
            raise NotAppointed(Refusal.NO_NAME)
        user = User.objects.create_user(email, None, full_name=full_name)
        audit.record("person.registered", subject=("user", user.number), by=by, at=at)
        return user
    if user.is_system:
        raise NotAppointed(Refusal.NOT_A_PERSON)
    if not user.is_active:
        raise NotAppointed(Refusal.CLOSED)
    if full_name and not user.full_name:
        return change_profile(user, profile_of(user)._replace(full_name=full_name), by=by, at=at)
    return user
