"""When this happened, these verbs follow: the one table of consequences in the registry."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations import actions as authorizations
from etasu.registry.authorizations import facts as gate_facts
from etasu.registry.authorizations.models import Authorization
from etasu.registry.authorizations.requests import NO_SUCH_PATIENT, BadRequest, check_request
from etasu.registry.authorizations.signed import SignedRequest, check_tests, form_to_sign
from etasu.registry.compliance.actions import open_event
from etasu.registry.monitoring.actions import record_result
from etasu.registry.monitoring.facts import is_on_file
from etasu.registry.participants import actions as participants
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Participant
from etasu.registry.patients import actions as patients
from etasu.registry.patients.facts import patient_by_number
from etasu.registry.patients.models import Hold, Patient
from etasu.registry.patients.revisions import lock_patient, note_change
from etasu.registry.submissions.actions import keep_signed_form
from etasu.registry.treatment import actions as treatment
from etasu.registry.treatment.models import Dispense, Infusion
from etasu.safe_use.requirements import AuthorizedBy


def signed_request(signed: SignedRequest, *, by: Asker, at: datetime) -> authorizations.Given:
    """Keep the form, record the tests that are new, and ask the gate: all of it, or nothing.

    The answers the gate reads are those the program marks so, whatever else the form says. Raises
    BadRequest for what cannot be asked or signed, Busy when it could not be settled.
    """
    request, actor = signed.request, Actor(by.user, by.role)
    with transaction.atomic():
        patient = patient_by_number(request.patient, request.program)
        if patient is None or not gate_facts.may_ask_about(by, patient):
            raise BadRequest(NO_SUCH_PATIENT)
        lock_patient(patient)
        version = gate_facts.version_for(request)
        check_request(request, version.gates.get(request.gate), by, at)
        check_tests(signed, version, by, at)
        form = form_to_sign(signed, version, patient, by, at)
        if form is not None:
            keep_signed_form(form, by=actor, at=at)
            note_change(patient)
        for each in signed.tests:
            if not is_on_file(patient, each.test, each.collected_on, each.value, each.unit):
                record_result(patient, **each._asdict(), by=actor, at=at, channel="form")
        return authorizations.answer_request(request, by=by, at=at)


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
            patient=patient,
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
    recorded = Infusion.objects.filter(patient=day.patient, course=day.course)
    if recorded.filter(struck_at__isnull=True).count() < day.course_days:
        return
    found = Authorization.objects.filter(
        patient=day.patient, unit="course", course=day.course, state="live"
    )
    for known in found.select_related("decision"):
        if _is_step(known):
            authorizations.use_authorization(known.number, by=by, at=at)


def _authorized_day(
    patient: Patient, facility: Participant | None, on: date
) -> Authorization | None:
    # A day written down late may have lapsed meanwhile; it was authorized all the same.
    found = Authorization.objects.filter(
        patient=patient,
        unit="infusion_day",
        state__in=["live", "expired"],
        valid_from__lte=on,
        valid_until__gte=on,
    )
    if facility is not None:
        found = found.filter(names__facility=facility.number)
    return found.order_by("-id").first()


def hold_opened(
    patient: Patient, code: str, *, reason: str, on: date, by: Actor, at: datetime
) -> Hold:
    """Open a hold and take back what was open for use: the day, the fill, the shipment.

    A course stays authorized, for its gates ask again and see the hold.
    """
    with transaction.atomic():
        hold = patients.open_hold(patient, code, reason=reason, on=on, by=by, at=at)
        found = Authorization.objects.filter(patient=patient)
        _take_back(found, f"hold opened: {code}", keep_steps=True, by=by, at=at)
    return hold


def enrollment_ended(
    patient: Patient, *, on: date, reason: str, by: Actor, at: datetime
) -> Patient:
    """End the enrollment and take back every live authorization of the patient."""
    with transaction.atomic():
        ended = patients.end_enrollment(patient, on=on, reason=reason, by=by, at=at)
        found = Authorization.objects.filter(patient=patient)
        _take_back(found, f"enrollment ended: {reason}", keep_steps=False, by=by, at=at)
    return ended


def participant_suspended(
    participant: Participant,
    *,
    since: date,
    until: date | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> Participant:
    """Suspend a participant and take back what was open for use through them."""
    with transaction.atomic():
        suspended = participants.suspend_participant(
            participant, since=since, until=until, reason=reason, by=by, at=at
        )
        found = _resting_on(participant)
        _take_back(found, f"{participant.kind} suspended", keep_steps=True, by=by, at=at)
    return suspended


def participant_decertified(
    participant: Participant, *, on: date, reason: str, by: Actor, at: datetime
) -> Participant:
    """Decertify a participant and take back what was open for use through them."""
    with transaction.atomic():
        decertified = participants.decertify_participant(
            participant, on=on, reason=reason, by=by, at=at
        )
        found = _resting_on(participant)
        _take_back(found, f"{participant.kind} decertified", keep_steps=True, by=by, at=at)
    return decertified


def _resting_on(participant: Participant) -> QuerySet[Authorization]:
    if participant.kind == "prescriber":
        return Authorization.objects.filter(patient__prescriber=participant)
    return Authorization.objects.filter(names__contains={participant.kind: participant.number})


def _take_back(
    found: QuerySet[Authorization], reason: str, *, keep_steps: bool, by: Actor, at: datetime
) -> None:
    live = found.filter(state="live").select_related("decision").order_by("patient_id", "id")
    for known in live:
        if not (keep_steps and _is_step(known)):
            authorizations.reverse_authorization(known.number, reason=reason, by=by, at=at)


def _is_step(known: Authorization) -> bool:
    """Whether another gate asks for this authorization, and so asks everything again."""
    decision = known.decision
    version = library.current().version(decision.program, decision.program_version)
    gates = version.gates.values() if version else ()
    return any(
        isinstance(requirement, AuthorizedBy) and requirement.gate == known.gate
        for gate in gates
        for requirement in gate.requirements
    )
