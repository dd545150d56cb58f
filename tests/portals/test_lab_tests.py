"""Having tests taken: asked for on a phone, set and followed up at work, ordered on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from etasu.portals.appointments import views
from etasu.portals.events import views as event_views
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.notices.models import Reminder
from etasu.registry.patient_support.draw_sites import receive_draw_sites
from etasu.registry.patient_support.models import (
    DrawSite,
    EventMail,
    EventRegistration,
    LabAppointment,
    LabOrder,
    LiveEvent,
)
from etasu.registry.patient_support.sharing import Asked, invite_partner, register_and_accept
from etasu.registry.patients.models import Patient as Record
from etasu.safe_use.sharing import Slice
from tests.factories.mail_server import MailServer
from tests.portals.lab_world import MARA, SITES, WAY, allows, lists_sites, owes_tests
from tests.portals.paper_reading import words_of
from tests.portals.patient_world import Patient, where, words
from tests.portals.world import PASSWORD, PROGRAM, Cast
from tests.registry.rows import row

SignIn = Callable[[str], Client]
ADDRESS = {"street": "5 Oak Street", "city": "Dayton", "state": "OH", "zip_code": "45402"}


@pytest.fixture
def phone(cast: Cast, mail: MailServer) -> Patient:
    """Mara at her own page."""
    owes_tests(cast)
    found = Patient()
    found.browser.post("/p/choices/", {"email": MARA})
    found.arrive(mail, MARA)
    return found


def step(phone: Patient, name: str, **said: str) -> Any:
    return phone.browser.post(f"/p/tests/ask/{name}/", said, follow=True)


def at_home(phone: Patient, cast: Cast) -> Any:
    """Every question answered for a visit at home."""
    step(phone, "way", way="technician")
    step(phone, "address", **ADDRESS)
    day = (cast.today + timedelta(days=3)).isoformat()
    step(phone, "when", on=day, part="midday")
    return step(phone, "telephone", telephone="937-555-0142")


def test_asked_one_question_a_page_with_what_is_due_and_who_pays(
    phone: Patient, cast: Cast
) -> None:
    page = words(phone.open("/p/tests/"))
    assert "you must allow it" in page and "Serum creatinine" in page
    assert "You may owe your doctor’s office a co-pay" in page
    assert "at no charge" not in page, "not so at the doctor's office"
    assert where(phone.open("/p/tests/ask/way/")) == "/p/tests/"
    allows(cast)
    lists_sites(cast)
    assert "Choose one of these" in words(step(phone, "way", way=""))
    # No page is reached before the ones it rests on.
    assert where(phone.open("/p/tests/ask/check/")) == "/p/tests/ask/way/"
    assert where(step(phone, "way", way=WAY)) == "/p/tests/ask/near/"
    assert where(phone.open("/p/tests/ask/when/")) == "/p/tests/ask/near/"
    assert where(phone.open("/p/tests/ask/address/")) == "/p/tests/ask/way/"
    assert "five digits" in words(step(phone, "near", zip_code="454"))
    assert 'value="45402"' in phone.open("/p/tests/ask/near/").content.decode()
    sites = step(phone, "near", zip_code="45402")
    page = words(sites)
    assert page.index("Dayton Main") < page.index("Xenia East")
    assert "less than a mile · 7 AM to 3 PM · 555-555-0142" in page
    step(phone, "site", site=DrawSite.objects.get(key="D-1").number)
    for day in (0, 91):
        wrong = step(
            phone, "when", on=(cast.today + timedelta(days=day)).isoformat(), part="midday"
        )
        assert "from tomorrow on, within 90 days" in words(wrong)
    step(phone, "when", on=(cast.today + timedelta(days=2)).isoformat(), part="morning")
    assert "Enter a telephone number, such as" in words(step(phone, "telephone", telephone="12"))
    check = words(step(phone, "telephone", telephone="937-555-0142"))
    assert "42 Main Street" in check and "It costs you nothing." in check
    done = step(phone, "check")
    assert where(done) == "/p/tests/" and "Thank you." in words(done)
    assert "Asked for" in words(done)
    made = LabAppointment.objects.get()
    assert made.requested_by.startswith("consent link ") and made.site is not None


def test_sent_twice_it_is_one_and_called_off_the_tests_stay_due(phone: Patient, cast: Cast) -> None:
    allows(cast)
    assert "5 Oak Street, Dayton, OH 45402" in words(at_home(phone, cast))
    step(phone, "check")
    at_home(phone, cast)
    assert "You have an appointment already." in words(step(phone, "check"))
    first = step(phone, "way", way="technician")
    assert where(first) == "/p/tests/" and "You have an appointment already." in words(first)
    made = LabAppointment.objects.get()
    assert made.street == "5 Oak Street"
    stranger = Patient()
    assert where(stranger.browser.post(f"/p/tests/{made.number}/call-off/", follow=True)) == (
        "/p/start/"
    )
    assert phone.browser.post("/p/tests/7QK2M-X0B4T-N/call-off/").status_code == 404
    sure = words(phone.open(f"/p/tests/{made.number}/call-off/"))
    assert "Call this appointment off?" in sure and "5 Oak Street" in sure
    made.refresh_from_db()
    assert made.canceled_at is None
    off = words(phone.browser.post(f"/p/tests/{made.number}/call-off/", follow=True))
    assert "It is called off. Your tests stay due." in off and "Serum creatinine" in off


def test_at_work_it_is_set_missed_and_settled_and_the_patient_told(
    phone: Patient, cast: Cast, signed_in: SignIn
) -> None:
    allows(cast)
    at_home(phone, cast)
    step(phone, "check")
    made = LabAppointment.objects.get()
    ada, page = signed_in("ada"), f"/appointments/{made.number}/"
    assert made.number in words(ada.get("/appointments/"))
    shown = words(ada.get(page))
    assert "Mara Lindqvist" in shown and "None is on record." in shown
    assert AuditEntry.objects.filter(verb="lab_appointment.looked_at").count() == 1
    day = cast.today.isoformat()
    wrong = ada.post(f"{page}set/", {"day": day, "begins": "11:00", "ends": "10:00"})
    assert "This time comes before the first one" in words(wrong)
    assert "cannot be done" in words(ada.post(f"{page}missed/", {}))
    said = ada.post(f"{page}set/", {"day": day, "begins": "09:00", "ends": "11:00"}, follow=True)
    assert "the patient gets a message" in words(said)
    told = Reminder.objects.get(code="lab-appointment-changed")
    assert (told.person, told.state, told.channel) == (cast.mara.number, "waiting", "sms")
    assert "Text message. Waits." in words(ada.get(page))
    assert "between 9:00 AM and 11:00 AM" in words(phone.open("/p/tests/"))
    # Whom no message reaches is called.
    Record.objects.filter(pk=cast.mara.pk).update(telephone="", email="")
    said = ada.post(f"{page}missed/", {}, follow=True)
    assert "no message can be sent. Call the patient." in words(said)
    assert "Missed" in words(ada.get("/appointments/"))
    assert "You could not keep it." in words(phone.open("/p/tests/"))
    ada.post(f"{page}settle/", {"note": "Called; she asks for another day."})
    assert "Nothing is left to do." in words(ada.get("/appointments/"))
    assert ada.get(f"{page}forget/").status_code == 404
    quinn = signed_in("quinn")
    assert "What can be done" not in words(quinn.get(page))
    assert quinn.post(f"{page}settle/", {"note": "x"}).status_code == 404


def test_what_is_offered_at_work_fits_how_it_ended(
    phone: Patient, cast: Cast, signed_in: SignIn
) -> None:
    allows(cast)
    at_home(phone, cast)
    step(phone, "check")
    made, ada = LabAppointment.objects.get(), signed_in("ada")
    page = f"/appointments/{made.number}/"
    day = cast.today.isoformat()
    ada.post(f"{page}set/", {"day": day, "begins": "09:00", "ends": "11:00"})
    phone.browser.post(f"/p/tests/{made.number}/call-off/")
    assert made.number in words(ada.get("/appointments/"))
    shown = words(ada.get(page))
    assert "Say what was done about it" in shown and "Set the time" not in shown
    ada.post(f"{page}settle/", {"note": "The laboratory knows."})
    assert "Nothing is left to do." in words(ada.get("/appointments/"))
    at_home(phone, cast)
    step(phone, "check")
    page = f"/appointments/{LabAppointment.objects.latest('pk').number}/"
    ada.post(f"{page}kept/", {"day": day})
    shown = words(ada.get(page))
    assert "Noted as kept" in shown and "Note that it was" not in shown


def test_a_place_that_moved_or_closed_is_shown_as_it_is_now_and_left_for_another(
    phone: Patient, cast: Cast, signed_in: SignIn
) -> None:
    allows(cast)
    sent = invite_partner(
        cast.mara, Asked("Eva", "eva@example.org", [Slice.REMINDERS]), by=PLATFORM, at=cast.at
    )
    partner = register_and_accept(sent.token, "Eva", PASSWORD, by=PLATFORM, at=cast.at).number
    lists_sites(cast)
    step(phone, "way", way=WAY)
    step(phone, "near", zip_code="45402")
    step(phone, "site", site=DrawSite.objects.get(key="D-1").number)
    step(phone, "when", on=(cast.today + timedelta(days=2)).isoformat(), part="morning")
    step(phone, "telephone", telephone="937-555-0142")
    step(phone, "check")
    assert "Call it off and ask for another" not in words(phone.open("/p/tests/"))
    made, eva = LabAppointment.objects.get(), signed_in("eva")
    LabAppointment.objects.update(
        day=cast.today, begins="09:00", ends="11:00", confirmed_at=cast.at, confirmed_by="ada"
    )
    moved = SITES.replace("42 Main", "44 Main")
    receive_draw_sites(PROGRAM, WAY, moved.encode(), is_whole=True, by=PLATFORM, at=cast.at)
    page = words(eva.get(f"/partner/{partner}/"))
    assert "44 Main Street" in page and "closed this place" not in page
    left = "".join(each for each in SITES.splitlines(keepends=True) if "D-1" not in each)
    receive_draw_sites(PROGRAM, WAY, left.encode(), is_whole=True, by=PLATFORM, at=cast.at)
    assert "The laboratory closed this place." in words(eva.get(f"/partner/{partner}/"))
    assert "Call it off and ask for another" in words(phone.open("/p/tests/"))
    off = phone.browser.post(f"/p/tests/{made.number}/call-off/", {"then": "ask"}, follow=True)
    assert where(off) == "/p/tests/ask/way/"
    made.refresh_from_db()
    assert made.canceled_because == "by-patient"


def test_a_long_list_is_turned_page_by_page_and_narrowed_to_one_patient(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        row(LabAppointment, patient=each, requested_at=cast.at + timedelta(hours=place))
        for place, each in enumerate((cast.mara, row(Record, program=PROGRAM)))
    ]
    ada = signed_in("ada")
    monkeypatch.setattr(views, "A_PAGE", 1)
    first, second = words(ada.get("/appointments/")), words(ada.get("/appointments/?page=2"))
    assert rows[0].number in first and rows[1].number not in first
    assert rows[1].number in second and "Page 2 of 2" in second
    number = rows[1].patient.number
    asked = words(ada.get("/appointments/", {"patient": number.lower().replace("-", " ")}))
    assert rows[1].number in asked and rows[0].number not in asked and "Page" not in asked
    assert "this one holds a slip" in words(ada.get("/appointments/?patient=7QK2M-X0B4T-1"))
    monkeypatch.setattr(event_views, "A_PAGE", 1)
    said = {"en": {"title": "An evening", "about": "Ask.", "place": "Hall 1"}}
    event = row(LiveEvent, program=PROGRAM, words=said, time_zone="America/New_York")
    comes = row(EventRegistration, event=event)
    for kind in ("seat", "called_off"):
        row(EventMail, registration=comes, kind=kind, closed_at=cast.at, closed_by="a")
    lost = words(ada.get("/events/"))
    assert "It is called off" in lost and "They have a seat" not in lost
    assert "They have a seat" in words(ada.get("/events/?lost=2"))


def test_a_laboratorys_list_is_sent_and_its_rows_put_right(cast: Cast, signed_in: SignIn) -> None:
    ada = signed_in("ada")
    bad = SITES + "D-3,=cmd,1 Street,Dayton,OH,90210,,\n"

    def send(content: str) -> Any:
        file = SimpleUploadedFile("sites.csv", content.encode(), "text/csv")
        return ada.post("/appointments/sites/", {"way": WAY, "file": file}, follow=True)

    page = send(bad)
    assert "2 sites are new." in words(page) and "1 row was not taken." in words(page)
    rows = b"".join(ada.get(f"{where(page)}rows.csv")).decode()
    assert "'=cmd" in rows and "It is no ZIP code of that state." in rows
    assert "The first row lacks these headings" in words(send("name\nx\n"))
    template = b"".join(ada.get("/appointments/sites/template.csv")).decode()
    assert "1 site is new." in words(send(template.removeprefix("\ufeff")))


def test_only_the_prescriber_orders_and_no_signature_is_made_up(
    phone: Patient, cast: Cast, signed_in: SignIn
) -> None:
    number = cast.mara.number
    assert phone.browser.get("/p/tests/order.pdf").status_code == 404
    amara = signed_in("amara")
    sheet = words_of(amara.get(f"/watching/patients/{number}/order.pdf").content)
    assert "This is no order before the prescriber has signed it." in sheet
    assert "Signature" in sheet and "Ordered electronically" not in sheet
    page = amara.get(f"/watching/patients/{number}/order/")
    assert "Serum creatinine" in words(page)
    amara.post(f"/watching/patients/{number}/order/", {"kind": "standing"})
    assert LabOrder.objects.get().prescriber == cast.amara
    paper = words_of(phone.browser.get("/p/tests/order.pdf").content)
    assert "Mara Lindqvist" in paper and "LOINC 2160-0" in paper and "NPI 1234567893" in paper
    assert "Ordered electronically" in paper and "no order before" not in paper
    assert "standing order" in paper
    # What the paper says of her is who she is, and nothing of her illness or her drug.
    assert "lemtrada" not in paper.lower() and "sclerosis" not in paper.lower()
    assert signed_in("beck").get(f"/watching/patients/{number}/order.pdf").status_code == 404
    assert signed_in("ada").get(f"/watching/patients/{number}/order/").status_code == 404


def test_her_calendar_has_the_hour_and_nothing_of_what_it_is(phone: Patient, cast: Cast) -> None:
    allows(cast)
    at_home(phone, cast)
    step(phone, "check")
    made = LabAppointment.objects.get()
    LabAppointment.objects.filter(pk=made.pk).update(
        day=cast.today + timedelta(days=3), begins="09:00", ends="11:00",
        confirmed_at=cast.at, confirmed_by="ada",
    )  # fmt: skip
    phone.browser.post("/p/reminders/calendar/", {"title": ""})
    page = phone.open("/p/reminders/").content.decode()
    address = page.split('<p class="number">')[1].split("</p>")[0]
    calendar = Client().get("/" + address.split("/", 3)[3]).content.decode()
    day = (cast.today + timedelta(days=3)).strftime("%Y%m%d")
    assert f"DTSTART:{day}T090000Z" in calendar and made.number.lower() in calendar
    assert "Oak Street" not in calendar and "test" not in calendar.lower().replace("latest", "")
    assert PROGRAM not in calendar
