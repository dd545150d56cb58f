"""Signing by link, and consents: one use, one text, and taken back at any time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from etasu.programs import library
from etasu.registry.audit.models import AuditEntry
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import form_signed_by_link
from etasu.registry.submissions.actions import (
    DraftClosed,
    Given,
    LinkNotUsable,
    LinkState,
    NewLink,
    NoSuchConsent,
    NotSignable,
    Refusal,
    Signed,
    abandon_draft,
    ask_for_new_link,
    create_consent_link,
    create_signing_link,
    give_consent,
    holder_of,
    note_link_sent,
    open_signing_link,
    revoke_consent,
    revoke_signing_link,
    save_answers,
    sign_by_link,
)
from etasu.registry.submissions.facts import (
    consent_link_of,
    consents_of,
    draft_text,
    has_consent,
    links_of,
    may_fetch_copy,
    signing_link_of,
)
from etasu.registry.submissions.models import Consent, Draft, Signature, SigningLink
from etasu.safe_use.form_text import hash_of
from tests.factories.teaching import AT, ON, build_world
from tests.registry.drafting import (
    PATIENT,
    ZONE,
    actor,
    every_program,
    filled,
    said,
    shown,
    sign_all,
    sign_as,
)
from tests.registry.trails import sql

pytestmark = pytest.mark.django_db
LEMTRADA, ENROLLMENT, ORDER = "lemtrada", "patient-enrollment", "prescription-order"
AMARA = actor("prescriber", "amara")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def all_programs(teaching_program: None) -> None:
    """All programs that come with the platform."""
    library.use(every_program())


@pytest.fixture
def draft() -> Draft:
    """An enrollment form the patient is to sign."""
    return filled(LEMTRADA, ENROLLMENT)


def made(draft: Draft, at=AT, role="patient") -> NewLink:
    """A link for the patient."""
    return create_signing_link(draft, role, by=AMARA, at=at)


def use(new: NewLink, draft: Draft, at=AT, **more) -> Signed:
    """Whoever holds the token signs."""
    to_sign = shown(draft, "patient", "Mara Example")._replace(**more)
    return sign_by_link(new.token, to_sign, zone=ZONE, by=holder_of(new.link), at=at)


def state(token: str, at=AT) -> LinkState:
    """Why a link does not open."""
    with pytest.raises(LinkNotUsable) as found:
        open_signing_link(token, at=at)
    return found.value.state


def test_a_link_opens_its_draft_and_signs_it_once(draft: Draft) -> None:
    new = made(draft)
    opened = open_signing_link(new.token, at=AT)
    assert (opened.draft, opened.role) == (draft, "patient")
    signature = use(new, draft).signature
    assert (signature.method, signature.role, signature.link) == ("link", "patient", new.link)
    assert signature.signed_by == f"link {new.link.number}"
    assert state(new.token) is LinkState.USED
    with pytest.raises(LinkNotUsable):
        use(new, draft)
    assert Signature.objects.count() == 1
    assert sign_as(draft, "prescriber").form is not None


def test_only_the_hash_of_the_token_is_kept(draft: Draft) -> None:
    new = made(draft)
    rows = str(sql("SELECT l.*, encode(token_hash, 'escape') FROM submissions_signing_link l"))
    assert new.token not in rows and len(new.token) >= 43
    assert new.token not in str(list(AuditEntry.objects.values()))
    assert made(filled(LEMTRADA, ENROLLMENT, subject_id=7)).token != new.token


def test_a_link_is_good_for_seven_days(draft: Draft) -> None:
    new = made(draft)
    last = AT + 7 * DAY - timedelta(seconds=1)
    assert open_signing_link(new.token, at=last).pk == new.link.pk
    assert state(new.token, AT + 7 * DAY) is LinkState.EXPIRED
    with pytest.raises(LinkNotUsable):
        use(new, draft, AT + 7 * DAY)
    assert use(new, draft, last).signature.signed_at == last


def test_a_link_can_be_taken_back(draft: Draft) -> None:
    new = made(draft)
    revoked = revoke_signing_link(new.link, by=AMARA, at=AT)
    assert revoke_signing_link(new.link, by=actor("delegate"), at=AT).revoked_by == "amara"
    assert revoked.revoked_at == AT
    assert state(new.token) is LinkState.REVOKED
    with pytest.raises(LinkNotUsable):
        use(new, draft)


def test_a_used_link_stays_used(draft: Draft) -> None:
    new = made(draft)
    use(new, draft)
    assert revoke_signing_link(new.link, by=AMARA, at=AT).revoked_at is None


def test_a_new_link_ends_the_one_before_for_the_same_signer_only(draft: Draft) -> None:
    first, other = made(draft), made(draft, role="prescriber")
    second = made(draft)
    assert state(first.token) is LinkState.REVOKED
    for new in (second, other):
        assert open_signing_link(new.token, at=AT).pk == new.link.pk


@pytest.mark.parametrize("token", ["", "x", "\ud800", "\x00", "é" * 50])
def test_a_token_nobody_was_given_opens_nothing(draft: Draft, token: str) -> None:
    made(draft)
    assert state(token) is LinkState.UNKNOWN
    with pytest.raises(LinkNotUsable):
        sign_by_link(token, shown(draft, "patient"), zone=ZONE, by=AMARA, at=AT)


def test_a_link_to_a_closed_draft_opens_nothing(draft: Draft) -> None:
    new = made(draft)
    abandon_draft(draft, reason="x", by=AMARA, at=AT)
    assert state(new.token) is LinkState.REVOKED
    with pytest.raises(DraftClosed):
        made(draft)
    finished = filled(LEMTRADA, ORDER)
    left = made(finished, role="prescriber")
    sign_all(finished)
    assert state(left.token) is LinkState.REVOKED


def test_a_draft_closed_in_another_way_closes_its_links(draft: Draft) -> None:
    new = made(draft)
    Draft.objects.filter(pk=draft.pk).update(
        abandoned_at=AT, abandoned_by="somebody", abandoned_reason="x"
    )
    assert state(new.token) is LinkState.CLOSED


def test_a_link_is_for_its_own_draft_role_and_holder(draft: Draft) -> None:
    new, other = made(draft), filled(LEMTRADA, ENROLLMENT, subject_id=7)
    with pytest.raises(NotSignable) as found:
        use(new, other)
    assert found.value.reason is Refusal.NOT_THE_SIGNER
    with pytest.raises(NotSignable) as found:
        use(new, draft, role="prescriber")
    assert found.value.reason is Refusal.NOT_YOUR_TURN
    sign_as(draft, "patient")
    with pytest.raises(NotSignable) as found:
        use(new, draft, role="prescriber")
    assert found.value.reason is Refusal.NOT_THE_SIGNER
    with pytest.raises(NotSignable):
        sign_by_link(new.token, shown(draft, "patient"), zone=ZONE, by=AMARA, at=AT)
    assert Signature.objects.count() == 1


def test_a_refused_signature_does_not_use_the_link_up(draft: Draft) -> None:
    new = made(draft)
    with pytest.raises(NotSignable):
        use(new, draft, text_hash="something else")
    assert SigningLink.objects.get().used_at is None
    assert use(new, draft).signature.method == "link"


def test_a_link_is_made_only_for_a_signer_of_the_form(draft: Draft) -> None:
    with pytest.raises(NotSignable) as found:
        made(draft, role="care_partner")
    assert found.value.reason is Refusal.NOT_THE_SIGNER


def test_a_representative_can_sign_by_link(draft: Draft) -> None:
    signature = use(made(draft), draft, printed_name="Pat Parent", relationship="parent").signature
    assert signature.relationship == "parent"


def test_the_gates_hear_of_a_form_signed_by_link() -> None:
    mara = build_world().mara
    draft = filled("teaching", ENROLLMENT, subject_id=mara.pk, subject_number=mara.number)
    new = made(draft, role="prescriber")
    before = Patient.objects.get(pk=mara.pk).revision
    to_sign = shown(draft, "prescriber")
    signed = form_signed_by_link(new.token, to_sign, zone=ZONE, by=holder_of(new.link), at=AT)
    assert signed.form is not None
    assert Patient.objects.get(pk=mara.pk).revision == before + 1


def test_the_database_keeps_links_as_they_were_made(draft: Draft) -> None:
    new = made(draft)
    use(new, draft)
    new.link.refresh_from_db()
    new.link.used_at = new.link.used_by = None
    with pytest.raises(IntegrityError, match="closed for good"), transaction.atomic():
        new.link.save()


def test_a_link_says_when_it_was_sent_where_and_by_whom(draft: Draft) -> None:
    new = create_signing_link(draft, "patient", sent_to="m@example.org", by=AMARA, at=AT)
    assert note_link_sent(new.link, by=AMARA, at=AT)
    assert not note_link_sent(new.link, by=actor("delegate"), at=AT + DAY)
    (known,) = links_of(draft, "patient", AT)
    assert (known.link.sent_at, known.link.sent_by, known.state) == (AT, "amara", None)
    ended = made(draft)
    revoke_signing_link(ended.link, by=AMARA, at=AT)
    assert not note_link_sent(ended.link, by=AMARA, at=AT)
    nowhere = made(draft)
    with pytest.raises(IntegrityError, match="says_by_whom_and_where"), transaction.atomic():
        note_link_sent(nowhere.link, by=AMARA, at=AT)


def test_whoever_signed_fetches_a_copy_for_seven_days(draft: Draft) -> None:
    new = made(draft)
    assert not may_fetch_copy(new.link, AT)
    use(new, draft)
    link = signing_link_of(new.token)
    assert link is not None and may_fetch_copy(link, AT + 7 * DAY - timedelta(seconds=1))
    assert not may_fetch_copy(link, AT + 7 * DAY)


def test_a_request_for_a_new_link_is_kept_once_and_for_good(draft: Draft) -> None:
    new = made(draft)
    assert ask_for_new_link(new.link, by=holder_of(new.link), at=AT + 8 * DAY)
    assert not ask_for_new_link(new.link, by=holder_of(new.link), at=AT + 9 * DAY)
    assert links_of(draft, "patient", AT + 8 * DAY)[0].has_request
    choosing = create_consent_link(LEMTRADA, ("patient", PATIENT, "P-42"), by=AMARA, at=AT)
    assert consent_link_of(choosing.token) == choosing.link and consent_link_of("x") is None
    assert choosing.token not in str(list(AuditEntry.objects.values()))
    for table in ("submissions_link_request", "submissions_consent_link"):
        with pytest.raises(IntegrityError), transaction.atomic():
            sql(f"DELETE FROM {table}")


@pytest.mark.django_db(transaction=True)
def test_a_link_used_twice_at_once_signs_once() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    new, text = made(draft), hash_of(draft_text(draft))
    outcomes: list[str] = []

    def sign() -> None:
        try:
            use(new, draft, text_hash=text)
            outcomes.append("signed")
        except LinkNotUsable as error:
            outcomes.append(error.state)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["signed", "used", "used", "used"]
    assert Signature.objects.count() == 1


def given(code: str = "nurse-support", **more) -> Given:
    """A consent of the patient's."""
    shape = {"subject_kind": "patient", "subject_id": PATIENT, "subject_number": "P-42"}
    shape |= {"printed_name": "Mara Example", "method": "password"}
    return Given(LEMTRADA, code, **(shape | more))


