"""Signing in Spanish: the text shown is the text kept, with its meaning and its consents."""

from __future__ import annotations

from typing import Any

import pytest

from etasu.programs import library
from etasu.registry.audit.models import AuditEntry
from etasu.registry.submissions import signing
from etasu.registry.submissions.actions import (
    Given,
    NotSignable,
    Refusal,
    ToSign,
    give_consent,
    save_answers,
    sign_draft,
)
from etasu.registry.submissions.facts import (
    consents_of,
    definition_of,
    draft_text,
    is_as_signed,
    language_of_consent,
    language_signed,
    signatures_of,
)
from etasu.registry.submissions.models import Draft
from etasu.safe_use.form_text import hash_of
from tests.factories.teaching import AT
from tests.registry.drafting import PATIENT, actor, every_program, filled, sign_as, sitting

pytestmark = pytest.mark.django_db
LEMTRADA, ENROLLMENT = "lemtrada", "patient-enrollment"
ROLE, PRESCRIBER = "patient", actor("prescriber", "amara")


@pytest.fixture(autouse=True)
def all_programs(teaching_program: None) -> None:
    """All programs that come with the platform."""
    library.use(every_program())


def in_spanish(draft: Draft, **more: str) -> ToSign:
    """What a patient signs who was shown the form in Spanish."""
    shown = hash_of(draft_text(draft, "es"))
    return ToSign(draft.number, ROLE, shown, "Mara Example")._replace(**more)


def test_a_patient_signs_in_spanish_and_the_prescriber_in_english() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    here = sitting(method="in_person")
    sign_draft(in_spanish(draft), here, by=PRESCRIBER, at=AT)
    form = sign_as(draft, "prescriber").form
    assert form is not None and is_as_signed(form)
    patient, prescriber = signatures_of(draft)
    assert patient.text == draft_text(draft, "es") and "Firmas, en este orden" in patient.text
    assert patient.meaning.startswith("Me explicaron todo")
    assert prescriber.text == draft_text(draft) and prescriber.meaning == form.meaning
    assert (language_signed(patient), language_signed(prescriber)) == ("es", "en")
    noted = AuditEntry.objects.filter(verb="draft.signed").order_by("id")
    assert [each.detail["language"] for each in noted] == ["es", "en"]
    kept = list(consents_of("patient", PATIENT))
    spoken = definition_of(draft)[1].in_language("es").offered
    assert {each.text for each in kept} == {each.text for each in spoken} and len(kept) == 5
    assert {language_of_consent(each) for each in kept} == {"es"}
    assert form.answers["sex"] == "female"


def test_a_representative_signs_in_spanish_with_what_that_means() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    here = sitting(method="in_person")
    signed = sign_draft(
        in_spanish(draft, printed_name="Pat Parent", relationship="parent"),
        here,
        by=PRESCRIBER,
        at=AT,
    )
    assert signed.signature.meaning.startswith("Puedo firmar por el paciente.")
    assert signed.signature.relationship == "parent"


def test_answers_changed_after_the_spanish_text_was_shown_are_not_signed() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    seen = in_spanish(draft)
    save_answers(draft, {"city": "Elsewhere"}, seen_revision=draft.revision, by=PRESCRIBER, at=AT)
    with pytest.raises(NotSignable) as refused:
        sign_draft(seen, sitting(method="in_person"), by=PRESCRIBER, at=AT)
    assert refused.value.reason is Refusal.CHANGED_SINCE_SHOWN


def test_words_that_changed_after_the_first_signature_are_signed_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    seen, known = in_spanish(draft), signing.as_shown
    sign_draft(seen, sitting(method="in_person"), by=PRESCRIBER, at=AT)

    def since_mended(*given: Any) -> Any:
        return None if given[-1] == seen.text_hash else known(*given)

    with monkeypatch.context() as mended, pytest.raises(NotSignable) as refused:
        mended.setattr(signing, "as_shown", since_mended)
        sign_as(draft, "prescriber")
    assert refused.value.reason is Refusal.CHANGED_SINCE_SIGNED
    assert len(signatures_of(draft)) == 1 and sign_as(draft, "prescriber").form is not None


def test_a_form_without_spanish_is_shown_in_english() -> None:
    draft = filled(LEMTRADA, "prescription-order")
    assert draft_text(draft, "es") == draft_text(draft, None) == draft_text(draft)


def test_a_consent_given_alone_keeps_the_text_that_was_shown() -> None:
    given = Given(LEMTRADA, "events", "patient", PATIENT, "PATIENT-42", "Mara", "paper")
    english = give_consent(given, on=AT.date(), by=PRESCRIBER, at=AT)
    spanish = give_consent(
        given._replace(code="community", language="es"), on=AT.date(), by=PRESCRIBER, at=AT
    )
    assert english.text.startswith("I may be invited")
    assert spanish.text.startswith("Me pueden decir")
    assert [language_of_consent(each) for each in (english, spanish)] == ["en", "es"]
