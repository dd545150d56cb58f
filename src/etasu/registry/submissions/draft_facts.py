"""Drafts as they are now: their answers, their text, and who has signed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import QuerySet

from etasu.programs import library
from etasu.registry.submissions.models import (
    Consent,
    Draft,
    DraftAnswer,
    Signature,
    SignedForm,
)
from etasu.registry.submissions.refusals import NoSuchForm
from etasu.safe_use.form_text import SignatureFact
from etasu.safe_use.forms import FieldProblem, as_shown, next_signer, problems, text_of
from etasu.safe_use.program import ENGLISH, FormDefinition, ProgramVersion, Signer


def draft_by_number(number: str, program: str) -> Draft | None:
    """The draft of that number in the program, open or closed; None when there is none."""
    return Draft.objects.filter(number=number, program=program).first()


def open_drafts_about(kind: str, subject_id: int) -> QuerySet[Draft]:
    """The open drafts about a patient or participant, newest first."""
    return _open().filter(subject_kind=kind, subject_id=subject_id)


def open_drafts_of(owner_id: int) -> QuerySet[Draft]:
    """The open drafts filled in for a participant, newest first."""
    return _open().filter(owner_id=owner_id)


def open_drafts_of_any(owner_ids: Collection[int]) -> QuerySet[Draft]:
    """The open drafts filled in for any of the participants, newest first."""
    return _open().filter(owner_id__in=owner_ids)


def drafts_begun_by(number: str) -> QuerySet[Draft]:
    """The open drafts a person began, newest first."""
    return _open().filter(begun_by=number)


def subjects_of(kind: str, numbers: Collection[str]) -> set[int]:
    """The ids of those the drafts of these numbers are about."""
    found = Draft.objects.filter(number__in=numbers, subject_kind=kind, subject_id__isnull=False)
    return {each.subject_id for each in found if each.subject_id is not None}


def current_rows(draft: Draft, revision: int | None = None) -> dict[str, DraftAnswer]:
    """The newest value of each answer, or the newest at that revision, emptied ones too."""
    rows = DraftAnswer.objects.filter(draft=draft, is_kept=True)
    if revision is not None:
        rows = rows.filter(revision__lte=revision)
    newest = rows.order_by("field", "-revision").distinct("field")
    return {row.field: row for row in newest}


def answers_of(draft: Draft) -> dict[str, str]:
    """The answers given so far, by key; emptied ones are left out."""
    return {key: row.value for key, row in current_rows(draft).items() if row.value}


def answer_history(draft: Draft, field: str) -> QuerySet[DraftAnswer]:
    """Every value an answer ever had or was sent, newest first."""
    return DraftAnswer.objects.filter(draft=draft, field=field).order_by("-revision", "-id")


def definition_of(draft: Draft) -> tuple[ProgramVersion, FormDefinition]:
    """The program version a draft was begun under, and its form.

    Raises NoSuchForm when the library no longer holds it.
    """
    version = library.current().version(draft.program, draft.program_version)
    definition = version.forms.get(draft.form) if version else None
    if version is None or definition is None:
        raise NoSuchForm(f"{draft.program} {draft.program_version} has no form {draft.form}")
    return version, definition


def is_of_version_in_force(draft: Draft, on: date) -> bool:
    """Whether the draft was begun under the program version in force on the day."""
    version = library.current().effective(draft.program, on)
    return version is not None and version.label == draft.program_version


def draft_problems(draft: Draft, on: date) -> list[FieldProblem]:
    """What is wrong or missing in a draft on the day."""
    return problems(definition_of(draft)[1], answers_of(draft), on)


def draft_text(draft: Draft, language: str | None = None) -> str:
    """The exact text to show to whoever signs next; its hash goes back with the signature.

    In the language where the program has the form in it, in English otherwise.
    """
    version, definition = definition_of(draft)
    return text_of(definition.in_language(language), version, answers_of(draft))


def language_signed(signature: Signature) -> str:
    """The language of the text that was signed, as far as the program still tells."""
    draft = signature.draft
    version, definition = definition_of(draft)
    shown = as_shown(definition, version, answers_of(draft), signature.text_hash)
    return shown[0].said_in if shown is not None else ENGLISH


def language_of_consent(consent: Consent) -> str:
    """The language of the text that was allowed, as far as the program still tells."""
    version = library.current().version(consent.program, consent.program_version)
    text = version.consents.get(consent.code) if version else None
    known = (text, *text.translations) if text else ()
    return next((each.said_in for each in known if each.text == consent.text), ENGLISH)


def signatures_of(draft: Draft) -> list[Signature]:
    """The signatures that count, in the order of signing."""
    found = draft.signatures.filter(signing_round=draft.signing_round)
    return list(found.order_by("position"))


def signed_form_of(draft: Draft) -> SignedForm | None:
    """The form as signed that the draft became; None while it is open or abandoned."""
    return SignedForm.objects.filter(draft=draft).first()


def signature_facts(draft: Draft) -> list[SignatureFact]:
    """The signatures that count, as completeness looks at them."""
    return [
        SignatureFact(
            each.role, each.text_hash, each.printed_name, each.meaning, bool(each.relationship)
        )
        for each in signatures_of(draft)
    ]


def waiting_for(draft: Draft) -> Signer | None:
    """Whose signature is wanted next; None when everybody has signed."""
    return next_signer(definition_of(draft)[1], signature_facts(draft))


def _open() -> QuerySet[Draft]:
    found = Draft.objects.filter(finished_at__isnull=True, abandoned_at__isnull=True)
    return found.order_by("-begun_at", "-id")