MARA = actor("patient", "mara")


def test_each_consent_on_a_form_is_a_record_of_its_own(draft: Draft) -> None:
    sign_as(draft, "patient")
    assert Consent.objects.count() == 0
    form = sign_as(draft, "prescriber", AT + DAY).form
    consents = {each.code: each for each in consents_of("patient", PATIENT)}
    assert set(consents) == {
        *("hipaa-authorization", "nurse-support", "copay-support", "events", "community")
    }
    hipaa = consents["hipaa-authorization"]
    assert (hipaa.form, hipaa.given_at, hipaa.given_by) == (form, AT, "user-prescriber")
    assert (hipaa.method, hipaa.printed_name) == ("in_person", "Mara Example")
    assert hipaa.text_version == "2024-03-04" and "Food and Drug" in hipaa.text


def test_only_what_was_allowed_is_recorded() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    declined = {"consent.events": "no", "consent.community": ""}
    save_answers(draft, declined, seen_revision=draft.revision, by=AMARA, at=AT)
    assert "consent.community" not in said(draft)
    sign_all(draft)
    codes = {each.code for each in consents_of("patient", PATIENT)}
    assert codes == {"hipaa-authorization", "nurse-support", "copay-support"}


def test_a_consent_is_given_taken_back_and_given_again() -> None:
    first = give_consent(given(), on=ON, by=MARA, at=AT)
    assert give_consent(given(), on=ON, by=MARA, at=AT + DAY) == first
    assert has_consent("patient", PATIENT, "nurse-support", AT)
    assert not has_consent("patient", PATIENT, "nurse-support", AT - DAY)
    assert not has_consent("patient", PATIENT, "events", AT)
    assert not has_consent("patient", PATIENT + 1, "nurse-support", AT)
    revoked = revoke_consent(first, how="web", by=MARA, at=AT + DAY)
    assert (revoked.revoked_by, revoked.revoked_how) == ("mara", "web")
    assert revoke_consent(first, how="mail", by=AMARA, at=AT + 2 * DAY).revoked_how == "web"
    assert has_consent("patient", PATIENT, "nurse-support", AT)
    assert not has_consent("patient", PATIENT, "nurse-support", AT + DAY)
    again = give_consent(given(), on=ON, by=MARA, at=AT + 2 * DAY)
    assert again != first
    assert list(consents_of("patient", PATIENT)) == [again, first]


