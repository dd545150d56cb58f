"""Fills a server's own database with patients to ask about, in a process of its own.

Run as `python -m tests.crash.world`; prints one JSON object: the API key, and the numbers of the
facility, the patients, the prescriber and a form they signed.
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
    """A prescriber, a facility, an API key, patients with a blood count from yesterday, a form."""
    from django.db import transaction

    from etasu.registry.audit.actors import PLATFORM
    from etasu.registry.monitoring.actions import record_result
    from etasu.registry.patients.actions import enroll_patient
    from etasu.registry.submissions.actions import FormToSign, keep_signed_form
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
        form = FormToSign(
            program=PROGRAM,
            program_version="2024-01-01",
            form="prescriber-enrollment",
            subject_kind="participant",
            subject_id=amara.pk,
            subject_number=amara.number,
            answers={"name": "Amara Example"},
            gate_answers={},
            signer_name="Amara Example",
            meaning="I have read the overview and agree.",
            signed_on=month_ago,
        )
        signed = keep_signed_form(form, by=PLATFORM, at=teaching.AT)
    return {
        **{"key": key, "facility": riverside.number, "patients": numbers},
        **{"prescriber": amara.number, "form": signed.number},
    }


if __name__ == "__main__":
    main()
