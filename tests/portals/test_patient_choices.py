"""What a patient allows: seen, taken back and allowed again, by the patient and on their behalf."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from etasu.registry import reactions
from etasu.registry.accounts import access
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.models import Authorization
from etasu.registry.notices.models import Notice
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.submissions.actions import Given, give_consent
from etasu.registry.submissions.facts import has_consent
from etasu.registry.submissions.models import Consent, ConsentLink
from tests.factories.mail_server import MailServer, link_in, text_of
from tests.portals.conftest import Moment
from tests.portals.patient_world import BORN, NEEDED, OPTIONAL, Patient, where, words
from tests.portals.world import PROGRAM, Cast, actor, add_person, ask_gate, authorize_course

SignIn = Callable[[str], Client]
MARA = "mara@example.org"


@pytest.fixture
def mara(cast: Cast) -> Enrolled:
    """Mara, who may begin her course, reads Spanish, and allowed all but the community."""
    Enrolled.objects.filter(pk=cast.mara.pk).update(email=MARA, birth_date=BORN, language="es")
    cast.mara.refresh_from_db()
    for code in (NEEDED, *OPTIONAL[:3]):
        given = Given(PROGRAM, code, "patient", cast.mara.pk, cast.mara.number, "Mara", "paper")
        give_consent(given, on=cast.today, by=PLATFORM, at=cast.at)
    return cast.mara


def stands(cast: Cast) -> set[str]:
    """What Mara allows now."""
    every = (NEEDED, *OPTIONAL)
    return {code for code in every if has_consent("patient", cast.mara.pk, code, cast.at)}


def opened(mail: MailServer, language: str = "") -> Patient:
    """Mara at her own page."""
    phone = Patient(language)
    asked = phone.browser.post("/p/choices/", {"email": MARA.upper()})
    assert asked.status_code == 200
    assert where(phone.arrive(mail, MARA)) == "/p/home/"
    return phone


def test_the_page_is_asked_for_by_mail_and_tells_nobody_who_is_on_record(
    mara: Enrolled, mail: MailServer, moment: Moment
) -> None:
    known = Client().post("/p/choices/", {"email": MARA})
    unknown = Client().post("/p/choices/", {"email": "nobody@example.org"})
    assert words(known) == words(unknown)
    message = mail.newest_to(MARA)
    assert message["Subject"] == "Etasu: Su página"
    for word in ("mara ", "lindqvist", PROGRAM, mara.number.lower()):
        assert word not in text_of(message).lower()
    assert "no patient is on record" in text_of(mail.newest_to("nobody@example.org"))
    path = link_in(message)
    assert where(Patient().open(path)) == "/p/start/"
    moment.now += timedelta(hours=24)
    over = Patient().open(path)
    assert over.status_code == 410 and "/p/choices/" in over.content.decode()
    # From one place, and to one address, only so many in a while.
    for email in (MARA, "nobody@example.org"):
        said = [words(Client().post("/p/choices/", {"email": email})) for _ in range(6)]
        assert "just now" not in said[0] and "just now" in said[-1]
    assert ConsentLink.objects.count() <= 5
    assert Client().post("/p/choices/", {"email": "x"}).context["form"].errors


def test_one_thing_taken_back_leaves_the_others_and_can_be_allowed_again(
    cast: Cast, mara: Enrolled, mail: MailServer
) -> None:
    phone = opened(mail)
    page = words(phone.open("/p/choices/all/"))
    # Nobody is asked at enrollment about laboratory visits and the community, but where it is used;
    # of the community that others run, the enrollment form alone asks.
    assert page.count("Permitido") == 4 and page.count("No permitido") == 2
    assert phone.open("/p/choices/community/allow/").status_code == 404
    effect = phone.open("/p/choices/events/take-back/")
    assert "La inscripción termina hoy" not in words(effect)
    assert stands(cast) == {NEEDED, *OPTIONAL[:3]}
    for _ in range(2):
        back = phone.browser.post("/p/choices/events/take-back/", follow=True)
        assert where(back) == "/p/choices/all/"
    assert stands(cast) == {NEEDED, "nurse-support", "copay-support"}
    taken = Consent.objects.get(code="events")
    assert taken.revoked_how == "link" and (taken.revoked_by or "").startswith("consent link")
    mara.refresh_from_db()
    assert mara.ended_on is None
    assert phone.browser.post("/p/choices/events/allow/", {}).context["form"].errors
    mark = phone.browser.post("/p/choices/events/allow/", {"full_name": "x"})
    assert "Tenemos su nombre como “Mara Lindqvist”." in words(mark)
    assert "events" not in stands(cast)
    for _ in range(2):
        phone.browser.post("/p/choices/events/allow/", {"full_name": "Mara Lindqvist"})
    again = Consent.objects.get(code="events", revoked_at=None)
    assert (again.printed_name, again.method) == ("Mara Lindqvist", "link")
    assert again.text != taken.text and "invit" in again.text
    assert phone.open("/p/choices/nothing/take-back/").status_code == 404
    # Her page is not a form to sign.
    assert where(phone.open("/p/form/")) == "/p/home/"
    phone.browser.post("/p/leave/")
    assert where(phone.open("/p/choices/all/")) == "/p/start/"


def test_taking_back_what_enrollment_rests_on_ends_it_and_says_so_first(
    cast: Cast, mara: Enrolled, mail: MailServer
) -> None:
    given = authorize_course(cast)
    assert ask_gate(cast, "ben", "infuse", mara).said["outcome"] == "authorized"
    phone = opened(mail)
    assert "La inscripción termina hoy" in words(phone.open(f"/p/choices/{NEEDED}/take-back/"))
    page = phone.browser.post(f"/p/choices/{NEEDED}/take-back/", follow=True)
    assert "hable con su médico" in words(page)
    mara.refresh_from_db()
    assert (mara.ended_on, mara.end_reason) == (cast.today, f"consent taken back: {NEEDED}")
    assert not Authorization.objects.filter(patient=mara, state="live").exists()
    assert Authorization.objects.get(decision=given.decision).state == "reversed"
    refused = ask_gate(cast, "ben", "infuse", mara).said
    assert refused["outcome"] == "not_authorized"
    assert "enrolled" in str(refused).lower()
    told = Notice.objects.get(event="enrollment_consent_withdrawn")
    assert (told.recipient.email, told.subject) == ("amara@example.org", mara.number)
    # The others stand, and this one does not come back with a click.
    assert stands(cast) == set(OPTIONAL[:3])
    phone.browser.post(f"/p/choices/{NEEDED}/allow/", {"full_name": "Mara Lindqvist"})
    assert NEEDED not in stands(cast)


def test_an_optional_thing_ends_no_enrollment_even_if_it_were_never_said(
    cast: Cast, mara: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault planted: with the program's word ignored, enrollment would not end."""
    needed = Consent.objects.get(code=NEEDED)
    with monkeypatch.context() as planted:
        planted.setattr(reactions.consenting, "is_needed", lambda consent, on: False)
        reactions.consent_withdrawn(needed, how="link", by=actor("amara"), at=cast.at)
    mara.refresh_from_db()
    assert mara.ended_on is None
    nurse = Consent.objects.get(code="nurse-support")
    reactions.consent_withdrawn(nurse, how="link", by=actor("amara"), at=cast.at)
    mara.refresh_from_db()
    assert mara.ended_on is None


