"""The fixed cast in any program, as rows: the same people that `etasu seed` and `demo` make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

from etasu.registry.accounts.models import User
from etasu.registry.participants.facts import Asker, askers
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.site.seed import keys, load_cast, sign_ins
from etasu.site.seed.cast_days import newest_cast

AT = datetime(2026, 5, 6, 18, 0, tzinfo=UTC)


class Cast(NamedTuple):
    """Everybody by key, such as `amara`, `riverside` and `mara`, and how they sign in.

    `keys` are API keys by role, `password` is everybody's.
    """

    program: str
    on: date
    at: datetime
    participants: Mapping[str, Participant]
    patients: Mapping[str, Patient]
    keys: Mapping[str, str]
    password: str

    def user(self, key: str) -> User:
        """Somebody who signs in."""
        return User.objects.get(email=f"{key}@example.org")

    def asker(self, key: str) -> Asker:
        """The same person asking a gate."""
        return askers(self.user(key))[0]


def build_cast(program: str | None = None, at: datetime = AT) -> Cast:
    """Enroll the cast for that day; None takes the site's main program."""
    load_cast(at, program=program)
    return cast_here(at)


def cast_here(at: datetime) -> Cast:
    """The newest cast of this database."""
    noted = newest_cast()
    assert noted is not None
    return Cast(
        program=noted["program"],
        on=date.fromisoformat(noted["on"]),
        at=at,
        participants={
            key: Participant.objects.get(number=number)
            for key, number in noted["participants"].items()
        },
        patients={
            key: Patient.objects.get(number=number) for key, number in noted["patients"].items()
        },
        keys={each.role: each.key for each in keys()},
        password=sign_ins()[0].password,
    )
