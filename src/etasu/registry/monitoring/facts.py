"""Results as the gate and the portals read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from etasu.registry.monitoring.models import Result
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import records_behind


def results_of(patient: Patient) -> QuerySet[Result]:
    """The patient's results that stand, newest first."""
    found = Result.objects.filter(patient__in=records_behind(patient), replaced_at__isnull=True)
    return found.order_by("-collected_on", "test", "-id")


def is_on_file(
    patient: Patient, test: str, collected_on: date, value: str | None, unit: str | None
) -> bool:
    """Whether a result of that test and day stands; with a value, whether one says the same."""
    same = results_of(patient).filter(test=test, collected_on=collected_on)
    if value is not None:
        same = same.filter(value=value, unit=unit)
    return same.exists()


def result_records(
    patient: Patient, tests: Sequence[str], days: Sequence[date]
) -> list[dict[str, Any]]:
    """For each test every result of the newest day through each of the days, each once, by test.

    Two results of one day are both there, so that a contradiction is not hidden.
    """
    found: dict[int, Result] = {}
    for test in tests:
        for day in days:
            known = results_of(patient).filter(test=test, collected_on__lte=day)
            newest = known.first()
            if newest is not None:
                same_day = known.filter(collected_on=newest.collected_on)
                found |= {row.pk: row for row in same_day}
    rows = sorted(found.values(), key=lambda row: (row.test, row.collected_on, row.pk))
    return [
        {
            "test": row.test,
            "collected_on": row.collected_on.isoformat(),
            "value": row.value,
            "unit": row.unit,
        }
        for row in rows
    ]
