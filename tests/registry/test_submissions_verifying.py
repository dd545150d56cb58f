"""One changed byte of a signed form, or of a signature under it, shows."""

from __future__ import annotations

import pytest

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.submissions.actions import FormToSign, keep_signed_form
from etasu.registry.submissions.facts import is_as_signed, verify_signatures
from etasu.registry.submissions.keeping import content_hash, digest
from etasu.registry.submissions.models import Signature, SignedForm
from etasu.registry.submissions.signing import seal_of
from etasu.safe_use.form_text import hash_of
from tests.factories.teaching import AT, ON
from tests.registry.drafting import every_program, filled, sign_all, tampering

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def all_programs(teaching_program: None) -> None:
    """All programs that come with the platform."""
    library.use(every_program())


@pytest.fixture
def form() -> SignedForm:
    """An enrollment form, signed by the patient and the prescriber."""
    form = sign_all(filled("lemtrada", "patient-enrollment")).form
    assert form is not None
    return SignedForm.objects.get(pk=form.pk)


def change(table: str, column: str, value: object, pk: int) -> None:
    """Change one column of one row behind the platform's back."""
    with tampering(table) as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, pk])


def again(form: SignedForm) -> SignedForm:
    """The form as it is in the database now."""
    return SignedForm.objects.get(pk=form.pk)


def reasons(form: SignedForm, subject: str = "") -> list[str]:
    """Why something about the form is not valid."""
    return [each.why for each in verify_signatures(again(form), subject) if not each.is_valid]


def test_a_form_nobody_touched_is_as_signed(form: SignedForm) -> None:
    verdicts = verify_signatures(form)
    assert [each.signature and each.signature.role for each in verdicts] == [
        *(None, "patient", "prescriber")
    ]
    assert all(each.is_valid for each in verdicts)
    assert is_as_signed(form)


OF_A_SIGNATURE = {
    "text": "{}x",
    "text_hash": "0{}",
    "answers_hash": "0{}",
    "printed_name": "{} Jr.",
    "meaning": "{} Not.",
    "role": "delegate",
    "method": "paper",
    "relationship": "parent",
    "signed_by": "somebody",
    "signed_local": "{}0",
    "time_zone": "UTC",
    "number": "other",
    "seal": "0{}",
    "signed_on": "2025-04-30",
    "signed_at": "2025-05-01T15:00:01Z",
    "position": 3,
    "signing_round": 2,
}


@pytest.mark.parametrize("column", OF_A_SIGNATURE)
def test_one_changed_byte_of_a_signature_shows(form: SignedForm, column: str) -> None:
    signature = form.draft.signatures.get(role="patient")
    value = OF_A_SIGNATURE[column]
    if isinstance(value, str):
        value = value.format(getattr(signature, column))
    change("submissions_signature", column, value, signature.pk)
    assert len(reasons(form)) == 1
    assert not is_as_signed(again(form))


def test_every_column_of_a_signature_is_tried() -> None:
    columns = {each.name for each in Signature._meta.get_fields()}
    assert columns - set(OF_A_SIGNATURE) == {"id", "draft", "link", "consent"} - {"consent"}


OF_A_FORM = {
    "signer_name": "Somebody Else",
    "meaning": "I do not.",
    "program": "teaching",
    "program_version": "2016-04-05",
    "form": "patient-status",
    "subject_id": 43,
    "subject_kind": "participant",
    "course": 2,
    "gate_answers": '{"decision": "yes"}',
    "channel": "paper",
    "signed_on": "2025-04-30",
    "signed_at": "2025-05-01T15:00:01Z",
    "signed_by": "somebody",
    "content_hash": "0",
    "number": "other",
}


@pytest.mark.parametrize("column", OF_A_FORM)
def test_one_changed_byte_of_a_form_shows(form: SignedForm, column: str) -> None:
    change("submissions_signed_form", column, OF_A_FORM[column], form.pk)
    assert reasons(form) != []


def test_every_column_of_a_form_is_tried() -> None:
    columns = {each.name for each in SignedForm._meta.get_fields() if each.concrete}
    assert columns - set(OF_A_FORM) == {"id", "draft", "answers"}


@pytest.mark.parametrize("key", ["first-name", "consent.hipaa-authorization", "zip"])
def test_one_changed_answer_spoils_the_form_and_every_signature(form: SignedForm, key: str) -> None:
    with tampering("submissions_signed_form") as cursor:
        cursor.execute(
            "UPDATE submissions_signed_form SET answers = jsonb_set(answers, %s, %s) WHERE id = %s",
            [[key], '"x"', form.pk],
        )
    assert len(reasons(form)) == 3


def test_a_forger_who_also_makes_the_hashes_right_is_found_by_the_audit_trail(
    form: SignedForm,
) -> None:
    signature = form.draft.signatures.get(role="prescriber")
    forged_answers = form.answers | {"first-name": "Forged"}
    signature.text = signature.text.replace("\n    as on file\n", "\n    Forged\n", 1)
    signature.text_hash, signature.answers_hash = hash_of(signature.text), digest(forged_answers)
    signature.seal = seal_of(signature)
    form.answers = forged_answers
    form.content_hash = content_hash(form)
    with tampering("submissions_signature"):
        signature.save()
    with tampering("submissions_signed_form"):
        form.save()
    assert reasons(form)[0] == "the audit trail has another hash"
    assert "the audit trail has another signature" in reasons(form)


def test_a_signature_that_is_gone_is_missed(form: SignedForm) -> None:
    signature = form.draft.signatures.get(role="patient")
    with tampering("submissions_signature") as cursor:
        cursor.execute("DELETE FROM submissions_signature WHERE id = %s", [signature.pk])
    assert reasons(form) == [f"signature {signature.number} is gone"]


def test_a_form_the_trail_does_not_know_is_no_form(form: SignedForm) -> None:
    with tampering("audit_entry") as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE verb = 'form.signed'")
    assert reasons(form) == [
        "the audit trail does not know the form",
        "no signature is noted in the audit trail",
    ]


def test_a_signature_the_trail_does_not_know_is_none(form: SignedForm) -> None:
    with tampering("audit_entry") as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE verb = 'draft.signed'")
    assert reasons(form) == ["the audit trail has another signature"] * 2


def signed_in_one_step() -> SignedForm:
    """A form that never was a draft."""
    said = {"decision": "yes"}
    texts = ("Dr. Amara", "I say so.")
    form = FormToSign(
        *("lemtrada", "2024-03-04", "patient-authorization", "patient", 42, "P-42"),
        *(said, said, *texts, ON),
    )
    return keep_signed_form(form, by=PLATFORM, at=AT)


def test_a_form_signed_in_one_step_is_verified_by_its_hash_and_the_trail() -> None:
    form = again(signed_in_one_step())
    assert is_as_signed(form) and is_as_signed(form, "P-42")
    assert not is_as_signed(form, "P-43")
    change("submissions_signed_form", "subject_id", 43, form.pk)
    assert reasons(form) == []
    assert reasons(form, "P-42") == ["what the form is about, or when it was signed, was changed"]
    change("submissions_signed_form", "meaning", "Other", form.pk)
    assert reasons(form) == ["the answers, the name or the meaning were changed"]


def test_a_form_noted_before_there_were_seals_is_compared_by_its_hash() -> None:
    form = again(signed_in_one_step())
    entry = AuditEntry.objects.get(verb="form.signed")
    detail = {key: value for key, value in entry.detail.items() if key != "seal"}
    with tampering("audit_entry"):
        AuditEntry.objects.filter(id=entry.id).update(detail=detail)
    assert is_as_signed(form, "P-42")
