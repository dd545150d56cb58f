"""Getting in again after losing the second step, without a call and never more easily than that.

It takes the password at both ends, two messages to the address, and a day between them in which
whoever still has the second step stops it, by a link or simply by signing in.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from etasu.registry.accounts.mailed_links import (
    About,
    Kind,
    Mailed,
    mail_link,
    use_link,
    withdraw_links,
)
from etasu.registry.accounts.models import FactorRecovery, MailedLink, User
from etasu.registry.accounts.new_passwords import recovered_lately
from etasu.registry.accounts.registration import LinkUsedUp
from etasu.registry.accounts.second_steps import remove_second_steps
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor

WAIT = timedelta(hours=24)
# Whoever just got the password by e-mail has shown nothing but the mailbox so far.
WAIT_AFTER_NEW_PASSWORD = timedelta(hours=72)
LATELY = timedelta(days=7)
OPEN_FOR = timedelta(days=7)
LINKS = (Kind.LOST_FACTOR, Kind.LOST_FACTOR_END, Kind.STOP_LOST_FACTOR)


def open_recovery(user: User, at: datetime) -> FactorRecovery | None:
    """The recovery under way, waiting or ready."""
    found = user.factor_recoveries.filter(stopped_at__isnull=True, finished_at__isnull=True)
    return found.filter(good_until__gte=at).first()


def ask_recovery(user: User, *, by: Actor, at: datetime) -> Mailed:
    """First message: the link that begins the wait. The password has been given before this."""
    return mail_link(Kind.LOST_FACTOR, About(user.email, user), by=by, at=at)


def begin_recovery(link: MailedLink, *, at: datetime) -> tuple[FactorRecovery, Mailed]:
    """The wait begins; and the link that stops it, for the notice. Raises LinkUsedUp."""
    user = _owner(link)
    by = Actor(user.number, "person")
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not use_link(link, by=by, at=at):
            raise LinkUsedUp
        _stop_open(user, by, at)
        wait = WAIT_AFTER_NEW_PASSWORD if recovered_lately(user, at - LATELY) else WAIT
        recovery = FactorRecovery.objects.create(
            user=user,
            not_before=at + wait,
            good_until=at + wait + OPEN_FOR,
            asked_at=at,
            asked_by=by.number,
        )
        detail: dict[str, object] = {"not_before": recovery.not_before.isoformat()}
        _note("person.factor_recovery_begun", user, by, at, detail)
        stop = mail_link(Kind.STOP_LOST_FACTOR, About(user.email, user), by=by, at=at)
    return recovery, stop


def ask_recovery_end(user: User, *, by: Actor, at: datetime) -> Mailed | None:
    """Second message, after the wait: the code that ends it; None while there is none to end."""
    recovery = open_recovery(user, at)
    if recovery is None or at < recovery.not_before:
        return None
    return mail_link(Kind.LOST_FACTOR_END, About(user.email, user), by=by, at=at)


def finish_recovery(link: MailedLink, *, at: datetime) -> User:
    """Remove every second step, and end every session. Raises LinkUsedUp."""
    user = _owner(link)
    by = Actor(user.number, "person")
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        recovery = open_recovery(user, at)
        ready = recovery is not None and at >= recovery.not_before
        if recovery is None or not ready or not use_link(link, by=by, at=at):
            raise LinkUsedUp
        recovery.finished_at, recovery.finished_by = at, by.number
        recovery.save(update_fields=["finished_at", "finished_by"])
        remove_second_steps(user, by=by, at=at)
        user.sign_outs += 1
        user.save(update_fields=["sign_outs"])
        withdraw_links(LINKS, user, by=by, at=at)
        _note("person.factor_recovery_finished", user, by, at, {})
    return user


def stop_recovery(user: User, *, by: Actor, at: datetime) -> bool:
    """Stop what is under way; whether there was anything to stop."""
    with transaction.atomic():
        # Stopping and finishing wait for each other: only one of them finds the recovery open.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        was_open = _stop_open(user, by, at)
        withdraw_links(LINKS, user, by=by, at=at)
    return was_open


def _stop_open(user: User, by: Actor, at: datetime) -> bool:
    found = user.factor_recoveries.filter(stopped_at__isnull=True, finished_at__isnull=True)
    if not found.update(stopped_at=at, stopped_by=by.number):
        return False
    _note("person.factor_recovery_stopped", user, by, at, {})
    return True


def _owner(link: MailedLink) -> User:
    if link.user is None or link.user.email != link.address:
        raise LinkUsedUp
    return link.user


def _note(verb: str, user: User, by: Actor, at: datetime, detail: dict[str, object]) -> None:
    audit.record(verb, subject=("user", user.number), by=by, at=at, detail=detail)
