"""Results that are being corrected: their laboratory said something else that nobody has read."""

from __future__ import annotations

from django.db.models import QuerySet

from etasu.registry.monitoring.again import waiting
from etasu.registry.monitoring.correction_models import AwaitedCorrection
from etasu.registry.monitoring.lab_rows import LabItemRow
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import records_behind


def being_corrected(patient: Patient) -> QuerySet[AwaitedCorrection]:
    """The patient's results that count no longer until somebody has read why, newest first."""
    found = AwaitedCorrection.objects.filter(
        result__patient__in=records_behind(patient), item__in=waiting()
    )
    return found.select_related("result", "item").order_by("-result__collected_on", "-pk")


def taken_away_by(item: LabItemRow) -> QuerySet[AwaitedCorrection]:
    """The results that count no longer because of an item that waited."""
    return item.takes_away.select_related("result__patient").order_by("pk")
