"""Registering oneself: an address and a password, and a link that shows the address is one's own.

There is no account before that: nobody can lay claim to somebody else's address, and an account
has no rights until somebody gives it a role.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction

from etasu.registry.accounts.mailed_links import (
    About,
    Kind,
    Mailed,
    forget_old_links,
    mail_link,
    use_link,
)
from etasu.registry.accounts.models import IntendedRole, MailedLink, User
from etasu.registry.accounts.models.people import composed
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor

# Somebody who has not said who they are.
VISITOR = Actor("visitor", "visitor")


class Asked(NamedTuple):
    """What to send after a registration: to an address that has an account, only that it has."""

    mailed: Mailed
    has_account: bool


class LinkUsedUp(ValueError):
    """The link was used meanwhile, or the address has an account by now."""


def check_new_password(password: str, user: User | None = None, email: str = "") -> None:
    """Raise Django's ValidationError, with every reason, for a password that will not do."""
    validate_password(password, user or User(email=email))


def ask_registration(email: str, password: str, language: str, *, by: Actor, at: datetime) -> Asked:
    """Begin a registration. The answer, and the work done for it, tell nothing of who is known."""
    hashed = make_password(composed(password))
    known = User.objects.filter(email=email.strip().lower()).first()
    forget_old_links(at)
    if known is not None:
        # Looks like any other; but neither its link nor its code is ever sent.
        about = About(email, known, "", language)
    else:
        about = About(email, None, hashed, language)
    return Asked(mail_link(Kind.REGISTRATION, about, by=by, at=at), known is not None)


def is_password_of(link: MailedLink, password: str) -> bool:
    """Whether this is the password the registration began with."""
    return check_password(composed(password) or "", link.password)


def confirm_registration(link: MailedLink, *, at: datetime) -> User:
    """Make the account, as the address is shown to be theirs. Raises LinkUsedUp."""
    if link.user is not None or not link.password:
        raise LinkUsedUp
    user = User(email=link.address, password=link.password, language=link.language)
    by = Actor(user.number, "person")
    user.email_confirmed_at, user.email_confirmed_by = at, by.number
    try:
        with transaction.atomic():
            if not use_link(link, by=by, at=at):
                raise LinkUsedUp
            user.save()
            detail = {"registration": link.number}
            audit.record(
                "person.registered", subject=("user", user.number), by=by, at=at, detail=detail
            )
            audit.record("person.email_confirmed", subject=("user", user.number), by=by, at=at)
    except IntegrityError:
        raise LinkUsedUp from None
    return user


def register_invited(email: str, full_name: str, password: str, *, by: Actor, at: datetime) -> User:
    """An account for whoever was invited at the address: the link came there, so it is theirs.

    Call it in the transaction in which they accept. Raises LinkUsedUp when there is one already.
    """
    if User.objects.filter(email=email).exists():
        raise LinkUsedUp
    user = User.objects.create_user(email, password, full_name=full_name.strip())
    user.email_confirmed_at, user.email_confirmed_by = at, user.number
    user.save(update_fields=["email_confirmed_at", "email_confirmed_by"])
    audit.record("person.registered", subject=("user", user.number), by=by, at=at)
    return user


def intend_role(user: User, program: str, role: str, *, by: Actor, at: datetime) -> IntendedRole:
    """Note what somebody wants to take part as. It gives no rights."""
    with transaction.atomic():
        said, is_new = IntendedRole.objects.get_or_create(
            user=user,
            program=program,
            role=role,
            defaults={"said_at": at, "said_by": by.number},
        )
        if is_new:
            audit.record(
                "person.role_intended",
                subject=("user", user.number),
                by=by,
                at=at,
                detail={"program": program, "role": role},
            )
        else:
            said.said_at, said.said_by = at, by.number
            said.save(update_fields=["said_at", "said_by"])
    return said


def intended_role(user: User) -> IntendedRole | None:
    """What the person last said they want to take part as."""
    return user.intended_roles.order_by("-said_at", "-id").first()


def registered_themselves(user: User) -> bool:
    """Whether the person made the account, rather than being entered by somebody."""
    return user.email_confirmed_by == user.number
