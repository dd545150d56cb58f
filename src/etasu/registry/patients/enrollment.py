"""Enrolling a patient by a form that everybody has signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.participants.models import Participant
from etasu.registry.participants.zones import zone_of_zip
from etasu.registry.patients.actions import enroll_patient
from etasu.registry.patients.duplicates import told_name
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.actions import finish_draft, name_subject
from etasu.registry.submissions.facts import answers_of, definition_of, signatures_of, waiting_for
from etasu.registry.submissions.models import Draft, SignedForm
from etasu.safe_use.forms import questions
from etasu.safe_use.program import FormDefinition

LANGUAGES = {"English": "en", "Spanish": "es"}


class Enrolled(NamedTuple):
    """A patient enrolled by a form, and the form."""

    patient: Patient
    form: SignedForm


def enroll_by_form(draft: Draft, *, by: Actor, at: datetime) -> Enrolled | None:
    """Register the patient of an enrollment form that everybody has signed; None for other drafts.

    The enrollment holds from the day of the last signature. The form is finished with it, and the
    consents given on it are kept.
    """
    if draft.subject_id is not None or draft.subject_kind != "patient" or not draft.is_open:
        return None
    version, definition = definition_of(draft)
    is_enrolling = version.patient is not None and version.patient.form == definition.code
    if not is_enrolling or waiting_for(draft) is not None or draft.owner_id is None:
        return None
    told = known_answers(definition, answers_of(draft))
    with transaction.atomic():
        prescriber = Participant.objects.get(pk=draft.owner_id)
        signed_on = max(each.signed_on for each in signatures_of(draft))
        patient = enroll_patient(
            draft.program,
            told_name(told),
            prescriber=prescriber,
            enrolled_on=signed_on,
            by=by,
            at=at,
            **_details(told, prescriber),
        )
        name_subject(draft, patient.pk, patient.number, by=by, at=at)
        draft.refresh_from_db()
        return Enrolled(patient, finish_draft(draft, by=by, at=at))


def known_answers(definition: FormDefinition, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers by what the platform knows them as."""
    return {
        field.known_as: answers[key]
        for key, field, row in questions(definition)
        if field.known_as and row is None and answers.get(key)
    }


def _details(told: Mapping[str, str], prescriber: Participant) -> dict[str, Any]:
    born = told.get("patient_birth_date")
    return {
        "birth_date": date.fromisoformat(born) if born else None,
        "attributes": {"sex": told["patient_sex"]} if told.get("patient_sex") else {},
        "city": told.get("patient_city", ""),
        "state": told.get("patient_state", ""),
        "zip_code": told.get("patient_zip", ""),
        "telephone": told.get("patient_phone", ""),
        "email": told.get("patient_email", ""),
        "language": LANGUAGES.get(told.get("patient_language", ""), "en"),
        # Their days and quiet hours are those of where they live, not of where they are treated.
        "time_zone": zone_of_zip(told.get("patient_zip", ""), prescriber.time_zone),
    }