def test_of_a_person_with_two_records_everything_alike_is_taken_back(
    cast: Cast, mara: Enrolled, mail: MailServer
) -> None:
    for code in (NEEDED, "nurse-support"):
        given = Given(PROGRAM, code, "patient", cast.noor.pk, cast.noor.number, "Mara", "paper")
        give_consent(given, on=cast.today, by=PLATFORM, at=cast.at)
    merged = {"merged_into": mara, "merged_at": cast.at, "merged_by": "ada", "email": MARA}
    Enrolled.objects.filter(pk=cast.noor.pk).update(**merged)
    phone = opened(mail)
    assert len(mail.messages) == 1
    phone.browser.post("/p/choices/nurse-support/take-back/")
    alike = Consent.objects.filter(code="nurse-support")
    assert [each.revoked_how for each in alike] == ["link", "link"]
    phone.browser.post(f"/p/choices/{NEEDED}/take-back/")
    ended = Enrolled.objects.filter(pk__in=(mara.pk, cast.noor.pk))
    assert {each.ended_on for each in ended} == {cast.today}
    assert Notice.objects.filter(event="enrollment_consent_withdrawn").count() == 1


def test_others_note_what_the_patient_asked_for_and_how(
    cast: Cast, mara: Enrolled, signed_in: SignIn
) -> None:
    place = f"/patient/{mara.number}/choices/"
    add_person(PROGRAM, "dana", access.DELEGATE, cast.amara, cast.at)
    for name, may_see, may_change in (
        ("amara", True, True),
        ("ada", True, True),
        ("quinn", True, False),
        ("dana", True, False),
        ("beck", False, False),
        ("ben", False, False),
    ):
        client = signed_in(name)
        assert client.get(place).status_code == (200 if may_see else 404)
        effect = client.get(f"{place}events/take-back/")
        assert effect.status_code == (200 if may_change else 404)
    assert "events" in stands(cast)
    ada = signed_in("ada")
    assert ada.post(f"{place}events/take-back/", {}).context["form"].errors
    for _ in range(2):
        ada.post(f"{place}events/take-back/", {"how": "in writing"})
    taken = Consent.objects.get(code="events")
    assert (taken.revoked_how, taken.revoked_by) == ("in writing", actor("ada").number)
    shown = words(ada.get(place))
    assert "Taken back" in shown and "in writing" in shown
    signed_in("amara").post(f"{place}{NEEDED}/take-back/", {"how": "by phone"})
    mara.refresh_from_db()
    assert mara.ended_on == cast.today
    for page in (f"/prescriber/patients/{mara.number}/", f"/administrator/patients/{mara.number}/"):
        who = "amara" if "prescriber" in page else "ada"
        assert place in signed_in(who).get(page).content.decode()
