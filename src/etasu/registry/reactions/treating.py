"""What follows when the drug was given or handed over, authorized or not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations import actions as authorizations
from etasu.registry.authorizations.announcing import is_step
from etasu.registry.authorizations.models import Authorization
from etasu.registry.compliance.actions import open_event
from etasu.registry.monitoring.relooking import courses_changed
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, records_behind
from etasu.registry.treatment import actions as treatment
from etasu.registry.treatment.models import Dispense, Infusion


def infusion_given(
    patient: Patient,
    *,
    course: int,
    given_on: date,
    facility: Participant | None,
    by: Actor,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> Infusion:
    """Record an infusion; use the day's authorization, or open a compliance event without one.

    The record is never refused. Raises AlreadyRecorded when the day is already on record.
    """
    with transaction.atomic():
        known = _authorized_day(patient, facility, given_on)
        fits = known is not None and known.course == course
        infusion = treatment.record_infusion(
            patient,
            course=course,
            given_on=given_on,
            facility=facility,
            authorization_number=known.number if known and fits else None,
            by=by,
            at=at,
            detail=detail,
        )
        if known and fits:
            # One whose infusion was taken back is used already.
            authorizations.use_authorization(known.number, by=by, at=at)
            _use_up_course(known, by=by, at=at)
        else:
            open_event(
                "infusion-without-authorization",
                subject=infusion.number,
                patient=patient,
                participant=facility,
                happened_on=given_on,
                by=by,
                at=at,
                detail={"course": course},
            )
        # It may have been written down after results that rise from what was before it.
        courses_changed(patient, given_on, by=by, at=at)
    return infusion


def product_dispensed(
    patient: Patient,
    *,
    units: int,
    dispensed_on: date,
    pharmacy: Participant | None,
    authorization_number: str | None,
    by: Actor,
    at: datetime,
) -> Dispense:
    """Record a dispense; use its authorization, or open a compliance event without one."""
    with transaction.atomic():
        # A dispense written down late may find that its authorization lapsed meanwhile.
        known = Authorization.objects.filter(
            number=authorization_number,
            patient__in=records_behind(patient),
            state__in=["live", "expired"],
            valid_until__gte=dispensed_on,
        ).first()
        dispense = treatment.record_dispense(
            patient,
            units=units,
            dispensed_on=dispensed_on,
            pharmacy=pharmacy,
            course=known.course if known else None,
            authorization_number=known.number if known else None,
            by=by,
            at=at,
        )
        if known:
            authorizations.use_authorization(known.number, by=by, at=at)
        else:
            open_event(
                "dispense-without-authorization",
                subject=dispense.number,
                patient=patient,
                participant=pharmacy,
                happened_on=dispensed_on,
                by=by,
                at=at,
            )
    return dispense


def _use_up_course(day: Authorization, *, by: Actor, at: datetime) -> None:
    """With the last day of a course given, the authorization of the course is used."""
    if day.course is None or day.course_days is None:
        return
    person = records_behind(answered_for(day.patient))
    recorded = Infusion.objects.filter(patient__in=person, course=day.course)
    given = recorded.filter(struck_at__isnull=True).values("given_on").distinct()
    if given.count() < day.course_days:
        return
    found = Authorization.objects.filter(
        patient__in=person, unit="course", course=day.course, state="live"
    )
    for known in found.select_related("decision"):
        if is_step(known.decision):
            authorizations.use_authorization(known.number, by=by, at=at)


def _struck(patient: Patient, on: date) -> list[str]:
    """The authorizations of infusions of that day that were taken back, so that none was given."""
    person = Infusion.objects.filter(patient__in=records_behind(patient), given_on=on)
    found = person.filter(struck_at__isnull=False, authorization_number__isnull=False)
    return [each for each in found.values_list("authorization_number", flat=True) if each]


def _authorized_day(
    patient: Patient, facility: Participant | None, on: date
) -> Authorization | None:
    # A day written down late may have lapsed meanwhile; it was authorized all the same.
    found = Authorization.objects.filter(
        patient__in=records_behind(patient),
        unit="infusion_day",
        valid_from__lte=on,
        valid_until__gte=on,
    ).filter(Q(state__in=["live", "expired"]) | Q(state="used", number__in=_struck(patient, on)))
    if facility is not None:
        found = found.filter(names__facility=facility.number)
    return found.order_by("-id").first()
