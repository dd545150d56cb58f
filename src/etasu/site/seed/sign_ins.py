"""How to get into a seeded site: the cast's sign-ins and the demo's API keys."""

from __future__ import annotations

from datetime import datetime

from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.patients.models import Patient
from etasu.site.seed import demo_secrets
from etasu.site.seed.cast import NEWCOMERS, PLAYERS, SYSTEMS, email, system_email
from etasu.site.seed.cast_patients import FAMILY_NAMES
from etasu.site.seed.report import DemoKey, SignIn

NO_ROLE = "no role"
EVERYBODY = (*PLAYERS, *NEWCOMERS)


def sign_ins() -> tuple[SignIn, ...]:
    """Everybody of the cast who is in this database, in the order to try them."""
    addresses = [email(player.key) for player in EVERYBODY]
    here = set(User.objects.filter(email__in=addresses).values_list("email", flat=True))
    password = demo_secrets.password()
    return tuple(
        SignIn(player.role or NO_ROLE, player.name, email(player.key), password, player.to_try)
        for player in EVERYBODY
        if email(player.key) in here
    )


def keys() -> tuple[DemoKey, ...]:
    """The API keys of the cast's systems that still open this site."""
    found = []
    for key, role in SYSTEMS.items():
        plain = demo_secrets.api_key(key)
        known = ApiKey.objects.filter(
            key_hash=demo_secrets.key_hash(plain), revoked_at__isnull=True
        )
        if known.exists():
            found.append(DemoKey(role, system_email(key), plain))
    return tuple(found)


def cast_patients() -> tuple[tuple[str, str], ...]:
    """Name and number of each patient of today's cast, in the order of the story."""
    names = {f"{key.title()} {family}": key for key, family in FAMILY_NAMES.items()}
    found = Patient.objects.filter(full_name__in=names).order_by("id")
    numbers = dict(found.values_list("full_name", "number"))
    return tuple((name, numbers[name]) for name in names if name in numbers)


def mend_sign_ins(at: datetime) -> None:
    """Make the password and keys that are shown the ones that open, whatever was changed."""
    hashed = demo_secrets.password_hash()
    addresses = [email(player.key) for player in EVERYBODY]
    User.objects.filter(email__in=addresses).exclude(password=hashed).update(password=hashed)
    for system in User.objects.filter(email__in=map(system_email, SYSTEMS), is_system=True):
        key = demo_secrets.api_key(system.email.partition("-")[0])
        ApiKey.objects.get_or_create(
            key_hash=demo_secrets.key_hash(key),
            defaults={
                "user": system,
                "name": "demo",
                "created_at": at,
                "created_by": PLATFORM.number,
            },
        )
