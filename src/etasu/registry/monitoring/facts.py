"""Results as the gate and the portals read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from etasu.registry.monitoring.models import Result
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import ids_behind, records_behind


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
    if not tests:
        return []
    with connection.cursor() as db:
        db.execute(_NEWEST, [list(tests), list(days), list(ids_behind(patient))])
        rows = db.fetchall()
    return [
        {"test": test, "collected_on": day.isoformat(), "value": value, "unit": unit}
        for test, day, _, value, unit in sorted(rows, key=lambda row: row[:3])
    ]


_NEWEST = """
SELECT DISTINCT found.test, found.collected_on, found.id, found.value, found.unit
FROM unnest(%s::text[]) AS wanted (test)
CROSS JOIN unnest(%s::date[]) AS through (day)
CROSS JOIN LATERAL (
    SELECT * FROM monitoring_result
    WHERE patient_id = ANY(%s) AND test = wanted.test AND replaced_at IS NULL
        AND collected_on <= through.day
    ORDER BY collected_on DESC FETCH FIRST ROW WITH TIES
) found
"""
