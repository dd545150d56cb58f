"""A small world in the teaching program: Dr. Amara, Riverside, and Mara who is up to date."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import NamedTuple

from etasu.programs import library
from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.actions import record_result
from etasu.registry.participants import actions as participants
from etasu.registry.participants.models import Participant
from etasu.registry.patients.actions import enroll_patient
from etasu.registry.patients.models import Patient
from etasu.safe_use.program import ProgramVersion

PROGRAM = "teaching"
AT = datetime(2025, 5, 1, 15, 0, tzinfo=UTC)
ON = date(2025, 5, 1)


class World(NamedTuple):
    """Who is there. `keys` are the API keys of the prescriber and the facility."""

    amara: Participant
    riverside: Participant
    hillview: Participant
    mara: Patient
    keys: dict[str, str]


def version() -> ProgramVersion:
    """The teaching program as of the cast's day."""
    found = library.current().effective(PROGRAM, ON)
    assert found is not None
    return found


def certified(kind: str, name: str, on: date, **details: str) -> Participant:
    """A participant who did every certification step on one day."""
    participant = participants.register_participant(
        PROGRAM, kind, name, by=PLATFORM, at=AT, **details
    )
    for step in version().parties[kind].steps:
        participant = participants.record_step(
            participant, version(), step.code, on=on, by=PLATFORM, at=AT
        )
    return participant


def api_key(participant: Participant, role: str, secret: str) -> str:
    """An API key of a system acting for the participant."""
    user = User.objects.create_user(
        f"{secret}@example.org", full_name=f"System of {participant.number}", is_system=True
    )
    participants.add_member(user, participant, role, program=PROGRAM, by=PLATFORM, at=AT)
    digest = hashlib.sha256(secret.encode()).digest()
    ApiKey.objects.create(
        user=user, name="test", key_hash=digest, created_at=AT, created_by=PLATFORM.number
    )
    return secret


def build_world() -> World:
    """Everything in place for Mara's first course at Riverside on May 1, 2025."""
    amara = certified("prescriber", "Dr. Amara", date(2024, 2, 1), npi="1234567893")
    riverside = certified("facility", "Riverside", date(2024, 2, 1), setting="infusion-center")
    hillview = certified("facility", "Hillview", date(2022, 2, 1), setting="hospital")
    mara = enroll_patient(
        PROGRAM,
        "Mara",
        prescriber=amara,
        enrolled_on=date(2025, 4, 1),
        birth_date=date(1990, 6, 1),
        by=PLATFORM,
        at=AT,
    )
    record_result(
        mara, "cbc", collected_on=date(2025, 4, 20), value="done", unit=None, by=PLATFORM, at=AT
    )
    keys = {
        "prescriber": api_key(amara, "prescriber", "amara-key"),
        "facility": api_key(riverside, "infusion_nurse", "riverside-key"),
    }
    return World(amara, riverside, hillview, mara, keys)
