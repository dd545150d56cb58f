"""Compliance events as the portals read them."""

from __future__ import annotations

from django.db.models import F, QuerySet

from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import records_behind


def events(program: str, *, is_open: bool | None = None) -> QuerySet[ComplianceEvent]:
    """Events of the program, open or closed or both, the open ones first, then the newest."""
    found = ComplianceEvent.objects.filter(program=program)
    if is_open is not None:
        found = found.filter(closed_at__isnull=is_open)
    open_first = F("closed_at").desc(nulls_first=True)
    found = found.select_related("patient", "participant")
    return found.order_by(open_first, "-opened_at", "-id")


def event_by_number(number: str, program: str) -> ComplianceEvent | None:
    """The event of that number in the program, or None."""
    return events(program).filter(number=number).first()


def events_of(patient: Patient) -> QuerySet[ComplianceEvent]:
    """The patient's events, newest first."""
    found = ComplianceEvent.objects.filter(patient__in=records_behind(patient))
    found = found.select_related("participant")
    return found.order_by("-opened_at", "-id")


def open_events(program: str) -> QuerySet[ComplianceEvent]:
    """Events of the program nobody has closed, oldest first."""
    found = ComplianceEvent.objects.filter(program=program, closed_at__isnull=True)
    return found.select_related("patient", "participant").order_by("opened_at", "id")
