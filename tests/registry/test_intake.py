"""Paper, fax and telephone: kept as they came, read by two people, and only then a form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.patients.models import DuplicateReview, Patient
from etasu.registry.reactions import document_checked, forms_signed
from etasu.registry.submissions import intake
from etasu.registry.submissions.actions import (
    Beginning,
    NotSignable,
    Sitting,
    ToSign,
    begin_draft,
    save_answers,
)
from etasu.registry.submissions.facts import answers_of, definition_of, draft_text, signatures_of
from etasu.registry.submissions.intake import OnPaper, Received
from etasu.registry.submissions.intake_facts import (
    DocumentState,
    count_documents,
    document_by_number,
    documents_under_way,
    image_of,
    state_of,
)
from etasu.registry.submissions.intake_files import Unreadable, look_at, page_as_png
from etasu.registry.submissions.models import Consent, Draft, IncomingDocument, SignedForm
from etasu.safe_use.form_text import hash_of
from tests.factories.answers import right_answers
from tests.factories.pictures import pdf, picture
from tests.portals.world import NOW as AT
from tests.portals.world import Cast, cast_again
from tests.registry.drafting import every_program, give_accounts

PROGRAM, ZONE, TODAY = "lemtrada", "America/New_York", AT.date()
ADA, BO = Actor("user-ada", "administrator"), Actor("user-bo", "administrator")
DOCTOR = Actor("user-doctor", "prescriber")
SIGNED = {
    "patient": OnPaper("Mara Example", TODAY - timedelta(days=2)),
    "prescriber": OnPaper("Dr. Amara", TODAY - timedelta(days=1)),
}


@pytest.fixture(autouse=True)
def programs(teaching_program: None) -> Iterator[None]:
    """Every program that comes with the platform."""
    library.use(every_program())
    yield
    library.use(None)


@pytest.fixture
def cast(db: None) -> Cast:
    """Dr. Amara and the others."""
    return cast_again(AT)


def received(content: bytes | None = None, **more: Any) -> IncomingDocument:
    """A fax that came in today."""
    given = {"channel": "fax", "content": pdf() if content is None else content} | more
    return intake.receive_document(Received(PROGRAM, reached_on=TODAY, **given), by=ADA, at=AT)


def opened(document: IncomingDocument, cast: Cast, by: Actor = ADA) -> IncomingDocument:
    """The document on somebody's desk, its form begun."""
    intake.claim_document(document, by=by, at=AT)
    beginning = Beginning(PROGRAM, "patient-enrollment", "patient", owner_id=cast.amara.pk)
    intake.open_form(document, beginning, signed_on=TODAY - timedelta(days=1), by=by, at=AT)
    document.refresh_from_db()
    return document


def keyed(
    document: IncomingDocument,
    cast: Cast,
    by: Actor = ADA,
    signed: Mapping[str, OnPaper] = SIGNED,
    **other: str,
) -> dict[str, str]:
    """The form keyed in and handed on; the answers that decide anything, as on the paper."""
    draft = opened(document, cast, by).draft
    assert draft is not None
    _version, definition = definition_of(draft)
    answers = right_answers(definition, TODAY) | {"birth-date": "1980-02-03"} | other
    save_answers(draft, answers, seen_revision=draft.revision, by=by, at=AT)
    if document.channel != "phone":
        intake.write_signatures(document, signed, by=by, at=AT)
    intake.hand_on(document, on=TODAY, by=by, at=AT)
    kept = answers_of(draft)
    read = {each.key: kept.get(each.key, "") for each in intake.deciding(draft)}
    there = signed if document.channel != "phone" else {}
    return read | {f"signed.{role}": each.signed_on.isoformat() for role, each in there.items()}


def check(document: IncomingDocument, read: dict[str, str], by: Actor = BO) -> Any:
    """Somebody reads the document a second time."""
    intake.claim_document(document, by=by, at=AT)
    here = Sitting("paper", ZONE, confirmed_at=AT)
    return document_checked(document, read, here, by=by, at=AT)


