"""Links and codes sent by e-mail: each good once, for a while, for one purpose."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from etasu.registry.accounts.keeping_secrets import digest, keyed_digest
from etasu.registry.accounts.models import MailedLink, User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor

Kind = MailedLink.Kind
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GOOD_FOR: dict[str, timedelta] = {
    Kind.REGISTRATION: DAY,
    Kind.NEW_PASSWORD: HOUR,
    Kind.NEW_ADDRESS: DAY,
    Kind.KEEP_ADDRESS: 7 * DAY,
    Kind.LOST_FACTOR: HOUR,
    Kind.LOST_FACTOR_END: HOUR,
    Kind.STOP_LOST_FACTOR: 14 * DAY,
}
CODE_DIGITS = 8
# A code of eight digits is not guessed in so many tries; the link goes on working.
MOST_TRIES = 20
# Long past, and never used: nothing of it is worth keeping.
FORGOTTEN_AFTER = 7 * DAY


class Mailed(NamedTuple):
    """What goes into the message: the link's secret and its code. Neither is kept."""

    number: str
    kind: str
    address: str
    secret: str
    code: str
    good_until: datetime


class About(NamedTuple):
    """Whom a link is for, and what a registration holds until it is confirmed."""

    address: str
    user: User | None = None
    password: str = ""
    language: str = ""


def mail_link(kind: str, about: About, *, by: Actor, at: datetime) -> Mailed:
    """A new link; what went before for the same purpose is not touched until one is used."""
    secret, code = secrets.token_urlsafe(32), _new_code()
    link = MailedLink(
        kind=kind,
        user=about.user,
        address=about.address.strip().lower(),
        secret_hash=digest(secret),
        password=about.password,
        language=about.language,
        good_until=at + GOOD_FOR[kind],
        mailed_at=at,
        mailed_by=by.number,
    )
    link.code_hash = _code_hash(link.number, code)
    with transaction.atomic():
        link.save()
        detail = {"kind": kind, "link": link.number}
        audit.record("link.mailed", subject=_subject(link), by=by, at=at, detail=detail)
    return Mailed(link.number, kind, link.address, secret, code, link.good_until)


def link_of_secret(kind: str, secret: str, at: datetime) -> MailedLink | None:
    """The link with that secret, while it is good."""
    return _open(kind, at).filter(secret_hash=digest(secret)).select_related("user").first()


def link_of_code(kind: str, number: str, code: str, at: datetime) -> MailedLink | None:
    """The link with that number, when the code is the one sent with it; every try counts."""
    typed = "".join(char for char in code if char.isdecimal())
    with transaction.atomic():
        known = _open(kind, at).select_for_update(of=("self",)).select_related("user")
        link = known.filter(number=number, tries__lt=MOST_TRIES).first()
        if link is None or link.code_hash is None:
            return None
        link.tries += 1
        link.save(update_fields=["tries"])
    is_right = secrets.compare_digest(bytes(link.code_hash), _code_hash(number, typed))
    return link if is_right else None


def use_link(link: MailedLink, *, by: Actor, at: datetime) -> bool:
    """Use the link up, and withdraw every other one for the same purpose; False if it was used.

    Call it in the transaction of what the link is for.
    """
    alike = MailedLink.objects.filter(kind=link.kind, address=link.address)
    others = alike.exclude(pk=link.pk)
    with transaction.atomic():
        # Locked in one order: two of them used at the same moment wait for each other in turn.
        list(alike.select_for_update().order_by("pk").values_list("pk"))
        used = _open(link.kind, at).filter(pk=link.pk)
        if not used.update(used_at=at, used_by=by.number, password=""):
            return False
        withdraw(others, by=by, at=at)
        audit.record(
            "link.used", subject=_subject(link), by=by, at=at, detail={"link": link.number}
        )
    return True


def withdraw_links(kinds: tuple[str, ...], user: User, *, by: Actor, at: datetime) -> None:
    """Make a person's unused links of these kinds worthless."""
    withdraw(MailedLink.objects.filter(kind__in=kinds, user=user), by=by, at=at)


def withdraw(links: QuerySet[MailedLink], *, by: Actor, at: datetime) -> None:
    """Make those of the links worthless that were not used."""
    still = links.filter(used_at__isnull=True, withdrawn_at__isnull=True)
    still.update(withdrawn_at=at, withdrawn_by=by.number, password="")


def forget_old_links(at: datetime) -> int:
    """Delete what was sent to addresses and came to nothing long ago; how many."""
    old = MailedLink.objects.filter(good_until__lt=at - FORGOTTEN_AFTER, user__isnull=True)
    return old.filter(used_at__isnull=True).delete()[0]


def _open(kind: str, at: datetime) -> QuerySet[MailedLink]:
    return MailedLink.objects.filter(
        kind=kind, good_until__gte=at, used_at__isnull=True, withdrawn_at__isnull=True
    )


def _subject(link: MailedLink) -> tuple[str, str]:
    return ("user", link.user.number) if link.user else ("registration", link.number)


def _new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def _code_hash(number: str, code: str) -> bytes:
    return keyed_digest("mailed-code", f"{number}\n{code}")
