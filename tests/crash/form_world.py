"""Fills a server's own database with people who fill in every form, in a process of its own.

Run as `python -m tests.crash.form_world <rounds>`; prints one JSON object: for each form who fills
it in, and the addresses where each round of it begins.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import django

PROGRAM = "lemtrada"
ZONE = "America/New_York"


class People(NamedTuple):
    """Participants by who fills forms in for them: certified ones, and ones to be enrolled."""

    amara: Any
    riverside: Any
    newell: Any
    hillview: Any
    cedar: Any
    mara: Any


def main(rounds: int) -> None:
    """Everybody in place, as of now."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "etasu.site.settings"
    django.setup()
    from django.db import transaction

    from etasu.clock.time import now_utc

    now = now_utc()
    with transaction.atomic():
        json.dump(fill(rounds, now, now.astimezone(ZoneInfo(ZONE)).date()), sys.stdout)


def fill(rounds: int, at: datetime, today: date) -> dict[str, Any]:
    """The forms of the program in force: who fills each in, and where each round begins."""
    from etasu.registry.accounts import access
    from tests.portals.world import add_person, version

    people = participants(at)
    for name, role, whom in (
        ("amara", access.PRESCRIBER, people.amara),
        ("ben", access.INFUSION_NURSE, people.riverside),
        ("newell", access.PRESCRIBER, people.newell),
        ("rita", access.FACILITY_REPRESENTATIVE, people.hillview),
        ("pia", access.PHARMACY_REPRESENTATIVE, people.cedar),
    ):
        add_person(PROGRAM, name, role, whom, at)
    forms = version(PROGRAM, today).forms
    return {code: beginnings(code, people, rounds, at, today) for code in sorted(forms)}


def participants(at: datetime) -> People:
    """Two certified participants, three that only registered, and a patient."""
    from etasu.registry.audit.actors import PLATFORM
    from etasu.registry.participants.actions import register_participant
    from etasu.registry.treatment.actions import record_infusion
    from tests.portals.world import certified, enrolled

    def registered(kind: str, name: str, **details: str) -> Any:
        return register_participant(
            PROGRAM, kind, name, time_zone=ZONE, by=PLATFORM, at=at, **details
        )

    amara = certified(PROGRAM, "prescriber", "Dr. Amara", at.date(), at)
    where = certified(PROGRAM, "facility", "Riverside", at.date(), at, setting="infusion-center")
    mara = enrolled(PROGRAM, "Mara Lindqvist", amara, at)
    # A form about a course is begun only where there is one.
    record_infusion(
        mara, course=1, given_on=at.date(), facility=where, authorization_number=None,
        by=PLATFORM, at=at,
    )  # fmt: skip
    return People(
        amara,
        where,
        registered("prescriber", "Dr. Newell"),
        registered("facility", "Hillview"),
        registered("pharmacy", "Cedar Pharmacy"),
        mara,
    )


def beginnings(
    code: str, people: People, rounds: int, at: datetime, today: date
) -> dict[str, object]:
    """Who fills a form in, and the address each round of it begins at."""
    own = {
        "prescriber-enrollment": "newell",
        "facility-enrollment": "rita",
        "pharmacy-enrollment": "pia",
    }
    if code in own:
        return {"who": own[code], "begin": [f"/forms/begin/{code}/"] * rounds}
    if code == "patient-enrollment":
        return {"who": "amara", "begin": ["/forms/new-patient/"] * rounds}
    if code == "infusion-checklist":
        days = [about_a_day(code, people, course, at, today) for course in range(1, rounds + 1)]
        return {"who": "ben", "begin": days}
    return {"who": "amara", "begin": [f"/forms/begin/{code}/{people.mara.number}/"] * rounds}


def about_a_day(code: str, people: People, course: int, at: datetime, today: date) -> str:
    """The facility's form about a course, begun beside the patient's record."""
    from etasu.registry.accounts import access
    from etasu.registry.audit.actors import Actor
    from etasu.registry.submissions.actions import Beginning, begin_draft

    mara = people.mara
    beginning = Beginning(
        PROGRAM, code, "patient", mara.pk, mara.number, people.riverside.pk, course
    )
    by = Actor("ben", access.INFUSION_NURSE)
    return f"/forms/{begin_draft(beginning, by=by, at=at, on=today).number}/"


if __name__ == "__main__":
    main(int(sys.argv[1]))
