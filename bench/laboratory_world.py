"""`python -m bench.laboratory_world PATIENTS`: patients who are watched, and a laboratory.

Each has had a course of five days and results from before it; the laboratory's number of each is
on record.
"""

import sys
from datetime import date, timedelta

import django

BORN = date(1990, 6, 1)
TREATED = date(2025, 5, 5)


def main() -> None:
    """Write the rows."""
    django.setup()
    from django.db import connection

    from bench.laboratory_line import SENDER, TESTS
    from etasu.registry.monitoring.models import Result
    from etasu.registry.patients.models import Patient, PatientIdentifier
    from etasu.registry.treatment.models import Infusion
    from tests.registry import labs

    count = int(sys.argv[1])
    labs.connect(SENDER, authorities={"RIVER": "riverside"})
    first = labs.patient("Mara Vale", "MRN-0")
    made = Patient.objects.bulk_create(
        Patient(
            full_name="Mara Vale",
            prescriber=first.prescriber,
            birth_date=BORN,
            enrolled_on=first.enrolled_on,
            program=first.program,
            registered_at=labs.AT,
            registered_by="bench",
        )
        for _ in range(count - 1)
    )
    PatientIdentifier.objects.bulk_create(
        PatientIdentifier(
            patient=each,
            program=each.program,
            authority="riverside",
            value=f"MRN-{number}",
            added_at=labs.AT,
            added_by="bench",
        )
        for number, each in enumerate(made, 1)
    )
    Infusion.objects.bulk_create(
        Infusion(
            patient=each,
            course=1,
            given_on=TREATED + timedelta(days=day),
            recorded_at=labs.AT,
            recorded_by="bench",
        )
        for each in (first, *made)
        for day in range(5)
    )
    Result.objects.bulk_create(
        (
            Result(
                patient=each,
                test=test,
                collected_on=TREATED - timedelta(days=10),
                value=f"{usual:g}",
                unit=unit,
                recorded_at=labs.AT,
                recorded_by="bench",
            )
            for each in (first, *made)
            for test, _, _, unit, _, usual, _ in TESTS
        ),
        batch_size=5_000,
    )
    with connection.cursor() as db:
        db.execute("ANALYZE")


if __name__ == "__main__":
    main()
