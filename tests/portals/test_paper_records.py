"""A signed form of the record on paper, with what is found when its signatures are checked."""

from __future__ import annotations

import pytest

from etasu.portals.components.paper.records import METHODS, draft_pdf, signed_form_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.registry.audit.actors import Actor
from etasu.registry.submissions.actions import FormToSign, keep_signed_form, sign_draft
from etasu.registry.submissions.facts import definition_of
from etasu.registry.submissions.models import Method, Signature, SignedForm
from tests.factories.teaching import AT
from tests.portals.paper_reading import squeezed, words_of
from tests.registry.drafting import actor, filled, shown, sign_all, sign_as, sitting, tampering

PRINTING = Printing(printed_at=AT)


@pytest.fixture
def signed(db: None) -> SignedForm:
    """A form of a real program that the patient and the prescriber have signed."""
    draft = filled("lemtrada", "patient-enrollment")
    form = sign_all(draft).form
    assert form is not None
    return form


def printed(form: SignedForm, number: str = "PATIENT-42") -> str:
    """The words of the copy."""
    return words_of(signed_form_pdf(form, number, PRINTING))


def test_a_copy_shows_the_answers_and_every_signature(signed: SignedForm) -> None:
    words = printed(signed)
    assert signed.draft is not None
    definition = definition_of(signed.draft)[1]
    for signature in Signature.objects.filter(draft=signed.draft):
        assert signature.printed_name in words
        assert squeezed(signature.meaning) in squeezed(words)
        assert signature.text_hash in squeezed(words)
    assert words.count("Valid. The text on record is the text that was signed.") == 2
    assert "Do not rely on it" not in words and "still missing" not in words
    assert "PATIENT-42" in words and signed.number in words
    for consent in definition.offered:
        assert squeezed(consent.text) in squeezed(words)
    assert signed_form_pdf(signed, "PATIENT-42", PRINTING) == signed_form_pdf(
        signed, "PATIENT-42", PRINTING
    )


def test_a_changed_answer_is_seen_on_the_copy(signed: SignedForm) -> None:
    with tampering("submissions_signed_form") as cursor:
        statement = "UPDATE submissions_signed_form SET answers = answers || %s::jsonb"
        cursor.execute(statement, ['{"last-name": "Somebody-Else"}'])
    signed.refresh_from_db()
    words = printed(signed)
    assert "This record is not as it was signed." in words
    assert words.count("NOT VALID.") == 2


def test_a_signature_that_is_gone_is_missed_on_the_copy(signed: SignedForm) -> None:
    with tampering("submissions_signature") as cursor:
        cursor.execute("DELETE FROM submissions_signature WHERE role = 'patient'")
    words = printed(signed)
    assert "This record is not as it was signed." in words and "is gone" in words
    assert "Signatures still missing: 1." in words


def test_a_form_signed_in_one_step_has_its_own_signature(db: None) -> None:
    form = keep_signed_form(
        FormToSign(
            program="teaching",
            program_version="2024-01-01",
            form="prescriber-enrollment",
            subject_kind="participant",
            subject_id=7,
            subject_number="P-7",
            answers={"name": "Amara Example"},
            gate_answers={},
            signer_name="Dr. Amara Example",
            meaning="I have read the overview and agree.",
            signed_on=AT.date(),
        ),
        by=Actor("user-amara", "prescriber"),
        at=AT,
    )
    words = printed(form, "P-7")
    assert "Dr. Amara Example, Prescriber" in words
    assert "Number of the participant P-7" in words
    assert "Valid. The text on record" in words and "still missing" not in words


def test_a_draft_is_printed_as_far_as_it_is_signed_and_then_as_it_was_signed(db: None) -> None:
    draft = filled("lemtrada", "patient-enrollment")
    place = definition_of(draft)[1].in_language("es").signers[0].in_place
    assert place is not None
    kept, said = place.choices()[0]
    assert kept != said
    to_sign = shown(draft, "patient", "Ruth Example", kept)
    here = sitting(method="in_person")
    sign_draft(to_sign, here, by=actor("prescriber", "somebody-else"), at=AT)
    words = words_of(draft_pdf(draft, PRINTING))
    assert "Signatures still missing: 1." in words
    assert "Checked: Valid. The text on record" in words
    assert f"In the signer's place: {kept}" in words and draft.number in words
    spanish = words_of(draft_pdf(draft, Printing(language="es", printed_at=AT)))
    assert said in spanish and kept not in spanish
    sign_as(draft, "prescriber")
    draft.refresh_from_db()
    words = words_of(draft_pdf(draft, PRINTING, about=[("Your choices", "by mail")]))
    assert words.count("Valid. The text on record") == 2 and "Your choices by mail" in words
    assert SignedForm.objects.get(draft=draft).number in words and draft.number not in words
    assert "In person, before the prescriber" in words and "PATIENT-42" in words


def test_a_form_of_a_version_this_site_no_longer_has_is_not_guessed(signed: SignedForm) -> None:
    signed.program_version = "1999-01-01"
    with pytest.raises(LookupError):
        signed_form_pdf(signed, "PATIENT-42", PRINTING)


def test_every_way_to_sign_has_its_words() -> None:
    assert set(METHODS) == set(Method.values)
