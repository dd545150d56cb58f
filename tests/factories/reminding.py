"""Patients of a program with many tests, who can be reached, and what falls due for them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.models import Result, Touch
from etasu.registry.monitoring.reminding import Reminded, say_what_falls_due
from etasu.registry.monitoring.watches import look_again
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.treatment.models import Infusion
from tests.factories.own_programs import library_of

PROGRAM = "lemtrada"
BEGAN = date(2024, 4, 1)
# Everything monthly falls due on May 1, 2024: two days before and after are in the ladder.
DUE_ON = date(2024, 5, 1)
AT = datetime(2024, 5, 1, 16, tzinfo=UTC)
BY = {"recorded_at": AT, "recorded_by": PLATFORM.number}


def only_this_program() -> library.ProgramLibrary:
    """A library that holds that program alone."""
    return library_of(PROGRAM)


def treated(count: int = 1, **columns: Any) -> list[Patient]:
    """That many patients with a first infusion on the day it began, looked at since."""
    prescriber = Participant.objects.filter(kind="prescriber", program=PROGRAM).first()
    made = [
        Patient(
            **{
                "program": PROGRAM,
                "full_name": f"Ana Prueba {n}",
                "attributes": {"sex": "male"},
                "telephone": f"(212) 555-{100 + n % 100:04d}",
                "email": f"ana{n}@example.org",
                "enrolled_on": BEGAN,
                "registered_at": AT,
                "registered_by": PLATFORM.number,
                "prescriber": prescriber,
                **columns,
            }
        )
        for n in range(count)
    ]
    people = Patient.objects.bulk_create(made)
    Infusion.objects.bulk_create(
        [Infusion(patient=who, course=1, given_on=BEGAN, **BY) for who in people]
    )
    look(BEGAN)
    return people


def look(on: date) -> None:
    """Follow every touch."""
    while Touch.objects.exists():
        look_again(on)


def say(on: date = DUE_ON, at: datetime | None = None) -> Reminded:
    """A night: what falls due by the day is said."""
    moment = at or datetime(on.year, on.month, on.day, 16, tzinfo=UTC)
    return say_what_falls_due(on, by=PLATFORM, at=moment)


def found(who: Patient, on: date, *tests: str) -> None:
    """Results of these tests, or of all that are monthly, followed up."""
    named = tests or ("cbc-with-differential", "creatinine", "urinalysis-with-cells")
    Result.objects.bulk_create(
        [Result(patient=who, test=test, collected_on=on, **BY) for test in named]
    )
    look(on + timedelta(days=1))
