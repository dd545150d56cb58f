"""What follows when treatment waits, an enrollment ends, or a participant is stopped."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations.announcing import tell_of_patient
from etasu.registry.authorizations.models import Authorization
from etasu.registry.authorizations.taking_back import take_back
from etasu.registry.community.keeping_up import end_for_patient
from etasu.registry.participants import actions as participants
from etasu.registry.participants.models import Participant
from etasu.registry.participants.suspending import (
    check_day_of_decertification,
    check_day_of_suspension,
)
from etasu.registry.patient_support.lab_actions import cancel_what_is_ahead, end_order
from etasu.registry.patient_support.lab_facts import ENROLLMENT_ENDED
from etasu.registry.patient_support.nurse_facts import is_with_nurses
from etasu.registry.patients import actions as patients
from etasu.registry.patients.models import Hold, Patient
from etasu.registry.patients.records import records_behind
from etasu.registry.patients.today import day_of
from etasu.registry.reactions.nursing import nurse_support_ended


def hold_opened(
    patient: Patient, code: str, *, reason: str, on: date, by: Actor, at: datetime
) -> Hold:
    """Open a hold and take back what was open for use: the day, the fill, the shipment.

    A course stays authorized, for its gates ask again and see the hold.
    """
    with transaction.atomic():
        hold = patients.open_hold(patient, code, reason=reason, on=on, by=by, at=at)
        facts = {"patient": patient.number, "hold": code}
        key = f"hold {hold.pk}"
        tell_of_patient("hold_opened", patient, key=key, facts=facts, by=by, at=at)
        found = Authorization.objects.filter(patient__in=records_behind(patient))
        take_back(found, f"hold opened: {code}", keep_steps=True, by=by, at=at)
    return hold


def enrollment_ended(
    patient: Patient, *, on: date, reason: str, by: Actor, at: datetime
) -> Patient:
    """End the enrollment; take back authorizations, end nurses and community, call off tests."""
    with transaction.atomic():
        was_with_nurses = is_with_nurses(patient)
        ended = patients.end_enrollment(patient, on=on, reason=reason, by=by, at=at)
        facts = {"patient": patient.number, "on": on.isoformat()}
        key = f"on {on}"
        tell_of_patient("enrollment_ended", patient, key=key, facts=facts, by=by, at=at)
        found = Authorization.objects.filter(patient__in=records_behind(patient))
        take_back(found, f"enrollment ended: {reason}", keep_steps=False, by=by, at=at)
        cancel_what_is_ahead(ended, ENROLLMENT_ENDED, since=on, by=by, at=at)
        if on <= day_of(ended, at):
            end_order(ended, by=by, at=at)
        if was_with_nurses:
            nurse_support_ended(patient, by=by, at=at)
        end_for_patient(ended, by=by, at=at)
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
    """Suspend a participant and take back what was open for use through them in those days.

    Raises DayNotPossible for a day before they were in the program.
    """
    check_day_of_suspension(participant, since)
    with transaction.atomic():
        suspended = participants.suspend_participant(
            participant, since=since, until=until, reason=reason, by=by, at=at
        )
        found = _resting_on(participant).filter(valid_until__gte=since)
        if until is not None:
            found = found.filter(valid_from__lte=until)
        take_back(found, f"{participant.kind} suspended", keep_steps=True, by=by, at=at)
    return suspended


def participant_decertified(
    participant: Participant, *, on: date, reason: str, by: Actor, at: datetime
) -> Participant:
    """Decertify a participant and take back what was open for use through them from that day.

    Raises DayNotPossible for a day that is over or too far ahead.
    """
    check_day_of_decertification(participant, on, at)
    with transaction.atomic():
        decertified = participants.decertify_participant(
            participant, on=on, reason=reason, by=by, at=at
        )
        found = _resting_on(participant).filter(valid_until__gte=on)
        take_back(found, f"{participant.kind} decertified", keep_steps=True, by=by, at=at)
    return decertified


def _resting_on(participant: Participant) -> QuerySet[Authorization]:
    if participant.kind == "prescriber":
        return Authorization.objects.filter(patient__prescriber=participant)
    return Authorization.objects.filter(names__contains={participant.kind: participant.number})
