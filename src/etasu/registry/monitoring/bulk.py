"""Results another administrator has on file, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import AT_ONCE, Told, record_all
from etasu.registry.audit.origins import Source
from etasu.registry.monitoring.models import Result
from etasu.registry.patients.bulk import count_changes
from etasu.registry.patients.models import Patient

CHANNEL = "carried over"


class ResultToCarry(NamedTuple):
    """One final result."""

    patient: Patient
    test: str
    collected_on: date
    value: str | None
    unit: str | None


def carry_over_results(
    carried: Sequence[ResultToCarry], source: Source, *, by: Actor, at: datetime
) -> list[Result]:
    """Each as it was reported. No limit is looked at: that was done when it came in."""
    made = [
        Result(**each._asdict(), channel=CHANNEL, recorded_at=at, recorded_by=by.number)
        for each in carried
    ]
    with transaction.atomic():
        count_changes({each.patient.pk for each in carried})
        Result.objects.bulk_create(made, batch_size=AT_ONCE)
        record_all((_told(result, source) for result in made), by=by, at=at)
    return made


def _told(result: Result, source: Source) -> Told:
    detail = {
        "test": result.test,
        "on": result.collected_on.isoformat(),
        "result": result.pk,
        **source.note(),
    }
    return Told("result.carried_over", "patient", result.patient.number, detail)
