"""Taking part in help with costs, claiming it, and taking back what was granted wrongly."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.facts import (
    claimed_already,
    coverage_of,
    enrollment_of,
    enrollment_on,
    is_allowed,
    offered,
)
from etasu.registry.patient_support.models import CopayClaim, CopayEnrollment
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import ids_behind
from etasu.registry.patients.today import day_of
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.copay import Claim, CopayPlan, Coverage, Enrolled, judge_claim


class NotAllowed(ValueError):
    """The consent that help with costs needs is not given, or was taken back."""


class NothingToPay(ValueError):
    """A claim is for at least one cent."""


def enroll_in_copay(
    patient: Patient, coverage: Coverage, *, by: Actor, at: datetime
) -> CopayEnrollment:
    """Note what was said of insurance and home, from today on; the same said again is the one.

    Somebody takes part also when there is no help for them: what speaks against it is said, and
    may change. Raises NotOffered, or NotAllowed without the consent.
    """
    today = day_of(patient, at)
    version, plan = offered(patient, today)
    if not is_allowed(patient, plan, at):
        raise NotAllowed(plan.consent)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        before = enrollment_of(patient)
        if before is not None and coverage_of(before) == coverage:
            return before
        if before is not None:
            _end(before, by, at)
        made = CopayEnrollment.objects.create(
            patient=patient,
            program_version=version.label,
            **coverage._asdict(),
            begins_on=today,
            enrolled_at=at,
            enrolled_by=by.number,
        )
        _note("copay.enrolled", patient, {"enrollment": made.number}, by, at)
    return made


def leave_copay(patient: Patient, *, by: Actor, at: datetime) -> None:
    """Take part no longer; what was granted stays granted."""
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        before = enrollment_of(patient)
        if before is not None:
            _end(before, by, at)
            _note("copay.left", patient, {"enrollment": before.number}, by, at)


def claim_copay(patient: Patient, claim: Claim, *, by: Actor, at: datetime) -> CopayClaim:
    """Judge a claim by what was said for its day, and keep it whatever comes of it.

    A cost of a day that is granted already is not granted again. Raises NotOffered, and
    NothingToPay for less than a cent.
    """
    if claim.cents < 1:
        raise NothingToPay(claim.cents)
    version, plan = offered(patient, day_of(patient, at))
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        enrollment = enrollment_on(patient, claim.infusion_on)
        judged = judge_claim(
            plan,
            _enrolled(enrollment, patient, plan, at),
            claim,
            infusions=[each.given_on for each in infusions_of(patient)],
            claimed=claimed_already(patient),
        )
        made = CopayClaim.objects.create(
            patient=patient,
            enrollment=enrollment,
            program_version=version.label,
            cost=claim.cost,
            infusion_on=claim.infusion_on,
            asked_cents=claim.cents,
            granted_cents=judged.cents,
            reasons=list(judged.reasons),
            claimed_at=at,
            claimed_by=by.number,
        )
        detail = {"claim": made.number, "granted": judged.cents > 0}
        _note("copay.claimed", patient, detail, by, at)
    return made


def take_claims_back(
    patient: Patient, infusion_on: date, *, reason: str, by: Actor, at: datetime
) -> None:
    """Take back what was granted for a day on which no infusion was given after all."""
    with transaction.atomic():
        granted = CopayClaim.objects.select_for_update().filter(
            patient__in=ids_behind(patient),
            infusion_on=infusion_on,
            granted_cents__gt=0,
            taken_back_at__isnull=True,
        )
        for each in granted:
            each.taken_back_at, each.taken_back_by = at, by.number
            each.taken_back_reason = reason
            each.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_reason"])
            _note("copay.taken_back", patient, {"claim": each.number}, by, at)


def _enrolled(
    enrollment: CopayEnrollment | None, patient: Patient, plan: CopayPlan, at: datetime
) -> Enrolled | None:
    if enrollment is None:
        return None
    has_consent = is_allowed(patient, plan, at)
    return Enrolled(enrollment.begins_on, coverage_of(enrollment), has_consent)


def _end(enrollment: CopayEnrollment, by: Actor, at: datetime) -> None:
    enrollment.ended_at, enrollment.ended_by = at, by.number
    enrollment.save(update_fields=["ended_at", "ended_by"])


def _note(verb: str, patient: Patient, detail: dict[str, object], by: Actor, at: datetime) -> None:
    audit.record(verb, subject=("patient", patient.number), by=by, at=at, detail=detail)