def test_taking_back_one_consent_leaves_the_others() -> None:
    nurse = give_consent(given(), on=ON, by=MARA, at=AT)
    give_consent(given("hipaa-authorization"), on=ON, by=MARA, at=AT)
    revoke_consent(nurse, how="web", by=MARA, at=AT)
    assert has_consent("patient", PATIENT, "hipaa-authorization", AT)


def test_a_consent_the_program_does_not_ask_for_cannot_be_given() -> None:
    for each in (given("anything"), given()._replace(program="teaching")):
        with pytest.raises(NoSuchConsent):
            give_consent(each, on=ON, by=MARA, at=AT)
    with pytest.raises(NoSuchConsent):
        give_consent(given(), on=ON.replace(year=1990), by=MARA, at=AT)


def test_every_consent_says_what_taking_it_back_stops() -> None:
    for loaded in library.current().programs.values():
        for version in loaded.versions:
            for consent in version.consents.values():
                assert consent.revocation and consent.ends and consent.text
    lemtrada = library.current().effective(LEMTRADA, ON)
    assert lemtrada is not None
    needed = [each.code for each in lemtrada.consents.values() if each.needed]
    assert needed == ["hipaa-authorization"]


def test_the_database_keeps_what_was_allowed() -> None:
    consent = give_consent(given(), on=ON, by=MARA, at=AT)
    consent.text = "Something else."
    with pytest.raises(IntegrityError, match="keeps what was recorded"), transaction.atomic():
        consent.save()
    revoked = revoke_consent(consent, how="web", by=MARA, at=AT)
    revoked.revoked_at = revoked.revoked_by = revoked.revoked_how = None
    with pytest.raises(IntegrityError, match="closed for good"), transaction.atomic():
        revoked.save()


def test_consents_are_noted_without_a_name() -> None:
    consent = give_consent(given(), on=ON, by=MARA, at=AT)
    revoke_consent(consent, how="web", by=MARA, at=AT)
    entries = AuditEntry.objects.filter(subject=consent.number).order_by("id")
    assert [each.verb for each in entries] == ["consent.given", "consent.revoked"]
    assert "Mara" not in str(list(entries.values()))
