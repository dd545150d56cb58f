"""Signed forms, drafts and consents as the gate and the portals read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from etasu.programs import library
from etasu.registry.submissions.choices import Choice, choices_of, consent_link_of, is_needed
from etasu.registry.submissions.draft_facts import (
    answer_history,
    answers_of,
    current_rows,
    definition_of,
    draft_by_number,
    draft_problems,
    draft_text,
    drafts_begun_by,
    is_of_version_in_force,
    language_of_consent,
    language_signed,
    open_drafts_about,
    open_drafts_of,
    open_drafts_of_any,
    signature_facts,
    signatures_of,
    signed_form_of,
    subjects_of,
    waiting_for,
)
from etasu.registry.submissions.links import link_state, links_of, may_fetch_copy, signing_link_of
from etasu.registry.submissions.models import Consent, SignedForm
from etasu.registry.submissions.signing_names import named_patient, refusal_of_name
from etasu.registry.submissions.verifying import (
    Verdict,
    is_as_signed,
    verify_signatures,
    verify_so_far,
)

__all__ = [
    "Choice",
    "Verdict",
    "answer_history",
    "answers_of",
    "choices_of",
    "consent_link_of",
    "consents_of",
    "current_rows",
    "definition_of",
    "draft_by_number",
    "draft_problems",
    "draft_text",
    "drafts_begun_by",
    "form_records_of_any",
    "forms_about",
    "forms_about_any",
    "has_consent",
    "is_as_signed",
    "is_needed",
    "is_of_version_in_force",
    "is_signed",
    "language_of_consent",
    "language_signed",
    "link_state",
    "links_of",
    "may_fetch_copy",
    "named_patient",
    "open_drafts_about",
    "open_drafts_of",
    "open_drafts_of_any",
    "refusal_of_name",
    "signature_facts",
    "signatures_of",
    "signed_form_of",
    "signing_link_of",
    "subjects_of",
    "verify_signatures",
    "verify_so_far",
    "waiting_for",
]


def forms_about(kind: str, subject_id: int) -> QuerySet[SignedForm]:
    """Every signed form about a patient or participant, newest first."""
    found = SignedForm.objects.filter(subject_kind=kind, subject_id=subject_id)
    return found.order_by("-signed_on", "-id")


def is_signed(kind: str, subject_id: int, form: str, *, since: date | None = None) -> bool:
    """Whether the form about this subject was signed by everybody, on that day or later."""
    found = forms_about(kind, subject_id).filter(form=form)
    return (found.filter(signed_on__gte=since) if since else found).exists()


def forms_about_any(kind: str, subject_ids: Any) -> QuerySet[SignedForm]:
    """Every signed form about any of these, newest first: one person may have several records."""
    found = SignedForm.objects.filter(subject_kind=kind, subject_id__in=subject_ids)
    return found.order_by("-signed_on", "-id")


def form_records_of_any(patient_ids: Any, forms: Sequence[str], on: date) -> list[dict[str, Any]]:
    """Each form of the newest day for each course, signed through the day, by form and course.

    `patient_ids` are those of all records of one person.

    Two forms of one day are both there, so that a contradiction is not hidden.
    """
    about = forms_about_any("patient", patient_ids)
    found = list(about.filter(form__in=forms, signed_on__lte=on))
    newest: dict[tuple[str, int | None], date] = {}
    for row in found:
        newest.setdefault((row.form, row.course), row.signed_on)
    rows = [row for row in found if row.signed_on == newest[row.form, row.course]]
    rows.sort(key=lambda row: (row.form, row.course is None, row.course or 0, row.pk))
    return [
        {
            "form": row.form,
            "signed_on": row.signed_on.isoformat(),
            "course": row.course,
            "answers": row.gate_answers,
        }
        for row in rows
    ]


def consents_of(kind: str, subject_id: int) -> QuerySet[Consent]:
    """Every consent of a patient or participant, newest first, those taken back too."""
    found = Consent.objects.filter(subject_kind=kind, subject_id=subject_id)
    return found.order_by("-given_at", "-id")


def subjects_opened_to(program: str, kind: str, role: str) -> QuerySet[Consent, Any]:
    """The ids of those who allow, as of now, that people in the role see their record.

    What a consent opens is what the program said when it was given.
    """
    loaded = library.current().programs.get(program)
    opening = Q(pk__in=[])
    for version in loaded.versions if loaded else ():
        codes = [each.code for each in version.consents.values() if role in each.opens_to]
        opening |= Q(program_version=version.label, code__in=codes)
    found = Consent.objects.filter(opening, program=program, subject_kind=kind)
    return found.filter(revoked_at__isnull=True).values_list("subject_id", flat=True)


def has_consent(kind: str, subject_id: int, code: str, at: datetime) -> bool:
    """Whether the consent stood at that moment."""
    found = consents_of(kind, subject_id).filter(code=code, given_at__lte=at)
    return found.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=at)).exists()
