"""The ways a person can sign in, and the browsers they are signed in with, as a page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from etasu.registry.accounts.facts import Person
from etasu.registry.accounts.outside import connections
from etasu.registry.accounts.passkeys import passkeys_of

WAYS: dict[str, Promise] = {
    "password": _("password"),
    "app": _("authenticator app"),
    "passkey": _("passkey"),
    "recovery code": _("recovery code"),
    "recovered": _("recovery by e-mail"),
    "organization": _("organization"),
    "second step there": _("second step there"),
    "passkey there": _("passkey there"),
    "google": _("Google"),
    "facebook": _("Facebook"),
}


class SessionRow(NamedTuple):
    """A browser the person is signed in with."""

    number: str
    browser: str
    ways: str
    began_at: datetime
    last_seen: datetime
    is_this: bool


def ways_in(person: Person) -> list[str]:
    """Every way the person can begin to sign in with."""
    found = {
        "password": person.has_usable_password(),
        "passkey": bool(passkeys_of(person)),
    }
    return [*(way for way, is_there in found.items() if is_there), *issuers_by_way(person)]


def issuers_by_way(person: Person) -> dict[str, list[str]]:
    """Where else the person can sign in: a service by its code, anything else an organization."""
    known = {each["issuer"]: code for code, each in settings.ETASU_WELL_KNOWN.items()}
    found: dict[str, list[str]] = {}
    for each in connections(person):
        found.setdefault(known.get(each.issuer, "organization"), []).append(each.issuer)
    return found


def session_list(found: Iterable[Any], this_key: str) -> list[SessionRow]:
    """The open sessions, this one marked."""
    return [
        SessionRow(
            each.number,
            each.browser,
            ", ".join(str(WAYS.get(way, way)) for way in each.ways.split(", ")),
            each.began_at,
            each.last_seen,
            each.session_key == this_key,
        )
        for each in found
    ]
