"""What a person says about themselves, and moving to another e-mail address."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from etasu.registry.accounts.mailed_links import (
    About,
    Kind,
    Mailed,
    mail_link,
    use_link,
    withdraw_links,
)
from etasu.registry.accounts.models import MailedLink, User
from etasu.registry.accounts.registration import LinkUsedUp
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor


class Profile(NamedTuple):
    """How to address and reach somebody, in which language and time zone."""

    full_name: str
    telephone: str
    time_zone: str
    language: str


class Moving(NamedTuple):
    """The messages when somebody moves to another address: one to confirm it, one to stop it.

    `is_taken` when the new address has an account: then it is told only that.
    """

    confirm: Mailed
    stop: Mailed
    is_taken: bool


def profile_of(user: User) -> Profile:
    """What is on record."""
    return Profile(user.full_name, user.telephone, user.time_zone, user.language)


def change_profile(user: User, profile: Profile, *, by: Actor, at: datetime) -> User:
    """Keep what the person says now; the trail notes which parts changed, not what they say."""
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        before = profile_of(locked)
        changed = [
            name for name in Profile._fields if getattr(before, name) != getattr(profile, name)
        ]
        for name in changed:
            setattr(locked, name, getattr(profile, name))
        if changed:
            locked.save(update_fields=changed)
            detail = {"changed": sorted(changed)}
            subject = ("user", locked.number)
            audit.record("person.profile_changed", subject=subject, by=by, at=at, detail=detail)
    return locked


def ask_new_address(user: User, email: str, *, by: Actor, at: datetime) -> Moving:
    """Begin to move to another address: it is confirmed there, and may be stopped here."""
    with transaction.atomic():
        taken = User.objects.filter(email=email.strip().lower()).exclude(pk=user.pk).exists()
        withdraw_links((Kind.NEW_ADDRESS,), user, by=by, at=at)
        stop = mail_link(Kind.KEEP_ADDRESS, About(user.email, user), by=by, at=at)
        confirm = mail_link(Kind.NEW_ADDRESS, About(email, user), by=by, at=at)
    return Moving(confirm, stop, taken)


def confirm_new_address(link: MailedLink, *, at: datetime) -> User:
    """Move to the address the link was sent to. Raises LinkUsedUp."""
    if link.user is None:
        raise LinkUsedUp
    by = Actor(link.user.number, "person")
    try:
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(pk=link.user.pk)
            if not use_link(link, by=by, at=at):
                raise LinkUsedUp
            user.email = link.address
            user.email_confirmed_at, user.email_confirmed_by = at, by.number
            user.save(update_fields=["email", "email_confirmed_at", "email_confirmed_by"])
            # A link for a new password that went to the old address is worth nothing any more.
            withdraw_links((Kind.NEW_PASSWORD,), user, by=by, at=at)
            detail = {"link": link.number}
            subject = ("user", user.number)
            audit.record("person.address_changed", subject=subject, by=by, at=at, detail=detail)
    except IntegrityError:
        raise LinkUsedUp from None
    return user


def keep_old_address(link: MailedLink, *, at: datetime) -> User:
    """Stop the move; or go back, when it was made meanwhile. Every session ends.

    Raises LinkUsedUp.
    """
    if link.user is None:
        raise LinkUsedUp
    by = Actor(link.user.number, "person")
    try:
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(pk=link.user.pk)
            if not use_link(link, by=by, at=at):
                raise LinkUsedUp
            withdraw_links((Kind.NEW_ADDRESS, Kind.NEW_PASSWORD), user, by=by, at=at)
            user.email = link.address
            user.sign_outs += 1
            user.save(update_fields=["email", "sign_outs"])
            subject = ("user", user.number)
            audit.record("person.address_kept", subject=subject, by=by, at=at)
    except IntegrityError:
        raise LinkUsedUp from None
    return user
