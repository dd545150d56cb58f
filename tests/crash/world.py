"""Fills a server's own database with patients to ask about, in a process of its own.

Run as `python -m tests.crash.world`; prints one JSON object: the API key, the facility, the
patients' numbers.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date, timedelta

import django

PATIENTS = 60
PROGRAM = "teaching"


def main() -> None:
    """Everything in place for each patient's first course, as of today."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "etasu.site.settings"
    django.setup()
    from etasu.clock.time import now_utc

    now = now_utc()
    json.dump(fill(now.date() - timedelta(days=1)), sys.stdout)


def fill(yesterday: date) -> dict[str, object]:
    """A prescriber, a facility, an API key, and patients with a blood count from yesterday."""
    from django.db import transaction

    from etasu.registry.audit.actors import PLATFORM
    from etasu.registry.monitoring.actions import record_result
    from etasu.registry.patients.actions import enroll_patient
    from tests.factories import teaching

    month_ago = yesterday - timedelta(days=30)
    with transaction.atomic():
        amara = teaching.certified("prescriber", "Dr. Amara", month_ago, npi="1234567893")
        riverside = teaching.certified(
            "facility", "Riverside", month_ago, setting="infusion-center"
        )
        key = teaching.api_key(amara, "prescriber", "crash-key")
        numbers = []
        for index in range(PATIENTS):
            patient = enroll_patient(
                PROGRAM,
                f"Patient {index}",
                prescriber=amara,
                enrolled_on=month_ago,
                by=PLATFORM,
                at=teaching.AT,
            )
            record_result(
                patient,
                "cbc",
                collected_on=yesterday,
                value="done",
                unit=None,
                by=PLATFORM,
                at=teaching.AT,
            )
            numbers.append(patient.number)
    return {"key": key, "facility": riverside.number, "patients": numbers}


if __name__ == "__main__":
    main()
