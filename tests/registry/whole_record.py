"""All that is on record of a patient, read without what intake reads it by."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from etasu.registry.monitoring.models import Result
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.signals import Measured, Record
from etasu.safe_use.units import UNIT_REVIEW


def whole_record(person: int) -> Record:
    """All that stands of a patient, under every number of theirs."""
    records = Q(patient=person) | Q(patient__merged_into=person)
    infusions = list(Infusion.objects.filter(records, struck_at__isnull=True))
    first: dict[int, date] = {}
    for each in infusions:
        first[each.course] = min(each.given_on, first.get(each.course, each.given_on))
    return Record(
        results=tuple(map(_measured, Result.objects.filter(records, replaced_at__isnull=True))),
        courses=tuple(sorted(first.values())),
        infusions=tuple(sorted(each.given_on for each in infusions)),
    )


def _measured(row: Result) -> Measured:
    said = (row.value, row.unit, row.comparator, row.low, row.high, tuple(row.flags.split()))
    is_unclear = row.review == UNIT_REVIEW
    return Measured(row.pk, row.test, row.collected_on, *said, is_unclear, row.collected_moment)
