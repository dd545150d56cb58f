"""What people do with their accounts, for the tests of the account pages."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from django.test import Client

from etasu.registry.accounts.codes import code_of, step_at
from etasu.registry.accounts.models import User
from etasu.registry.accounts.second_steps import add_app
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants.actions import register_participant
from tests.factories.authenticator import Device
from tests.factories.mail_server import MailServer, link_in
from tests.portals.world import PASSWORD, PROGRAM, add_person

GOOD = "plum ladder orbit seven"
OTHER = "quiet marble finch eleven"
SECRET = b"12345678901234567890"


class Few(NamedTuple):
    """Some of the cast, with their roles and nothing else."""

    at: datetime


def build_few(at: datetime) -> Few:
    """Cora at her pharmacy, Ben at his facility, and Ada who administers the program."""
    parties = (("cora", "pharmacist", "pharmacy"), ("ben", "infusion_nurse", "facility"))
    for name, role, kind in parties:
        party = register_participant(PROGRAM, kind, f"{name} {kind}", by=PLATFORM, at=at)
        add_person(PROGRAM, name, role, party, at)
    add_person(PROGRAM, "ada", "administrator", None, at)
    return Few(at)


def register(client: Client, email: str = "nadia@example.org", password: str = GOOD) -> Any:
    """Fill in the registration page."""
    return client.post("/account/register/", {"email": email, "password": password})


def registered(mail: MailServer, email: str = "nadia@example.org") -> Client:
    """Somebody who registered and confirmed, signed in."""
    client = Client()
    register(client, email)
    client.post(link_in(mail.newest_to(email, "Confirm")))
    return client


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    """Send the sign-in form."""
    return client.post("/sign-in/", {"email": email, "password": password} | more)


def person(name: str) -> User:
    """Somebody of the cast."""
    return User.objects.get(email=f"{name}@example.org")


def with_app(name: str, at: datetime) -> User:
    """Somebody of the cast, with an authenticator app whose first code was taken just before."""
    user = person(name)
    add_app(user, SECRET, code_of(SECRET, step_at(at) - 1), by=Actor(user.number, "person"), at=at)
    return user


def code_at(at: datetime) -> str:
    """What the app shows at that moment."""
    return code_of(SECRET, step_at(at))


def add_passkey(client: Client, device: Device, name: str = "Laptop") -> Any:
    """Add the device's passkey to the account signed in to."""
    options = client.post("/account/passkey/new/").json()
    sent = {"name": name, "passkey": device.make(options)}
    return client.post("/account/security/passkey/", sent)


def use_passkey(client: Client, device: Device, **more: str) -> Any:
    """Sign in with the device's passkey."""
    options = client.post("/account/passkey/challenge/").json()
    return client.post("/sign-in/passkey/", {"passkey": device.use(options)} | more)


def is_signed_in(client: Client) -> bool:
    """Whether somebody is signed in with this browser."""
    return client.get("/account/security/").status_code == 200


def text(response: Any) -> str:
    """The words of a page."""
    found: str = response.content.decode()
    return found


def plain(response: Any) -> str:
    """A page without what differs every time."""
    said = re.sub(r'name="(csrfmiddlewaretoken|form_token)" value="[^"]+"', "", text(response))
    return re.sub(r"[\w.]+@example\.org", "ADDRESS", said)


def verbs(user: User) -> list[str]:
    """What the audit trail says of somebody, in order."""
    found = AuditEntry.objects.filter(subject=user.number).order_by("id")
    return list(found.values_list("verb", flat=True))
