"""Who may sign, when, over which text; and that nothing half signed ever counts."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.models import AuditEntry
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import forms_signed
from etasu.registry.submissions import signing as signing_module
from etasu.registry.submissions.actions import (
    DraftClosed,
    NotComplete,
    NotSignable,
    Refusal,
    Signed,
    abandon_draft,
    finish_draft,
    name_subject,
    reopen_draft,
    save_answers,
    sign_draft,
    sign_drafts,
)
from etasu.registry.submissions.facts import (
    consents_of,
    draft_text,
    forms_about,
    is_signed,
    signature_facts,
    waiting_for,
)
from etasu.registry.submissions.models import Draft, Signature, SignedForm
from etasu.safe_use.form_text import hash_of
from tests.factories.teaching import AT, build_world
from tests.registry.drafting import (
    OWNER,
    PATIENT,
    ZONE,
    actor,
    begun,
    every_program,
    filled,
    said,
    shown,
    sign_all,
    sign_as,
    sitting,
)

pytestmark = pytest.mark.django_db
LEMTRADA, ENROLLMENT, ORDER = "lemtrada", "patient-enrollment", "prescription-order"
AMARA = actor("prescriber", "amara")
REP = "parent"


@pytest.fixture(autouse=True)
def all_programs(teaching_program: None) -> None:
    """All programs that come with the platform."""
    library.use(every_program())


def refused(draft: Draft, role="prescriber", here=None, by=AMARA, at=AT, **more) -> Refusal:
    """Why this signature is refused; nothing is kept of it."""
    before = Signature.objects.count(), AuditEntry.objects.count()
    with pytest.raises(NotSignable) as found:
        sign_draft(shown(draft, role)._replace(**more), here or sitting(at), by=by, at=at)
    assert (Signature.objects.count(), AuditEntry.objects.count()) == before
    assert found.value.draft == draft.number
    return found.value.reason


def test_a_form_its_signer_signed_is_a_signed_form() -> None:
    draft = filled(LEMTRADA, ORDER, course=2)
    signed = sign_draft(shown(draft, "prescriber", " Sam Example "), sitting(), by=AMARA, at=AT)
    form = signed.form
    assert form is not None
    assert (form.form, form.subject_id, form.course, form.draft_id) == (ORDER, PATIENT, 2, draft.pk)
    assert form.answers == said(draft)
    assert (form.signer_name, form.meaning) == ("Sam Example", "I prescribe this.")
    assert (form.signed_by, form.signed_at, form.signed_on) == ("amara", AT, AT.date())
    assert is_signed("patient", PATIENT, ORDER)


def test_a_signature_says_who_when_where_and_over_which_text() -> None:
    at = datetime(2025, 5, 2, 2, 30, tzinfo=UTC)
    draft = filled(LEMTRADA, ORDER)
    text = draft_text(draft)
    (signature,) = [sign_draft(shown(draft, "prescriber"), sitting(at), by=AMARA, at=at).signature]
    signature.refresh_from_db()
    assert (signature.signed_by, signature.role) == ("amara", "prescriber")
    assert signature.signed_at == at
    assert signature.signed_local == "2025-05-01T22:30:00-04:00"
    assert (signature.signed_on, signature.time_zone) == (date(2025, 5, 1), ZONE)
    assert (signature.text, signature.text_hash) == (text, hash_of(text))
    assert (signature.method, signature.meaning) == ("password", "I prescribe this.")
    entry = AuditEntry.objects.get(verb="draft.signed")
    assert entry.detail["seal"] == signature.seal and "Sam" not in str(entry.detail)


def test_a_form_with_two_signers_counts_once_both_signed_in_order() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    first = sign_as(draft, "patient")
    assert first.form is None and not is_signed("patient", PATIENT, ENROLLMENT)
    assert [fact.role for fact in signature_facts(draft)] == ["patient"]
    waiting = waiting_for(draft)
    assert waiting is not None and waiting.role == "prescriber"
    assert sign_as(draft, "prescriber").form is not None
    assert waiting_for(draft) is None
    assert [each.position for each in Signature.objects.order_by("id")] == [1, 2]


def test_a_form_signed_over_days_is_of_the_last_day() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    sign_as(draft, "patient", AT)
    form = sign_as(draft, "prescriber", AT + timedelta(days=3)).form
    assert form is not None and form.signed_on == date(2025, 5, 4)


def test_the_same_signature_sent_again_is_the_one_that_is_there() -> None:
    draft = filled(LEMTRADA, ORDER)
    to_sign = shown(draft, "prescriber")
    first = sign_draft(to_sign, sitting(), by=AMARA, at=AT)
    later = AT + timedelta(minutes=1)
    again = sign_draft(to_sign, sitting(later), by=AMARA, at=later)
    assert (again.signature, again.form) == (first.signature, first.form)
    assert Signature.objects.count() == SignedForm.objects.count() == 1
    assert refused(draft, printed_name="Other Name") is Refusal.CLOSED


def test_signing_asks_for_proof_that_is_at_most_five_minutes_old() -> None:
    draft = filled(LEMTRADA, ORDER)
    five, second = timedelta(minutes=5), timedelta(seconds=1)
    for when in (None, AT - five - second, AT + second):
        here = sitting()._replace(confirmed_at=when)
        assert refused(draft, here=here) is Refusal.NOT_CONFIRMED
    here = sitting()._replace(confirmed_at=AT - five)
    assert sign_draft(shown(draft, "prescriber"), here, by=AMARA, at=AT).form is not None


@pytest.mark.parametrize("method", ["password", "passkey", "in_person", "paper"])
def test_no_method_works_without_proof(method: str) -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    here = sitting(method=method, signed_on=AT.date())._replace(confirmed_at=None)
    assert refused(draft, "patient", here) is Refusal.NOT_CONFIRMED


def test_a_delegate_prepares_and_never_signs() -> None:
    draft = filled(LEMTRADA, ORDER)
    delegate = actor("delegate")
    assert refused(draft, by=delegate) is Refusal.NOT_THE_SIGNER
    assert refused(draft, role="delegate", by=delegate) is Refusal.NOT_THE_SIGNER
    for role in ("administrator", "pharmacist", "patient", "infusion_nurse"):
        assert refused(draft, by=actor(role)) is Refusal.NOT_THE_SIGNER


def test_somebody_of_another_practice_cannot_sign() -> None:
    draft = filled(LEMTRADA, ORDER)
    for here in (
        sitting(participant_id=OWNER + 1),
        sitting(participant_id=None),
        sitting(participant_id=None, patient_id=PATIENT + 1),
    ):
        assert refused(draft, here=here) is Refusal.OTHER_PARTY
    nobody = filled(LEMTRADA, ORDER, subject_id=7, owner_id=None)
    assert refused(nobody) is Refusal.OTHER_PARTY


def test_a_patient_signs_for_themselves_and_for_nobody_else() -> None:
    draft = filled("isotretinoin", "comprehension-questions")
    patient = actor("patient", "mara")
    for here in (
        sitting(participant_id=None, patient_id=PATIENT + 1),
        sitting()._replace(participant_id=None),
    ):
        assert refused(draft, "patient", here, patient) is Refusal.OTHER_PARTY
    here = sitting(participant_id=None, patient_id=PATIENT)
    assert sign_draft(shown(draft, "patient"), here, by=patient, at=AT).form is not None


def test_nobody_is_their_own_patient_while_the_draft_is_about_nobody() -> None:
    draft = filled("isotretinoin", "comprehension-questions", subject_id=None)
    here = sitting(participant_id=None, patient_id=None)
    assert refused(draft, "patient", here, actor("patient")) is Refusal.OTHER_PARTY


def test_signers_sign_in_order() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    assert refused(draft) is Refusal.NOT_YOUR_TURN
    sign_as(draft, "patient")
    here = sitting(method="in_person")
    assert refused(draft, "patient", here, printed_name="X") is Refusal.NOT_YOUR_TURN


def test_a_patient_signs_on_the_prescribers_device_while_the_prescriber_watches() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    here = sitting(method="in_person")
    for role in ("patient", "delegate", "administrator"):
        assert refused(draft, "patient", here, actor(role)) is Refusal.NOT_THE_SIGNER
    assert refused(draft, "patient", here._replace(participant_id=5)) is Refusal.OTHER_PARTY
    alone = here._replace(participant_id=None, patient_id=PATIENT)
    assert refused(draft, "patient", alone) is Refusal.OTHER_PARTY
    signature = sign_draft(shown(draft, "patient"), here, by=AMARA, at=AT).signature
    assert (signature.method, signature.signed_by, signature.role) == (
        *("in_person", "amara"),
        "patient",
    )
    assert sign_draft(shown(draft, "prescriber"), sitting(), by=AMARA, at=AT).form is not None


def test_one_account_signs_in_one_role() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    here = sitting(participant_id=None, patient_id=PATIENT)
    both = actor("patient", "amara")
    User.objects.filter(number="amara").update(full_name="Mara Example")
    sign_draft(shown(draft, "patient"), here, by=both, at=AT)
    assert refused(draft) is Refusal.SAME_PERSON
    signature = Signature.objects.get()
    signature.pk, signature.number, signature.position = None, "other", 2
    with pytest.raises(IntegrityError, match="one_person_signs"), transaction.atomic():
        signature.save(force_insert=True)


def test_a_representative_signs_in_the_patients_place_with_their_own_meaning() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    here = sitting(method="in_person")
    for relationship in ("neighbor", "Parent"):
        found = refused(draft, "patient", here, relationship=relationship)
        assert found is Refusal.NOT_REPRESENTABLE
    to_sign = shown(draft, "patient", "Pat Parent", REP)
    signature = sign_draft(to_sign, here, by=AMARA, at=AT).signature
    assert (signature.printed_name, signature.relationship) == ("Pat Parent", REP)
    assert signature.meaning.startswith("I may sign for the patient.")
    assert refused(draft, relationship=REP) is Refusal.NOT_REPRESENTABLE
    assert sign_as(draft, "prescriber").form is not None
    assert {each.relationship for each in consents_of("patient", PATIENT)} == {REP}


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb", "a\u202eb"])
def test_a_signature_needs_a_name(name: str) -> None:
    assert refused(filled(LEMTRADA, ORDER), printed_name=name) is Refusal.NO_NAME


def test_paper_is_written_down_by_an_administrator_with_its_day() -> None:
    draft = filled(LEMTRADA, ORDER, channel="fax")
    desk = actor("administrator")
    paper = sitting(method="paper", participant_id=None, signed_on=date(2025, 4, 29))
    assert refused(draft, here=paper, by=AMARA) is Refusal.NOT_THE_SIGNER
    assert refused(draft, here=paper._replace(signed_on=None), by=desk) is Refusal.NOT_THE_SIGNER
    tomorrow = paper._replace(signed_on=date(2025, 5, 2))
    assert refused(draft, here=tomorrow, by=desk) is Refusal.NOT_THE_SIGNER
    draft = begun(LEMTRADA, ORDER, channel="fax")
    days = {"needed-by": "2025-06-01", "birth-date": "1990-01-01"}
    save_answers(draft, days, seen_revision=draft.revision, by=desk, at=AT)
    form = sign_draft(shown(draft, "prescriber"), paper, by=desk, at=AT).form
    assert form is not None and form.signed_on == date(2025, 4, 29)
    assert (form.channel, form.draft.signatures.get().method) == ("fax", "paper")


def test_no_other_way_of_signing_is_known() -> None:
    draft = filled(LEMTRADA, ORDER)
    for method in ("link", "telepathy", ""):
        assert refused(draft, here=sitting(method=method)) is Refusal.NOT_THE_SIGNER


def test_a_form_with_a_problem_cannot_be_signed_and_every_problem_is_named() -> None:
    draft = filled(LEMTRADA, ORDER)
    save_answers(
        draft,
        {"facility-phone": "12", "diagnosis": ""},
        seen_revision=draft.revision,
        by=AMARA,
        at=AT,
    )
    with pytest.raises(NotSignable) as found:
        sign_draft(shown(draft, "prescriber"), sitting(), by=AMARA, at=AT)
    assert found.value.reason is Refusal.NOT_COMPLETE
    assert [each.field for each in found.value.problems] == ["diagnosis", "facility-phone"]


def test_a_text_that_changed_since_it_was_shown_is_not_signed() -> None:
    draft = filled(LEMTRADA, ORDER)
    to_sign = shown(draft, "prescriber")
    save_answers(draft, {"diagnosis": "new"}, seen_revision=draft.revision, by=AMARA, at=AT)
    assert refused(draft, text_hash=to_sign.text_hash) is Refusal.CHANGED_SINCE_SHOWN
    assert refused(draft, text_hash="") is Refusal.CHANGED_SINCE_SHOWN


def test_a_form_of_a_version_no_longer_in_force_is_moved_before_it_is_signed() -> None:
    draft = filled(LEMTRADA, ORDER, AT.replace(year=2023))
    assert refused(draft) is Refusal.OLD_VERSION
    library.use(library.ProgramLibrary({**library.current().programs}))
    long_ago = AT.replace(year=1990)
    assert refused(draft, at=long_ago) is Refusal.OLD_VERSION


def test_what_is_closed_or_unknown_cannot_be_signed() -> None:
    draft = filled(LEMTRADA, ORDER)
    with pytest.raises(NotSignable) as found:
        nowhere = shown(draft, "prescriber")._replace(draft="no-such")
        sign_draft(nowhere, sitting(), by=AMARA, at=AT)
    assert (found.value.reason, found.value.draft) == (Refusal.NO_SUCH_DRAFT, "no-such")
    abandon_draft(draft, reason="x", by=AMARA, at=AT)
    assert refused(draft) is Refusal.CLOSED
    with pytest.raises(DraftClosed):
        finish_draft(draft, by=AMARA, at=AT)


def test_what_everybody_signed_waits_only_for_its_subject() -> None:
    draft = filled(LEMTRADA, ENROLLMENT, subject_id=None, subject_number="")
    sign_as(draft, "patient")
    last = sign_as(draft, "prescriber")
    assert last.form is None and SignedForm.objects.count() == 0
    assert refused(draft, printed_name="Other") is Refusal.ALL_SIGNED
    with pytest.raises(NotComplete):
        finish_draft(draft, by=AMARA, at=AT)
    name_subject(draft, 77, "P-77", by=AMARA, at=AT)
    form = finish_draft(draft, by=AMARA, at=AT + timedelta(hours=1))
    assert (form.subject_id, form.signed_at) == (77, AT)
    assert finish_draft(draft, by=actor("administrator"), at=AT) == form
    assert consents_of("patient", 77).count() == 5


def test_nothing_is_finished_before_everybody_signed() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    for _ in range(2):
        with pytest.raises(NotComplete):
            finish_draft(draft, by=AMARA, at=AT)
        sign_as(draft, "patient") if not Signature.objects.exists() else None
    assert SignedForm.objects.count() == 0


def test_signatures_of_an_earlier_round_do_not_count() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    sign_as(draft, "patient")
    reopen_draft(draft, reason="x", by=AMARA, at=AT)
    draft.refresh_from_db()
    assert refused(draft) is Refusal.NOT_YOUR_TURN
    assert sign_all(draft).form is not None
    assert [each.signing_round for each in Signature.objects.order_by("id")] == [1, 2, 2]


def test_ten_forms_are_signed_in_one_sitting_each_with_its_own_signature() -> None:
    drafts = [filled(LEMTRADA, ORDER, subject_id=key) for key in range(100, 110)]
    signed = sign_drafts(
        [shown(draft, "prescriber") for draft in drafts], sitting(), by=AMARA, at=AT
    )
    assert [each.form.subject_id for each in signed if each.form] == list(range(100, 110))
    assert len({each.signature.seal for each in signed}) == 10


def test_one_form_that_cannot_be_signed_stops_them_all() -> None:
    drafts = [filled(LEMTRADA, ORDER, subject_id=key) for key in range(100, 104)]
    to_sign = [shown(draft, "prescriber") for draft in drafts]
    to_sign[2] = to_sign[2]._replace(text_hash="not what was shown")
    with pytest.raises(NotSignable) as found:
        sign_drafts(to_sign, sitting(), by=AMARA, at=AT)
    assert found.value.draft == drafts[2].number
    assert Signature.objects.count() == SignedForm.objects.count() == 0


def test_the_database_refuses_a_second_form_of_one_draft_and_a_signature_without_a_name() -> None:
    draft = filled(LEMTRADA, ORDER)
    form = sign_all(draft).form
    assert form is not None
    form.pk, form.number = None, "other"
    with pytest.raises(IntegrityError), transaction.atomic():
        form.save(force_insert=True)
    signature = Signature.objects.get()
    signature.pk, signature.number, signature.position = None, "other", 9
    signature.signed_by, signature.printed_name = "else", ""
    with pytest.raises(IntegrityError, match="has_a_name"), transaction.atomic():
        signature.save(force_insert=True)


def test_signing_tells_the_gates_that_something_changed() -> None:
    mara = build_world_of_teaching()
    draft = filled("teaching", ENROLLMENT, subject_id=mara.pk, subject_number=mara.number)
    before = Patient.objects.get(pk=mara.pk).revision
    (signed,) = forms_signed([shown(draft, "prescriber")], sitting(), by=AMARA, at=AT)
    assert signed.form is not None
    assert Patient.objects.get(pk=mara.pk).revision == before + 1


def test_a_signature_that_is_not_the_last_tells_the_gates_nothing() -> None:
    mara = build_world_of_teaching()
    draft = filled(LEMTRADA, ENROLLMENT, subject_id=mara.pk, subject_number=mara.number)
    before = Patient.objects.get(pk=mara.pk).revision
    here = sitting(method="in_person")
    (signed,) = forms_signed([shown(draft, "patient")], here, by=AMARA, at=AT)
    assert signed.form is None
    assert Patient.objects.get(pk=mara.pk).revision == before


def build_world_of_teaching() -> Patient:
    """Mara, who is enrolled in the teaching program."""
    return build_world().mara


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_sign_once() -> None:
    draft = filled(LEMTRADA, ORDER)
    to_sign, found = shown(draft, "prescriber"), list[Signed]()

    def click() -> None:
        try:
            found.append(sign_draft(to_sign, sitting(), by=AMARA, at=AT))
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len({each.signature.pk for each in found}) == 1
    assert Signature.objects.count() == forms_about("patient", PATIENT).count() == 1


def test_a_check_that_is_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # The guard beneath: even where nobody checks a signature, a form that is wrong never counts.
    draft = filled(LEMTRADA, ORDER)
    save_answers(draft, {"diagnosis": ""}, seen_revision=draft.revision, by=AMARA, at=AT)
    monkeypatch.setattr(signing_module, "_check", lambda signing: None)
    with pytest.raises(NotComplete):
        sign_draft(shown(draft, "prescriber"), sitting(), by=AMARA, at=AT)
    assert SignedForm.objects.count() == 0
