"""Changing a password, and getting in again after forgetting it. Other sessions end with both."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from etasu.registry.accounts.mailed_links import (
    About,
    Kind,
    mail_link,
    use_link,
    withdraw_links,
)
from etasu.registry.accounts.models import MailedLink, User
from etasu.registry.accounts.registration import Asked, LinkUsedUp
from etasu.registry.accounts.second_steps import WrongCode, take_app_code, take_recovery_code
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor


def ask_new_password(email: str, language: str, *, by: Actor, at: datetime) -> Asked:
    """A link to choose a new password with; to an unknown address, the news that it is unknown."""
    known = User.objects.filter(email=email.strip().lower(), is_active=True, is_system=False)
    user = known.first()
    mailed = mail_link(Kind.NEW_PASSWORD, About(email, user, "", language), by=by, at=at)
    return Asked(mailed, user is not None)


def set_new_password(link: MailedLink, password: str, *, at: datetime) -> User:
    """Choose a new password with a mailed link. A second step is still asked for afterwards.

    The link shows that the address is the person's own. Raises LinkUsedUp.
    """
    if link.user is None:
        raise LinkUsedUp
    by = Actor(link.user.number, "person")
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=link.user.pk)
        # A link to an address that is no longer theirs opens nothing.
        if user.email != link.address or not use_link(link, by=by, at=at):
            raise LinkUsedUp
        if user.email_confirmed_at is None:
            user.email_confirmed_at, user.email_confirmed_by = at, by.number
        _change(user, password, {"how": "mailed link"}, by, at)
    return user


def set_password_without_mail(
    email: str, codes: tuple[str, str], password: str, *, at: datetime
) -> User | None:
    """Choose a new password with the app's code and a recovery code; None unless both are right.

    For whoever can no longer read mail at the address. Both are taken, or neither is.
    """
    known = User.objects.filter(email=email.strip().lower(), is_active=True, is_system=False)
    user = known.first()
    if user is None:
        return None
    by = Actor(user.number, "person")
    app_code, recovery_code = codes
    try:
        with transaction.atomic():
            locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
            is_app = take_app_code(locked, app_code, by=by, at=at)
            if not is_app or not take_recovery_code(locked, recovery_code, by=by, at=at):
                raise WrongCode
            _change(locked, password, {"how": "app and recovery code"}, by, at)
    except WrongCode:
        audit.record("person.not_confirmed", subject=("user", user.number), by=by, at=at)
        return None
    return locked


def change_password(user: User, password: str, *, by: Actor, at: datetime) -> User:
    """Replace the password, or give somebody one who had none."""
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _change(locked, password, {"how": "signed in"}, by, at)
    return locked


def recovered_lately(user: User, since: datetime) -> bool:
    """Whether the password was replaced by a mailed link since that moment."""
    links = MailedLink.objects.filter(kind=Kind.NEW_PASSWORD, user=user, used_at__gte=since)
    return links.exists()


def _change(user: User, password: str, detail: dict[str, str], by: Actor, at: datetime) -> None:
    user.set_password(password)
    user.sign_outs += 1
    user.save()
    withdraw_links((Kind.NEW_PASSWORD,), user, by=by, at=at)
    subject = ("user", user.number)
    audit.record("person.password_changed", subject=subject, by=by, at=at, detail=detail)
