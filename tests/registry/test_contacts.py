"""A patient who moves, or gets another number, is reached there from then on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.records import records_merged
from etasu.registry.monitoring.reminder_checks import Answer, Verdict, known_about, look_at
from etasu.registry.monitoring.reminder_receipts import note_answer, stopped_ways, wish_reminders
from etasu.registry.notices.models import Reminder, ReminderWish
from etasu.registry.notices.wishes import OPTED_OUT, WRONG, Wish, stop, wish
from etasu.registry.patients.contacts import (
    Changed,
    ContactChanged,
    ContactDetails,
    NotAContact,
    change_contact,
    contact_of,
)
from etasu.registry.patients.duplicates import open_review
from etasu.registry.patients.known import known_of_patient
from etasu.registry.patients.models import Patient
from etasu.registry.patients.wishing import wish_of
from etasu.safe_use.form_checks import Wrong
from etasu.safe_use.messages import Keyword
from tests.factories.reminding import AT, DUE_ON, only_this_program, say, treated

pytestmark = pytest.mark.django_db
BY = Actor("consent link 1", "patient")
OLD_NUMBER, NEW_NUMBER = "+12125550100", "+16175550142"
EAST, WEST = "America/New_York", "America/Los_Angeles"


@pytest.fixture(autouse=True)
def program() -> Iterator[None]:
    library.use(only_this_program())
    yield
    library.use(None)


@pytest.fixture
def ana() -> Patient:
    (found,) = treated(1, time_zone=EAST)
    return found


def change(patient: Patient, **new: str) -> Changed:
    """Change what is on record now."""
    now = contact_of(Patient.objects.get(pk=patient.pk))
    changed = change_contact(patient, now._replace(**new), seen=now.mark, how="page", by=BY, at=AT)
    patient.refresh_from_db()
    return changed


def verdict(at: datetime) -> tuple[Reminder, Verdict]:
    """What becomes of the one reminder there is, asked at a moment."""
    reminder = Reminder.objects.get(state="waiting")
    return reminder, look_at(reminder, known_about([reminder], at=at), at=at)


def test_what_was_changed_is_on_record_and_the_trail_knows_its_kind_alone(ana: Patient) -> None:
    before = contact_of(ana)
    changed = change(
        ana,
        telephone=" 617-555-0142 ",
        email="ANA@Example.com",
        city="Los  Angeles",
        state="CA",
        zip_code="90001",
        language="es",
    )
    kinds = ("telephone", "email", "address", "language", "time_zone")
    assert changed == (kinds, before)
    assert contact_of(ana) == ContactDetails(
        "617-555-0142", "ana@example.com", "Los Angeles", "CA", "90001", "es", WEST
    )
    (told,) = AuditEntry.objects.filter(verb="patient.contact_changed")
    assert (told.subject, told.actor, told.role, told.at) == (ana.number, BY.number, BY.role, AT)
    assert told.detail == {"kinds": list(kinds), "how": "page"}
    assert change(ana) == ((), contact_of(ana))
    assert AuditEntry.objects.filter(verb="patient.contact_changed").count() == 1


@pytest.mark.parametrize(
    ("new", "wrong"),
    [
        ({"telephone": "123"}, {"telephone": Wrong.NOT_PHONE}),
        ({"email": "ana at home"}, {"email": Wrong.NOT_EMAIL}),
        ({"zip_code": "1234"}, {"zip_code": Wrong.NOT_ZIP}),
        ({"state": "XX"}, {"state": Wrong.NOT_STATE}),
        ({"zip_code": "90001", "state": "NY"}, {"zip_code": Wrong.ZIP_ELSEWHERE}),
        ({"language": "tlh"}, {"language": Wrong.NOT_OFFERED}),
        ({"time_zone": "Mars/Olympus"}, {"time_zone": Wrong.NOT_OFFERED}),
        ({"telephone": "", "email": " "}, {"telephone": Wrong.MISSING}),
    ],
)
def test_what_cannot_be_right_changes_nothing(
    ana: Patient, new: dict[str, str], wrong: dict[str, Wrong]
) -> None:
    before = contact_of(ana)
    with pytest.raises(NotAContact) as refused:
        change(ana, **new)
    assert refused.value.wrong == wrong
    ana.refresh_from_db()
    assert contact_of(ana) == before


def test_what_was_on_record_before_is_never_in_the_way_of_another_change() -> None:
    (ana,) = treated(1, telephone="", email="", zip_code="90001", state="NY", language="pt-BR")
    assert change(ana, city="Boston").kinds == ("address",)
    assert (ana.zip_code, ana.language) == ("90001", "pt-BR")


def test_a_zone_that_was_chosen_does_not_follow_the_zip_code(ana: Patient) -> None:
    assert change(ana, zip_code="90001", time_zone="America/Denver").kinds[-1] == "time_zone"
    assert ana.time_zone == "America/Denver"
    change(ana, zip_code="90001-1234")
    assert ana.time_zone == "America/Denver"
    change(ana, zip_code="02139")
    assert ana.time_zone == EAST
    # Of an unknown ZIP code the zone stays.
    change(ana, zip_code="00100")
    assert ana.time_zone == EAST


def test_of_two_who_change_at_once_the_second_one_looks_again(ana: Patient) -> None:
    shown = contact_of(ana)
    change(ana, telephone="617-555-0142")
    with pytest.raises(ContactChanged):
        change_contact(
            ana, shown._replace(city="Boston"), seen=shown.mark, how="page", by=BY, at=AT
        )
    ana.refresh_from_db()
    assert (ana.telephone, ana.city) == ("617-555-0142", "")


def test_a_record_merged_meanwhile_is_not_changed(ana: Patient) -> None:
    (twin,) = treated(1, birth_date=ana.birth_date)
    (review,) = open_review(ana, twin, ["name"], by=PLATFORM, at=AT)
    records_merged(review, twin, reason="the same", by=PLATFORM, at=AT)
    with pytest.raises(ContactChanged):
        change(ana, city="Boston")


def test_a_reminder_that_waits_goes_to_the_new_address_in_the_day_of_the_new_zone(
    ana: Patient,
) -> None:
    eight_in_the_east = datetime(2024, 5, 1, 12, tzinfo=UTC)
    say(at=eight_in_the_east - timedelta(hours=2))
    change(ana, telephone="617-555-0142", zip_code="90001")
    _, waits = verdict(eight_in_the_east)
    assert (waits.answer, waits.reason) == (Answer.WAIT, "quiet-hours")
    assert waits.until == datetime(2024, 5, 1, 15, tzinfo=UTC)
    _, goes = verdict(datetime(2024, 5, 1, 15, tzinfo=UTC))
    assert goes.going is not None
    assert goes.going.to.address == NEW_NUMBER


def test_a_wrong_number_is_no_mark_on_the_right_one(ana: Patient) -> None:
    stop("sms", OLD_NUMBER, WRONG, "provider", by=PLATFORM, at=AT)
    assert stopped_ways(ana) == {"sms": WRONG}
    change(ana, telephone="617-555-0142")
    assert stopped_ways(ana) == {}
    assert wish_of(ana) == Wish()
    say(DUE_ON)
    assert Reminder.objects.get().channel == "sms"
    # The old one stays wrong, whoever has it.
    change(ana, telephone="212-555-0100")
    assert stopped_ways(ana) == {"sms": WRONG}


@pytest.mark.parametrize("new", ["617-555-0142", ""])
def test_who_said_stop_at_the_old_number_is_not_texted_at_the_new_one(
    ana: Patient, new: str
) -> None:
    note_answer(OLD_NUMBER, Keyword.STOP, by=PLATFORM, at=AT)
    change(ana, telephone=new)
    change(ana, telephone="617-555-0142")
    assert wish_of(ana).channels == ("email",)
    say(DUE_ON)
    assert Reminder.objects.get().channel == "email"
    # Somebody else at that number is none of this.
    assert stopped_ways(ana) == {}
    wanted = Wish(("sms",))
    wish_reminders(ana, wanted, asked_for={"sms"}, by=BY, at=AT + timedelta(days=1))
    say(DUE_ON + timedelta(days=7))
    assert Reminder.objects.order_by("-id").first().channel == "sms"  # type: ignore[union-attr]


def test_who_ended_mail_gets_none_at_another_address_and_may_have_no_way_left() -> None:
    (ana,) = treated(1, telephone="")
    stop("email", ana.email, OPTED_OUT, "link", by=PLATFORM, at=AT)
    wish(ana.number, Wish(("email",), "es"), by=PLATFORM, at=AT)
    change(ana, email="ana@example.com")
    assert wish_of(ana) == Wish((), "es")


def test_reminders_speak_the_language_that_was_said_last(ana: Patient) -> None:
    change(ana, language="es")
    assert not ReminderWish.objects.exists()
    wish(ana.number, Wish(("sms",), "es"), by=PLATFORM, at=AT)
    change(ana, language="en")
    assert wish_of(ana) == Wish(("sms",), "")


def test_new_forms_are_filled_in_with_where_the_patient_lives_now(
    ana: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "patient_street": "1 Elm Street",
        "patient_city": "Boston",
        "patient_zip": "02139",
        "patient_language": "English",
    }
    monkeypatch.setattr("etasu.registry.patients.known.known_from_forms", lambda *_: dict(told))
    change(ana, city="Boston", state="MA", zip_code="02139")
    assert known_of_patient(ana)["patient_street"] == "1 Elm Street"
    assert known_of_patient(ana)["patient_language"] == "English"
    change(ana, city="Salem", zip_code="01970", language="es")
    known = known_of_patient(ana)
    assert "patient_street" not in known
    assert (known["patient_city"], known["patient_language"]) == ("Salem", "Spanish")
