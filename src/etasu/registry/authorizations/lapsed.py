"""Live authorizations whose last day is over."""

from __future__ import annotations

from datetime import date

from etasu.registry.authorizations.models import Authorization


def patients_with_lapsed(on: date) -> list[int]:
    """The ids of patients who hold a live authorization that ended before the day, in order."""
    found = Authorization.objects.filter(state="live", valid_until__lt=on)
    return list(found.order_by("patient_id").values_list("patient_id", flat=True).distinct())