@pytest.mark.parametrize(
    ("content", "media_type", "pages"),
    [
        (pdf(), "application/pdf", None),
        (picture("PNG"), "image/png", 1),
        (picture("JPEG"), "image/jpeg", 1),
        (picture("TIFF", pages=3), "image/tiff", 3),
    ],
    ids=["pdf", "png", "jpeg", "tiff"],
)
def test_a_file_is_what_its_content_says(
    content: bytes, media_type: str, pages: int | None
) -> None:
    assert look_at(content) == (media_type, pages)
    if pages:
        assert page_as_png(content, media_type, pages)[:8] == b"\x89PNG\r\n\x1a\n"  # type: ignore[index]
        assert page_as_png(content, media_type, pages + 1) is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"%PDF-1.7" + b"0" * (10 * 1024 * 1024), "too-large"),
        (b"<html><script>alert(1)</script>", "other-kind"),
        (b"PK\x03\x04 a document of an office program", "other-kind"),
        (b" %PDF-1.7 %%EOF", "other-kind"),
        (b"%PDF-1.7 cut off in the middle", "broken"),
        (pdf().replace(b"/Root", b"/Encrypt 9 0 R /Root"), "locked"),
        (picture("PNG")[:200], "broken"),
        (picture("TIFF")[:60], "broken"),
        (b"\xff\xd8\xff\xe0 not a picture", "broken"),
        (picture("TIFF", pages=61), "too-many-pages"),
    ],
)
def test_what_nobody_could_read_later_is_not_taken(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        look_at(content)
    assert refused.value.why == why


def test_a_fax_becomes_an_enrolled_patient_by_two_people(cast: Cast) -> None:
    content = picture("TIFF", pages=2)
    document = received(content)
    assert state_of(document) is DocumentState.WAITING
    assert (document.digest, document.pages) == (hashlib.sha256(content).hexdigest(), 2)
    before = Patient.objects.count()
    read = keyed(document, cast)
    assert {"birth-date", "first-name", "last-name", "prescriber-npi"} <= set(read)
    assert "city" not in read
    assert Patient.objects.count() == before
    signed = check(document, {key: value.upper() for key, value in read.items()})
    assert [each.signature.role for each in signed] == ["patient", "prescriber"]
    patient = Patient.objects.latest("pk")
    assert Patient.objects.count() == before + 1
    assert patient.enrolled_on == TODAY - timedelta(days=1)
    form = SignedForm.objects.get(draft__document=document)
    assert (form.channel, form.subject_id) == ("fax", patient.pk)
    first, second = signatures_of(form.draft)  # type: ignore[arg-type]
    assert (first.method, first.printed_name, first.signed_on) == (
        *("paper", "Mara Example", TODAY - timedelta(days=2)),
    )
    assert second.signed_by == BO.number
    assert Consent.objects.filter(subject_id=patient.pk, code="hipaa-authorization").exists()
    document.refresh_from_db()
    assert state_of(document) is DocumentState.FILED
    assert (document.keyed_by, document.checked_by) == (ADA.number, BO.number)
    assert image_of(document) == content
    verbs = AuditEntry.objects.filter(subject=document.number).values_list("verb", flat=True)
    assert list(verbs.order_by("id")) == [
        *("document.received", "document.claimed", "document.form_opened"),
        *("document.signatures_written", "document.keyed", "document.claimed"),
        "document.checked",
    ]
    assert list(documents_under_way(PROGRAM)) == []


def test_whoever_typed_any_of_it_does_not_check_it(cast: Cast) -> None:
    document = received()
    read = keyed(document, cast)
    with pytest.raises(intake.OwnWork):
        check(document, read, by=ADA)
    # Ada typed the answers; Bo corrected one and handed it on. Neither is the second reader.
    intake.send_back(document, reason="the ZIP Code is 02139", by=ADA, at=AT)
    document.refresh_from_db()
    assert state_of(document) is DocumentState.RETURNED
    assert (document.returned_by, document.keyed_by) == (ADA.number, None)
    intake.claim_document(document, by=BO, at=AT)
    draft = document.draft
    assert draft is not None
    draft.refresh_from_db()
    changed = {"city": "Cambridge"}
    save_answers(draft, changed, seen_revision=draft.revision, by=BO, at=AT)
    intake.hand_on(document, on=TODAY, by=BO, at=AT)
    for who in (ADA, BO):
        with pytest.raises(intake.OwnWork):
            check(document, read, by=who)
        intake.release_document(document, by=who, at=AT)
    third = Actor("user-cy", "administrator")
    assert len(check(document, read, by=third)) == 2


def test_the_database_keeps_the_two_apart_and_the_document_as_it_came(cast: Cast) -> None:
    document = received()
    keyed(document, cast)
    row = IncomingDocument.objects.filter(pk=document.pk)
    for fields in (
        {"checked_at": AT, "checked_by": ADA.number},
        {"content": b"another"},
        {"digest": "0" * 64},
        {"reached_on": TODAY - timedelta(days=30)},
        {"set_aside_at": AT, "set_aside_by": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**fields)
    # Also when somebody else is named as the one who handed it on.
    row.update(keyed_by="user-cy")
    with pytest.raises(IntegrityError, match="typed any of it"), transaction.atomic():
        row.update(checked_at=AT, checked_by=ADA.number)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()


@pytest.mark.parametrize(
    ("key", "value"),
    [("birth-date", "1980-03-02"), ("prescriber-npi", ""), ("signed.patient", TODAY.isoformat())],
)
def test_two_readings_that_differ_file_nothing(cast: Cast, key: str, value: str) -> None:
    document = received()
    read = keyed(document, cast)
    with pytest.raises(intake.Differs) as found:
        check(document, read | {key: value})
    assert found.value.keys == (key,)
    document.refresh_from_db()
    assert state_of(document) is DocumentState.TO_CHECK
    assert not SignedForm.objects.filter(draft=document.draft).exists()


def test_a_signature_that_cannot_be_kept_leaves_everything_as_it_was(cast: Cast) -> None:
    document = received()
    read = keyed(document, cast)
    intake.claim_document(document, by=BO, at=AT)
    stale = Sitting("paper", ZONE, confirmed_at=AT - timedelta(minutes=6))
    with pytest.raises(NotSignable):
        document_checked(document, read, stale, by=BO, at=AT)
    document.refresh_from_db()
    assert state_of(document) is DocumentState.TO_CHECK


def test_a_document_is_on_one_desk_at_a_time(cast: Cast) -> None:
    document = received()
    opened(document, cast)
    with pytest.raises(intake.OnAnotherDesk):
        intake.claim_document(document, by=BO, at=AT + timedelta(minutes=119))
    with pytest.raises(intake.OnAnotherDesk):
        intake.hand_on(document, on=TODAY, by=BO, at=AT)
    intake.claim_document(document, by=BO, at=AT + timedelta(minutes=121))
    with pytest.raises(intake.OnAnotherDesk):
        intake.write_signatures(document, SIGNED, by=ADA, at=AT)
    intake.release_document(document, by=BO, at=AT)
    assert document_by_number(document.number, PROGRAM).claimed_by is None  # type: ignore[union-attr]


def test_what_is_missing_is_told_before_it_is_handed_on(cast: Cast) -> None:
    document = opened(received(), cast)
    intake.write_signatures(document, {"patient": SIGNED["patient"]}, by=ADA, at=AT)
    with pytest.raises(intake.NotReady) as told:
        intake.hand_on(document, on=TODAY, by=ADA, at=AT)
    assert told.value.unsigned == ("prescriber",)
    assert "birth-date" in {each.field for each in told.value.problems}


def test_the_same_file_is_taken_in_once(cast: Cast) -> None:
    first = received()
    with pytest.raises(intake.ReceivedAlready) as known:
        received(channel="paper")
    assert known.value.document == first
    assert count_documents(PROGRAM) == (1, 0)


def test_nothing_is_lost_by_setting_it_aside(cast: Cast) -> None:
    older, newer = received(), received(picture("PNG"))
    opened(older, cast)
    intake.set_aside(older, reason="advertising", by=ADA, at=AT)
    older.refresh_from_db()
    assert state_of(older) is DocumentState.SET_ASIDE
    assert list(documents_under_way(PROGRAM)) == [newer]
    intake.take_up_again(older, by=BO, at=AT)
    assert list(documents_under_way(PROGRAM)) == [older, newer]
    with pytest.raises(intake.WrongState):
        intake.take_up_again(older, by=BO, at=AT)


def test_a_form_begun_elsewhere_is_named_and_only_then_laid_aside(cast: Cast) -> None:
    first = received()
    intake.claim_document(first, by=ADA, at=AT)
    about = Beginning(
        PROGRAM, "patient-status", "patient", cast.mara.pk, cast.mara.number, cast.amara.pk
    )
    elsewhere = intake.open_form(first, about, signed_on=TODAY, by=ADA, at=AT)
    second = received(picture("PNG"))
    intake.claim_document(second, by=BO, at=AT)
    with pytest.raises(intake.FormUnderWay) as told:
        intake.open_form(second, about, signed_on=TODAY, by=BO, at=AT)
    assert told.value.draft == elsewhere
    draft = intake.open_form(second, about, signed_on=TODAY, replace=True, by=BO, at=AT)
    assert (draft.channel, draft.pk != elsewhere.pk) == ("fax", True)
    intake.drop_form(second, reason="another patient", by=BO, at=AT)
    second.refresh_from_db()
    assert second.draft is None


def test_a_form_printed_from_here_comes_back_signed_by_the_patient(cast: Cast) -> None:
    draft = printed_here(cast)
    document = received()
    intake.claim_document(document, by=ADA, at=AT)
    intake.attach_form(document, draft, by=ADA, at=AT)
    # Setting the paper aside leaves the form to whoever filled it in.
    intake.drop_form(document, reason="another one", by=ADA, at=AT)
    draft.refresh_from_db()
    assert draft.is_open
    intake.attach_form(document, draft, by=ADA, at=AT)
    other = received(picture("PNG"))
    intake.claim_document(other, by=BO, at=AT)
    with pytest.raises(intake.FormUnderWay):
        intake.attach_form(other, draft, by=BO, at=AT)
    for written in ({}, {"prescriber": SIGNED["prescriber"]}):
        intake.write_signatures(document, written, by=ADA, at=AT)
        with pytest.raises(intake.NotReady) as told:
            intake.hand_on(document, on=TODAY, by=ADA, at=AT)
        assert told.value.unsigned == ("patient",)
    intake.write_signatures(document, {"patient": SIGNED["patient"]}, by=ADA, at=AT)
    intake.hand_on(document, on=TODAY, by=ADA, at=AT)
    kept = answers_of(draft)
    read = {each.key: kept.get(each.key, "") for each in intake.deciding(draft)}
    read["signed.patient"] = SIGNED["patient"].signed_on.isoformat()
    (signed,) = check(document, read)
    assert (signed.signature.role, signed.form) == ("patient", None)
    assert state_of(document_by_number(document.number, PROGRAM)) == DocumentState.UNSIGNED
    # The prescriber signs on the screen, and the patient is enrolled.
    sign = ToSign(draft.number, "prescriber", hash_of(draft_text(draft)), "Dr. Amara")
    give_accounts(DOCTOR.number, name="Dr. Amara")
    here = Sitting("password", ZONE, confirmed_at=AT, participant_id=cast.amara.pk)
    (last,) = forms_signed([sign], here, by=DOCTOR, at=AT)
    assert last.form is not None
    assert state_of(document_by_number(document.number, PROGRAM)) == DocumentState.FILED


def printed_here(cast: Cast) -> Draft:
    """An enrollment form the prescriber filled in on the screen, and printed."""
    about = Beginning(PROGRAM, "patient-enrollment", "patient", owner_id=cast.amara.pk)
    draft = begin_draft(about, by=DOCTOR, at=AT, on=TODAY)
    answers = right_answers(definition_of(draft)[1], TODAY) | {"birth-date": "1980-02-03"}
    save_answers(draft, answers, seen_revision=draft.revision, by=DOCTOR, at=AT)
    return draft


def test_nobody_signs_by_telephone(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        intake.receive_document(Received(PROGRAM, "phone", TODAY), by=ADA, at=AT)
    call = intake.receive_document(
        Received(PROGRAM, "phone", TODAY, None, "Dana Example", "555-555-0142"), by=ADA, at=AT
    )
    read = keyed(call, cast)
    before = Patient.objects.count()
    assert check(call, read) == []
    call.refresh_from_db()
    assert state_of(call) is DocumentState.UNSIGNED
    assert call.draft is not None and call.draft.is_open
    assert Patient.objects.count() == before


def test_a_person_enrolled_twice_is_noticed(cast: Cast) -> None:
    for number, content in enumerate((pdf(), picture("PNG"))):
        document = received(content)
        read = keyed(document, cast)
        check(document, read)
        assert DuplicateReview.objects.count() == number
    review = DuplicateReview.objects.get()
    assert set(review.shared) >= {"birth date", "name"}
    assert isinstance(review.older.birth_date, date) and isinstance(review.opened_at, datetime)
