"""Help with costs as the doors read it."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum

from etasu.programs import library
from etasu.registry.patient_support.models import CopayClaim, CopayEnrollment
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import ids_behind
from etasu.registry.submissions.facts import has_consent
from etasu.safe_use.copay import CopayPlan, Cost, Coverage
from etasu.safe_use.program import ProgramVersion


class NotOffered(ValueError):
    """The program in force does not help with costs."""


class Benefit(NamedTuple):
    """What was granted for one cost in all, in cents, and for how many infusion days."""

    cost: Cost
    cents: int
    days: int


def offered(patient: Patient, on: date) -> tuple[ProgramVersion, CopayPlan]:
    """What the program in force on the day helps with; raises NotOffered."""
    version = library.current().effective(patient.program, on)
    if version is None or version.copay is None:
        raise NotOffered(patient.program)
    return version, version.copay


def is_offered(patient: Patient, on: date) -> bool:
    """Whether the program in force on the day helps with costs."""
    version = library.current().effective(patient.program, on)
    return version is not None and version.copay is not None


def is_allowed(patient: Patient, plan: CopayPlan, at: datetime) -> bool:
    """Whether the consent that help with costs needs stands."""
    return any(has_consent("patient", pk, plan.consent, at) for pk in ids_behind(patient))


def enrollment_of(patient: Patient) -> CopayEnrollment | None:
    """How the patient takes part now; None for one who does not."""
    found = CopayEnrollment.objects.filter(patient__in=ids_behind(patient), ended_at__isnull=True)
    return found.order_by("-enrolled_at", "-id").first()


def enrollment_on(patient: Patient, day: date) -> CopayEnrollment | None:
    """How the patient took part on that day; for a day before they did, how they do now."""
    known = CopayEnrollment.objects.filter(patient__in=ids_behind(patient), begins_on__lte=day)
    found = known.order_by("-enrolled_at", "-id").first()
    if found is None:
        return enrollment_of(patient)
    zone = ZoneInfo(patient.time_zone)
    is_over = found.ended_at is not None and found.ended_at.astimezone(zone).date() < day
    return None if is_over else found


def coverage_of(enrollment: CopayEnrollment) -> Coverage:
    """What was said of insurance and home."""
    return Coverage(enrollment.has_commercial, enrollment.has_government, enrollment.state)


def claims_of(patient: Patient) -> QuerySet[CopayClaim]:
    """Everything that was claimed, the newest infusion day first."""
    found = CopayClaim.objects.filter(patient__in=ids_behind(patient))
    return found.order_by("-infusion_on", "-claimed_at", "-id")


def claimed_already(patient: Patient) -> set[tuple[Cost, date]]:
    """The costs of days for which something is granted."""
    rows = _granted(patient).values_list("cost", "infusion_on")
    return {(Cost(cost), day) for cost, day in rows}


def benefits_of(patient: Patient) -> list[Benefit]:
    """The ledger in short: what was granted for each cost, what was taken back left out."""
    found = []
    for cost in Cost:
        rows = _granted(patient).filter(cost=cost)
        cents = rows.aggregate(total=Sum("granted_cents"))["total"] or 0
        found.append(Benefit(cost, cents, rows.values("infusion_on").distinct().count()))
    return found


def _granted(patient: Patient) -> QuerySet[CopayClaim]:
    return claims_of(patient).filter(granted_cents__gt=0, taken_back_at__isnull=True)
