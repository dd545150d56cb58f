"""What follows when somebody takes back what they allowed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from etasu.registry.audit.actors import Actor
from etasu.registry.community.keeping_up import end_for_patient
from etasu.registry.patient_support.lab_actions import cancel_what_is_ahead
from etasu.registry.patient_support.lab_facts import (
    CONSENT_WITHDRAWN,
    has_lab_program,
    lab_program_of,
)
from etasu.registry.patient_support.nurse_facts import is_with_nurses
from etasu.registry.patients.facts import patient_of_subject
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import records_behind
from etasu.registry.patients.revisions import lock_patient
from etasu.registry.patients.telling import tell_withdrawn
from etasu.registry.reactions.nursing import nurse_support_ended
from etasu.registry.reactions.stopping import enrollment_ended
from etasu.registry.submissions import actions as submissions
from etasu.registry.submissions.choices import is_needed
from etasu.registry.submissions.models import Consent


def consent_withdrawn(consent: Consent, *, how: str, by: Actor, at: datetime) -> Consent:
    """Take a consent back. One that taking part rests on ends the enrollment, and all it allowed.

    What is on record stays. `how` says in which way the person asked for it. Of a patient with
    several records, the same consent on each of them is taken back.
    """
    with transaction.atomic():
        patient = patient_of_subject(consent.subject_kind, consent.subject_id)
        if patient is None:
            return submissions.revoke_consent(consent, how=how, by=by, at=at)
        patient = lock_patient(patient)
        standing = _standing_alike(consent, patient)
        was_with_nurses = is_with_nurses(patient)
        for each in standing:
            submissions.revoke_consent(each, how=how, by=by, at=at)
        if was_with_nurses and not is_with_nurses(patient):
            nurse_support_ended(patient, by=by, at=at)
        end_for_patient(patient, by=by, at=at)
        if standing:
            _end_what_rests_on(consent, patient, by=by, at=at)
        consent.refresh_from_db()
    return consent


def _standing_alike(consent: Consent, patient: Patient) -> list[Consent]:
    found = Consent.objects.filter(program=consent.program, code=consent.code)
    mine = found.filter(subject_kind="patient", subject_id__in=records_behind(patient))
    return list(mine.filter(revoked_at__isnull=True).order_by("pk"))


def _end_what_rests_on(consent: Consent, patient: Patient, *, by: Actor, at: datetime) -> None:
    on = at.astimezone(ZoneInfo(patient.time_zone)).date()
    if has_lab_program(patient, on) and consent.code == lab_program_of(patient, on)[1].consent:
        cancel_what_is_ahead(patient, CONSENT_WITHDRAWN, by=by, at=at)
    if not is_needed(consent, on):
        return
    open_now = Q(enrolled_on__isnull=False, ended_on__isnull=True)
    reason = f"consent taken back: {consent.code}"
    ended = False
    for record in Patient.objects.filter(open_now, pk__in=records_behind(patient)).order_by("pk"):
        ends = max(on, record.enrolled_on or on)
        enrollment_ended(record, on=ends, reason=reason, by=by, at=at)
        ended = True
    if ended:
        tell_withdrawn(patient, consent.program_version, on=on, by=by, at=at)
