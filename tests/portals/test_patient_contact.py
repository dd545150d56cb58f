"""How a patient is reached: put right on their own page, and by whoever looks after them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import translation

from etasu.portals.patient.texting import words_of_change
from etasu.registry.accounts.access import AUDITOR, DELEGATE, SUPPORT_NURSE
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.notices.wishes import OPTED_OUT, WRONG, stop
from etasu.registry.participants.models import Participant
from etasu.registry.patients.contacts import contact_of
from etasu.registry.patients.models import Patient as Enrolled
from etasu.safe_use.messages import LONGEST_SENDER, sms_length
from tests.factories.mail_server import MailServer, text_of
from tests.factories.sms_provider import Desk
from tests.portals.conftest import Moment
from tests.portals.patient_world import BORN, Patient, where, words
from tests.portals.world import PROGRAM, Cast, add_person
from tests.registry import labs

SignIn = Callable[[str], Client]
MARA, NEW = "mara@example.org", "mara.new@example.org"
HERS = {
    "telephone": "937-555-0142",
    "email": MARA,
    "city": "Dayton",
    "state": "OH",
    "zip_code": "45402",
    "language": "en",
    "time_zone": "America/New_York",
}
VALUES = ("937", "555", "mara@", "mara.new", "Dayton", "45402", "90001", "New_York")


@pytest.fixture
def mara(cast: Cast) -> Enrolled:
    Enrolled.objects.filter(pk=cast.mara.pk).update(birth_date=BORN, **HERS)
    cast.mara.refresh_from_db()
    return cast.mara


def opened(mail: MailServer) -> Patient:
    """Mara at her own page."""
    phone = Patient()
    phone.browser.post("/p/choices/", {"email": MARA})
    assert where(phone.arrive(mail, MARA)) == "/p/home/"
    return phone


def typed(page: Any, **new: str) -> dict[str, str]:
    """The form as it is shown, with something else typed."""
    form = page.context["form"]
    return {name: form[name].value() or "" for name in form.fields} | new


def of(patient: Enrolled) -> Any:
    patient.refresh_from_db()
    return contact_of(patient)


def test_a_patient_who_moved_puts_it_right_and_the_old_address_hears_of_it(
    mara: Enrolled, mail: MailServer
) -> None:
    phone = opened(mail)
    assert "/p/contact/" in phone.open("/p/home/").content.decode()
    page = phone.open("/p/contact/")
    assert all(each in page.content.decode() for each in ("937-555-0142", MARA, "Dayton", "45402"))
    sent = typed(page, email=NEW, city="Los Angeles", state="CA", zip_code="90001")
    sent["form_token"] = "same"
    # A double click changes it once, and both lead to the same page.
    for _ in range(2):
        done = phone.browser.post("/p/contact/", sent, follow=True)
        assert "We reach you like this from now on" in words(done)
    assert of(mara) == contact_of(mara)._replace(
        email=NEW, city="Los Angeles", state="CA", zip_code="90001", time_zone="America/Los_Angeles"
    )
    as_it_is = phone.browser.post("/p/contact/", typed(phone.open("/p/contact/")), follow=True)
    assert "We reach you like this" not in words(as_it_is)
    told = mail.newest_to(MARA)
    assert told["Subject"] == "Etasu: How we reach you was changed"
    for word in (*VALUES, "Mara", "Lindqvist", PROGRAM, mara.number, "http"):
        assert word.lower() not in text_of(told).lower().replace("no-reply@", "")
    entries = AuditEntry.objects.filter(verb="patient.contact_changed", subject=mara.number)
    first = entries.order_by("id")[0]
    assert first.role == "patient" and first.actor.startswith("consent link")
    assert first.detail == {"kinds": ["email", "address", "time_zone"], "how": "page"}


def test_what_cannot_be_right_is_told_at_its_field_and_kept_as_typed(
    mara: Enrolled, mail: MailServer
) -> None:
    phone = opened(mail)
    before = of(mara)
    page = phone.open("/p/contact/")
    for new, field, said in (
        ({"telephone": "12"}, "telephone", "Enter a US telephone number"),
        ({"email": "mara at home"}, "email", "Enter an email address"),
        ({"zip_code": "90001"}, "zip_code", "This ZIP Code is not in the state given"),
        ({"state": "XX"}, "state", "Choose a state"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "Choose one of the answers"),
        ({"language": "tlh"}, "language", "Choose one of the answers"),
        ({"telephone": "", "email": ""}, "telephone", "Without one, no reminder arrives"),
    ):
        answer = phone.browser.post("/p/contact/", typed(page, **new))
        assert said in str(answer.context["form"].errors[field]), field
        assert answer.context["form"][field].value() == new[field]
    assert of(mara) == before


def test_of_two_who_change_it_at_once_the_second_sees_what_the_first_did(
    mara: Enrolled, mail: MailServer, signed_in: SignIn
) -> None:
    phone, amara = opened(mail), signed_in("amara")
    address = f"/patient/{mara.number}/contact/"
    hers, theirs = phone.open("/p/contact/"), amara.get(address)
    phone.browser.post("/p/contact/", typed(hers, telephone="617-555-0142"))
    late = amara.post(address, typed(theirs, city="Boston", how="by phone"))
    assert late.status_code == 409
    page = words(late)
    assert "Somebody changed this a moment ago" in page and "City: Boston" in page
    assert late.context["form"]["telephone"].value() == "617-555-0142"
    assert of(mara).city == "Dayton"
    done = amara.post(address, typed(late, city="Boston", how="by phone"))
    assert done.status_code == 303
    assert (of(mara).telephone, of(mara).city) == ("617-555-0142", "Boston")


@pytest.mark.parametrize(
    ("who", "back"),
    [
        ("amara", "/prescriber/patients/{}/"),
        ("dana", "/delegate/patients/{}/"),
        ("ada", "/administrator/patients/{}/"),
        ("opal", "/support/patients/{}/"),
    ],
)
def test_whoever_looks_after_the_patient_changes_it_and_says_how_they_know(
    cast: Cast, mara: Enrolled, mail: MailServer, signed_in: SignIn, who: str, back: str
) -> None:
    labs.open_to_nurses(mara, cast.at)
    if who == "dana":
        add_person(PROGRAM, "dana", DELEGATE, cast.amara, cast.at)
    if who == "opal":
        add_person(PROGRAM, "opal", SUPPORT_NURSE, None, cast.at)
    staff, address, there = (
        signed_in(who),
        f"/patient/{mara.number}/contact/",
        back.format(mara.number),
    )
    assert address in staff.get(there).content.decode()
    # Whoever wants no reminders by mail hears of a change all the same.
    stop("email", MARA, OPTED_OUT, "link", by=PLATFORM, at=cast.at)
    page = staff.get(address)
    unsaid = staff.post(address, typed(page, telephone="617-555-0142"))
    assert "Say how the patient told it" in words(unsaid)
    sent = typed(page, telephone="617-555-0142", how="by phone")
    sent["form_token"] = "same"
    # A double click changes it once.
    for _ in range(2):
        assert where(staff.post(address, sent, follow=True)) == there
    assert of(mara).telephone == "617-555-0142"
    (entry,) = AuditEntry.objects.filter(verb="patient.contact_changed", subject=mara.number)
    assert entry.detail == {"kinds": ["telephone"], "how": "by_phone"}
    assert len([each for each in mail.messages if each["To"] == MARA]) == 1


def test_nobody_else_opens_it(cast: Cast, mara: Enrolled, signed_in: SignIn) -> None:
    address = f"/patient/{mara.number}/contact/"
    add_person(PROGRAM, "otto", AUDITOR, None, cast.at)
    add_person(PROGRAM, "nell", SUPPORT_NURSE, None, cast.at)
    # The nurse: Mara does not allow nurses.
    for who in ("otto", "nell", "ben"):
        assert signed_in(who).get(address).status_code == 404, who
    assert (
        address
        not in signed_in("otto").get(f"/administrator/patients/{mara.number}/").content.decode()
    )


def test_nobody_gives_their_own_address_as_the_patients(
    cast: Cast, mara: Enrolled, signed_in: SignIn
) -> None:
    Participant.objects.filter(pk=cast.amara.pk).update(telephone="937 555 0199")
    address = f"/patient/{mara.number}/contact/"
    for who, new in (
        ("amara", {"email": "AMARA@example.org"}),
        ("amara", {"telephone": "(937) 555-0199"}),
        ("ada", {"email": "ada@example.org"}),
    ):
        staff = signed_in(who)
        answer = staff.post(address, typed(staff.get(address), **new, how="by phone"))
        assert "This is somebody else's" in words(answer).replace("&#x27;", "'"), new
    assert of(mara).email == MARA


def test_a_former_number_hears_of_it_where_there_was_no_mail_but_not_at_night(
    mara: Enrolled, desk: Desk, signed_in: SignIn, moment: Moment, mail: MailServer
) -> None:
    Enrolled.objects.filter(pk=mara.pk).update(email="")
    amara, address = signed_in("amara"), f"/patient/{mara.number}/contact/"

    def change(telephone: str) -> None:
        page = amara.get(address)
        done = amara.post(address, typed(page, telephone=telephone, how="by phone"))
        assert done.status_code == 303

    here = ZoneInfo("America/New_York")
    noon = datetime.combine(moment.now.astimezone(here).date(), datetime.min.time(), here)
    moment.now = noon + timedelta(hours=12)
    signed_in("amara")
    amara = signed_in("amara")
    change("617-555-0142")
    (told,) = desk.taken()
    assert told["to"] == "+19375550142"
    said = told["text"]
    assert said.startswith("Etasu: How we reach you was changed.") and "STOP" in said
    moment.now = noon + timedelta(hours=23)
    amara = signed_in("amara")
    change("617-555-0143")
    assert "Nobody could be told at the former one." in words(amara.get(address))
    moment.now = noon + timedelta(hours=36)
    amara = signed_in("amara")
    stop("sms", "+16175550143", OPTED_OUT, "sms", by=PLATFORM, at=moment.now)
    change("617-555-0144")
    assert len(desk.taken()) == 1
    assert not mail.messages


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_text_message_is_one(language: str) -> None:
    with translation.override(language):
        length = sms_length(words_of_change("S" * LONGEST_SENDER))
    assert length.fits and length.most == 160


def test_a_wrong_address_leads_to_where_it_is_put_right(
    cast: Cast, mara: Enrolled, mail: MailServer
) -> None:
    phone = opened(mail)
    stop("sms", "+19375550142", WRONG, "provider", by=PLATFORM, at=cast.at)
    page = phone.open("/p/reminders/")
    assert "do not reach the telephone number we have" in words(page)
    assert 'href="/p/contact/"' in page.content.decode()
    phone.browser.post("/p/contact/", typed(phone.open("/p/contact/"), telephone="937-555-0143"))
    assert "do not reach" not in words(phone.open("/p/reminders/"))
