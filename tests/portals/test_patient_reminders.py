"""What patients see of their reminders, how they change them, and the calendar on their phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.signing import Signer
from django.test import Client
from icalendar import Calendar

from etasu.portals.patient.calendar_file import CALLED_OFF
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.models import Extension
from etasu.registry.monitoring.watches import keep
from etasu.registry.notices.calendar_feeds import Whose, make_calendar
from etasu.registry.notices.models import CalendarFeed, Reminder, ReminderWish, StoppedAddress
from etasu.registry.notices.reminder_facts import never_confirmed
from etasu.registry.notices.reminders import STOP_SALT
from etasu.registry.notices.wishes import OPTED_OUT, WRONG, Wish, stop, wish
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.treatment.models import Infusion
from tests.factories.mail_server import MailServer
from tests.portals.conftest import Moment
from tests.portals.patient_world import BORN, Patient, where, words
from tests.portals.world import Cast

SignIn = Callable[[str], Client]
MARA = "mara@example.org"
WISH = {"ways": "email", "language": "es", "quiet_from": "20:00", "quiet_until": "09:30"}


@pytest.fixture
def mara(cast: Cast) -> Enrolled:
    """Mara, who was treated three weeks ago."""
    mine = {"email": MARA, "birth_date": BORN, "telephone": "(212) 555-0100", "language": "en"}
    Enrolled.objects.filter(pk=cast.mara.pk).update(**mine)
    cast.mara.refresh_from_db()
    Infusion.objects.create(
        patient=cast.mara, course=1, given_on=cast.today - timedelta(days=21),
        recorded_at=cast.at, recorded_by=PLATFORM.number,
    )  # fmt: skip
    return cast.mara


def opened(mail: MailServer) -> Patient:
    """Mara at her own page, by the short address in her messages."""
    phone = Patient()
    assert "There you see what is due and when" in words(phone.open("/p/"))
    assert "what is due and when" not in words(phone.open("/p/choices/"))
    phone.browser.post("/p/", {"email": MARA})
    assert where(phone.arrive(mail, MARA)) == "/p/reminders/"
    return phone


def a_reminder(who: Enrolled, cast: Cast, **more: Any) -> Reminder:
    """One that was sent by e-mail."""
    return Reminder.objects.create(
        **{
            "program": who.program, "program_version": "2024-03-04", "code": "test-due-patient",
            "person": who.number, "due_on": cast.today, "offset_days": 0, "channel": "email",
            "covers": [["monthly-cbc", cast.today.isoformat()]], "state": "handed_over",
            "address": MARA, "handed_over_at": cast.at, "handed_over_by": "platform",
            "next_try": cast.at, "queued_at": cast.at, "queued_by": "platform", **more,
        }
    )  # fmt: skip


def test_reminders_are_seen_and_wanted_otherwise(
    mara: Enrolled, cast: Cast, mail: MailServer
) -> None:
    keep([mara.pk], cast.today)
    a_reminder(mara, cast)
    stop("email", MARA, OPTED_OUT, "link", by=PLATFORM, at=cast.at)
    phone = opened(mail)
    page = words(phone.open("/p/reminders/"))
    assert "E-mail. Sent." in page
    assert "You asked for no more e-mail." in page
    # Behind the link and the birth date it is said what the reminders are about.
    assert "Complete blood count" in page and "What comes next" in page
    wrong = phone.browser.post("/p/reminders/", {**WISH, "quiet_from": "late", "language": "fr"})
    assert set(wrong.context["form"].errors) == {"quiet_from", "language"}
    assert "late" in wrong.content.decode()
    for _ in range(2):
        done = phone.browser.post("/p/reminders/", WISH, follow=True)
        assert "from now on" in words(done)
    row = ReminderWish.objects.get()
    assert (row.person, row.channels, row.language) == (mara.number, ["email"], "es")
    assert row.quiet_until.isoformat() == "09:30:00"
    assert row.changed_by.startswith("consent link ")
    # Whoever asks for e-mail again has it again.
    assert "You asked for no more e-mail." not in words(phone.open("/p/reminders/"))
    assert StoppedAddress.objects.get().ended_at is not None
    phone.browser.post("/p/reminders/", {**WISH, "ways": "", "shown_ways": "email"})
    assert ReminderWish.objects.get().channels == []


def test_other_quiet_hours_undo_no_stop(mara: Enrolled, cast: Cast, mail: MailServer) -> None:
    phone = opened(mail)
    way = {"sms": "+12125550100", "email": MARA}
    earlier = sent_as_shown(phone)
    assert earlier["ways"] == "sms email"
    stop("sms", way["sms"], OPTED_OUT, "sms", by=PLATFORM, at=cast.at)
    shown = sent_as_shown(phone)
    assert shown["ways"] == "email", "what was stopped is not chosen beforehand"
    # A page opened before the STOP, one opened after it, and one sent in another order.
    for page in (earlier, shown, {**earlier, "ways": "email sms"}):
        phone.browser.post("/p/reminders/", {**page, "quiet_from": "19:00"})
        assert StoppedAddress.objects.get().ended_at is None
    # The wish itself stays, so that START alone is enough to get them again.
    assert ReminderWish.objects.get().channels == ["email", "sms"]
    stop("email", way["email"], OPTED_OUT, "link", by=PLATFORM, at=cast.at)
    none = sent_as_shown(phone)
    assert none["ways"] == ""
    phone.browser.post("/p/reminders/", none)
    assert ReminderWish.objects.get().channels == ["email", "sms"]
    phone.browser.post("/p/reminders/", {**none, "ways": "sms"})
    still = StoppedAddress.objects.get(ended_at=None)
    assert still.channel == "email", "only what was asked for is in use again"


def sent_as_shown(phone: Patient) -> dict[str, Any]:
    """What the form sends when nothing on it is touched."""
    form = phone.open("/p/reminders/").context["form"]
    return {each.name: each.value() for each in form}


def days_in(response: Any) -> dict[str, tuple[int, str]]:
    """Each day of a calendar with its sequence and whether it holds."""
    read = Calendar.from_ical(response.content)
    return {
        event.decoded("dtstart").isoformat(): (event["sequence"], str(event["status"]))
        for event in read.walk("VEVENT")
    }


def secret_in(page: Any) -> str:
    """The secret of a calendar: the same in the link for this device and in what is copied."""
    linked, copied = re.findall(r"(\w+)://\S+/calendar/([\w-]{43})\.ics", page.content.decode())
    assert linked == ("webcal", copied[1])
    return copied[1]


def test_a_calendar_is_read_by_whoever_has_its_address_until_it_is_ended(
    mara: Enrolled, cast: Cast, mail: MailServer, moment: Moment
) -> None:
    keep([mara.pk], cast.today)
    phone = opened(mail)
    page = phone.browser.post("/p/reminders/calendar/", {"title": ""}, follow=True)
    secret = secret_in(page)
    # It is shown once, and kept nowhere.
    assert secret not in phone.open("/p/reminders/").content.decode()
    assert secret not in str(CalendarFeed.objects.values())
    device = Client()
    first = device.get(f"/calendar/{secret}.ics")
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in first["Cache-Control"]
    days = days_in(first)
    assert len(days) >= 40 and set(days.values()) == {(0, "CONFIRMED")}
    text = first.content.decode()
    assert text.count("SUMMARY:Appointment to keep") == len(days)
    assert "DTSTART;VALUE=DATE:" in text and "REFRESH-INTERVAL;VALUE=DURATION:PT12H" in text
    for word in ("mara", "lindqvist", "lemtrada", "blood", "cbc", mara.number.lower()):
        assert word not in text.lower()
    assert device.get(f"/calendar/{secret}.ics").content == first.content
    # More days come with another infusion; whoever leaves has them canceled under the same UIDs.
    Infusion.objects.create(
        patient=mara, course=2, given_on=cast.today - timedelta(days=2),
        recorded_at=cast.at, recorded_by=PLATFORM.number,
    )  # fmt: skip
    Extension.objects.create(
        patient=mara, through=cast.today + timedelta(days=3000), reason="r",
        decided_on=cast.today, decided_at=cast.at, decided_by="a",
    )  # fmt: skip
    moment.now += timedelta(hours=1)
    moved = days_in(device.get(f"/calendar/{secret}.ics"))
    assert set(days) < set(moved) and set(moved.values()) == {(0, "CONFIRMED")}
    left = {"ended_on": cast.today, "end_reason": "moved away"}
    Enrolled.objects.filter(pk=mara.pk).update(**left)
    over = days_in(device.get(f"/calendar/{secret}.ics"))
    assert over.keys() == moved.keys() and set(over.values()) == {(1, CALLED_OFF)}
    it_ends_on_every_device(phone, secret)


def it_ends_on_every_device(phone: Patient, secret: str) -> None:
    """Ended, its address is gone for good; the next calendar has another one."""
    device = Client()
    phone.browser.post("/p/reminders/calendar/end/")
    assert device.get(f"/calendar/{secret}.ics").status_code == 410
    assert device.get("/calendar/nothing.ics").status_code == 404
    assert CalendarFeed.objects.get().ended_by.startswith("consent link ")  # type: ignore[union-attr]
    again = phone.browser.post("/p/reminders/calendar/", {"title": "Gym"}, follow=True)
    other = secret_in(again)
    assert other != secret and b"CALNAME:Gym" in device.get(f"/calendar/{other}.ics").content


def test_one_click_ends_e_mail_and_opening_the_page_does_not(mara: Enrolled, cast: Cast) -> None:
    reminder = a_reminder(mara, cast)
    place = f"/p/stop/{Signer(salt=STOP_SALT).sign(reminder.number)}/"
    strict = Client(enforce_csrf_checks=True)
    assert "Yes, no more reminders" in words(strict.get(place))
    assert not StoppedAddress.objects.exists()
    for _ in range(2):
        assert strict.post(place, {"List-Unsubscribe": "One-Click"}).status_code == 200
    row = StoppedAddress.objects.get()
    assert (row.channel, row.address, row.why, row.how) == ("email", MARA, "opted_out", "link")
    forged = f"/p/stop/{reminder.number}:x/"
    assert strict.post(forged).status_code == 404
    assert strict.get(forged).status_code == 404


def test_staff_see_what_was_said_and_what_reached_nobody(
    mara: Enrolled, cast: Cast, signed_in: SignIn
) -> None:
    a_reminder(mara, cast)
    failed = {"state": "failed", "reason": "no-address", "closed_at": cast.at, "closed_by": "p"}
    nowhere = {"handed_over_at": None, "handed_over_by": None, "address": ""}
    a_reminder(mara, cast, offset_days=7, channel="sms", **failed, **nowhere)
    doctor, place = signed_in("amara"), f"/watching/patients/{mara.number}/"
    assert "What the patient was reminded of" in words(doctor.get(place))
    page = words(doctor.get(f"{place}reminders/"))
    assert "No telephone number or address on record that can be used" in page
    assert "1 thing due" in page and "Sent" in page
    lost = words(signed_in("ada").get("/messages/undelivered/"))
    assert mara.number in lost and "Reminders that reached no patient" in lost
    assert signed_in("beck").get(f"{place}reminders/").status_code == 404


def test_a_text_message_without_a_receipt_is_shown_after_three_days(
    mara: Enrolled, cast: Cast, signed_in: SignIn
) -> None:
    def text(days: int, **more: Any) -> Reminder:
        gone = cast.at - timedelta(days=days)
        named = {"channel": "sms", "provider": "first", "address": "+12125550100"}
        return a_reminder(mara, cast, offset_days=-days, handed_over_at=gone, **{**named, **more})

    def shown() -> list[tuple[str, int]]:
        return [(each.person, -each.offset_days) for each in never_confirmed("lemtrada", cast.at)]

    text(2)
    text(8, provider="folder")
    a_reminder(mara, cast, handed_over_at=cast.at - timedelta(days=9))
    assert shown() == []
    text(3)
    text(4)
    assert shown() == [(mara.number, 3), (mara.number, 4)]
    page = words(signed_in("ada").get("/messages/undelivered/"))
    there = page.partition("Text messages without a receipt")[2]
    assert there.count(mara.number) == 2
    # One that arrived since shows that the telephone takes them.
    text(1, state="delivered", delivered_at=cast.at, delivered_by="first")
    assert shown() == []


def test_a_wrong_address_is_tried_again_by_whoever_chooses_it(
    mara: Enrolled, cast: Cast, mail: MailServer
) -> None:
    phone = opened(mail)
    stop("sms", "+12125550100", WRONG, "provider", by=PLATFORM, at=cast.at)
    shown = sent_as_shown(phone)
    assert shown["ways"] == "email", "what leads nowhere is not chosen beforehand"
    phone.browser.post("/p/reminders/", shown)
    assert StoppedAddress.objects.get().ended_at is None
    assert ReminderWish.objects.get().channels == ["sms", "email"], "another number serves at once"
    phone.browser.post("/p/reminders/", {**shown, "ways": "sms email"})
    assert StoppedAddress.objects.get().ended_at is not None


def test_what_was_said_and_made_on_a_record_that_was_merged_is_seen_and_ended_here(
    mara: Enrolled, cast: Cast, mail: MailServer
) -> None:
    wish(cast.noor.number, Wish((), "en"), by=PLATFORM, at=cast.at)
    made = make_calendar(Whose(cast.noor.number), "", "en", by=PLATFORM, at=cast.at)
    moment = {"merged_into": mara, "merged_at": cast.at, "merged_by": PLATFORM.number}
    Enrolled.objects.filter(pk=cast.noor.pk).update(**moment)
    phone = opened(mail)
    page = phone.open("/p/reminders/")
    assert page.context["form"]["ways"].value() == ""
    assert page.context["has_calendar"]
    assert phone.browser.get(f"/calendar/{made.secret}.ics").status_code == 200
    phone.browser.post("/p/reminders/calendar/end/")
    assert phone.browser.get(f"/calendar/{made.secret}.ics").status_code == 410
