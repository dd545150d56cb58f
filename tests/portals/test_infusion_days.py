"""The infusion day at a facility: the board, the page of a day, slips, the course and its vials."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from etasu.portals.facility.day_forms import noted_when
from etasu.registry import reactions
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.actions import expire_past
from etasu.registry.authorizations.models import Authorization
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.notices.models import Notice
from etasu.registry.submissions.facts import answers_of
from etasu.registry.submissions.models import Draft
from etasu.registry.treatment.infusion_days import Note
from etasu.registry.treatment.models import CourseEnd, DayEntry, Infusion, VialEntry
from etasu.safe_use.infusion_day import DayEvent
from tests.portals.conftest import Moment
from tests.portals.paper_reading import words_of
from tests.portals.world import (
    NOW,
    Cast,
    actor,
    add_person,
    ask_gate,
    authorize_course,
)

SignIn = Callable[[str], Client]


def begin_day(cast: Cast) -> str:
    """Mara's course is authorized, and so is today; the number of the day's page."""
    authorize_course(cast)
    return str(ask_gate(cast, "ben", "infuse", cast.mara).decision.number)


def note(client: Client, number: str, event: str, token: str = "", **fields: str) -> str:
    """Send one form of the day's page and read where it leads."""
    sent = {f"{event}-{name.replace('_', '-')}": value for name, value in fields.items()}
    sent |= {"event": event, "form_token": token or f"{event}{sorted(fields.items())}"}
    page = client.post(f"/facility/days/{number}/", sent, follow=True)
    assert page.status_code == 200
    return str(page.content.decode())


def test_a_day_from_arrival_to_leaving(cast: Cast, signed_in: SignIn, moment: Moment) -> None:
    number = begin_day(cast)
    client = signed_in("ben")
    board = client.get("/facility/today/").content.decode()
    assert "Mara Lindqvist" in board and "Day 1 of 5" in board and "Expected" in board
    assert "Here since" in note(client, number, "arrived", clock="14:00")
    note(client, number, "premedicated", what="corticosteroid", clock="14:10")
    text = note(client, number, "vitals", clock="14:15", heart_rate="72", body_temperature="98.6")
    assert "Ready to start" in text and "Body temperature 37 °C" in text
    assert not Infusion.objects.exists()
    moment.now += timedelta(minutes=5)
    assert "Running since 3:05 PM" in note(client, number, "started")
    infusion = Infusion.objects.get()
    assert infusion.authorization_number == number and not ComplianceEvent.objects.exists()
    assert Authorization.objects.get(number=number).state == "used"
    moment.now += timedelta(hours=1)
    client = signed_in("ben")
    reaction = {"grade": "2", "described": "Rash", "action": "Slowed down"}
    assert "Grade 2. Rash. Slowed down" in note(client, number, "reaction", **reaction)
    note(client, number, "vitals", systolic_pressure="120")
    moment.now += timedelta(hours=3)
    client = signed_in("ben")
    assert "Observation until 9:05 PM" in note(client, number, "finished")
    moment.now += timedelta(hours=1, minutes=59)
    assert "Observation until" in signed_in("ben").get("/facility/today/").content.decode()
    moment.now += timedelta(minutes=1)
    client = signed_in("ben")
    assert "May leave since 9:05 PM" in client.get("/facility/today/").content.decode()
    text = note(client, number, "observed")
    assert "Done, left at 9:05 PM" in text and "Not noted:" not in text


def test_the_same_form_sent_again_is_noted_once(cast: Cast, signed_in: SignIn) -> None:
    number = begin_day(cast)
    client = signed_in("ben")
    sent = {"event": "started", "noted_at": "2026-05-01T09:00:00Z", "form_token": "one"}
    # The device's clock is an hour behind, and its first reply was lost.
    for sends in ("2026-05-01T13:00:00Z", "2026-05-01T14:00:00+00:00"):
        reply = client.post(f"/facility/days/{number}/", sent, headers={"X-Sent-At": sends})
        assert reply.json() == {"there": f"/facility/days/{number}/"}
    entry = DayEntry.objects.get()
    assert entry.moment == cast.at - timedelta(hours=4)
    assert Infusion.objects.count() == 1
    wrong = {"event": "reaction", "form_token": "two"}
    sends = {"X-Sent-At": "2026-05-01T14:00:00+00:00"}
    reply = client.post(f"/facility/days/{number}/", wrong, headers=sends)
    assert reply.status_code == 422
    assert reply.json()["mistakes"][0] == "Say how severe the reaction is"
    assert client.post(f"/facility/days/{number}/", {"event": "no such"}).status_code == 404


@pytest.mark.parametrize(
    ("noted", "sends", "waited"),
    [
        ("2026-05-01T09:00:00Z", "2026-05-01T09:30:00Z", timedelta(minutes=30)),
        ("2026-05-01T09:00:00Z", "2026-05-01T08:00:00Z", timedelta(0)),
        ("2026-05-01T09:00:00Z", "2026-05-03T08:00:00Z", timedelta(0)),
        ("", "2026-05-01T09:30:00Z", timedelta(0)),
        ("2026-05-01T09:00:00", "2026-05-01T09:30:00Z", timedelta(0)),
        ("nonsense", "nonsense", timedelta(0)),
    ],
)
def test_a_wait_is_measured_by_the_devices_own_clock(
    noted: str, sends: str, waited: timedelta
) -> None:
    sent = QueryDict(urlencode({"noted_at": noted}))
    assert noted_when(sent, sends, NOW) == NOW - waited


def test_what_is_unlikely_is_kept_and_asked_about(cast: Cast, signed_in: SignIn) -> None:
    number = begin_day(cast)
    client = signed_in("ben")
    text = note(client, number, "vitals", heart_rate="720")
    assert "Is this right?" in text and "Heart rate 720" in text
    entry = DayEntry.objects.get()
    there = f"/facility/entries/{entry.number}/"
    assert "Heart rate 720" in client.get(there).content.decode()
    right = {"vitals-heart-rate": "72", "vitals-clock": "14:30", "why-reason": "a slip"}
    text = client.post(there, right | {"does": "correct"}, follow=True).content.decode()
    assert "Is this right?" not in text and "Heart rate 72 /min" in text
    assert "Taken back: a slip" in text
    assert DayEntry.objects.filter(struck_at__isnull=True).get().corrects == entry
    text = note(client, number, "arrived", clock="18:00")
    assert "was still to come" in text
    later = DayEntry.objects.get(event="arrived")
    client.post(f"/facility/entries/{later.number}/", {"does": "confirm"})
    assert "Is this right?" not in client.get(f"/facility/days/{number}/").content.decode()
    assert DayEntry.objects.get(pk=later.pk).confirmed_by


def test_a_day_that_goes_on_after_midnight_stays_one_day(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    number = begin_day(cast)
    client = signed_in("ben")
    note(client, number, "started", clock="20:00")
    note(client, number, "finished", clock="23:00")
    assert "Observation until 2:00 AM" in note(client, number, "longer", until="02:00")
    moment.now += timedelta(hours=11)
    client = signed_in("ben")
    assert "Enter the time" in note(client, number, "observed")
    text = note(client, number, "observed", clock="02:00")
    assert "Done, left at 2:00 AM" in text and "is another day" in text
    assert DayEntry.objects.filter(given_on=cast.today).count() == 4


def test_a_start_taken_back_was_no_infusion_and_leaves_the_day_authorized(
    cast: Cast, signed_in: SignIn
) -> None:
    number = begin_day(cast)
    client = signed_in("ben")
    note(client, number, "started", clock="14:00")
    there = f"/facility/entries/{DayEntry.objects.get().number}/"
    text = client.post(there, {"does": "strike"}, follow=True).content.decode()
    assert text.count("Say why") == 2 and Infusion.objects.get().struck_at is None
    client.post(there, {"does": "strike", "why-reason": "wrong patient"})
    assert Infusion.objects.get().struck_reason == "wrong patient"
    assert client.get(there).status_code == 302
    assert "Running" in note(client, number, "started", clock="14:40")
    given = Infusion.objects.get(struck_at__isnull=True)
    assert given.authorization_number == number and not ComplianceEvent.objects.exists()


def test_an_infusion_without_authorization_has_a_day_of_its_own(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in("ben")
    sent = {"patient": cast.noor.number, "given_on": cast.today.isoformat(), "course": "1"}
    sent |= {"started_at": "09:10", "stopped_at": "13:20", "reaction": "none", "described": ""}
    client.post("/facility/infusions/record/", sent)
    board = client.get("/facility/today/").content.decode()
    assert "Noor Haddad" in board and "Not authorized" in board
    number = Infusion.objects.get().number
    text = client.get(f"/facility/days/{number}/").content.decode()
    assert "No authorization covered this day." in text
    assert "without the premedication that is needed" in text
    assert "Observation until 3:20 PM" in text
    assert "Done, left at" in note(client, number, "observed", clock="15:00")


VIALS = {"kind": "received", "vials": "5", "lot": "L1", "expires_on": "2027-01-31"}


@pytest.fixture
def stopped(cast: Cast, signed_in: SignIn) -> str:
    """Mara's first course is given up after half of its first day; the address of the course."""
    number = begin_day(cast)
    client = signed_in("ben")
    note(client, number, "premedicated", what="other", dose="dexamethasone 200 mg", clock="09:00")
    note(client, number, "started", clock="10:00")
    stop = {"reason": "Chest pain", "dose": "6.5", "clock": "11:00"}
    assert "stopped early" in note(client, number, "stopped", **stop)
    there = f"/facility/courses/{cast.mara.number}/1/"
    client.post(there, VIALS)
    client.post(there, VIALS | {"kind": "used", "vials": "1"})
    assert "4 vials are not accounted for" in client.get(there).content.decode()
    assert not Notice.objects.filter(event="vials_differ").exists()
    ended = {"ended_on": cast.today.isoformat(), "reason": "No second attempt"}
    late = ended | {"ended_on": "2026-06-01"}
    assert "still to come" in client.post(f"{there}end/", late).content.decode()
    text = client.post(f"{there}end/", ended, follow=True).content.decode()
    assert "Stopped early" in text and "do not add up" in text and "No second attempt" in text
    assert "Friday, May 8, 2026" in text
    return there


def test_the_end_of_a_course_is_told_without_a_name(cast: Cast, stopped: str) -> None:
    told = Notice.objects.get(event="course_ended")
    assert told.recipient.email == "amara@example.org"
    assert told.facts["patient"] == cast.mara.number and "Mara" not in str(told.facts)


def test_the_checklist_is_filled_in_with_what_was_noted(stopped: str, signed_in: SignIn) -> None:
    begun = f"/forms/begin/infusion-checklist/infusion/{Infusion.objects.get().number}/"
    client = signed_in("ben")
    assert begun in client.get(stopped).content.decode()
    client.post(begun)
    answers = answers_of(Draft.objects.get())
    assert answers["outcome"] == "stopped early" and answers["vials-received"] == "5"
    assert answers["day-date.1"] == "2026-05-01" and answers["day-dose.1"] == "6.5"
    assert answers["day-premedication.1"] == "dexamethasone 200 mg 09:00"
    assert answers["day-result.1"] == "interrupted" and answers["day-reaction.1"] == "no"
    assert "day-date.2" not in answers


def test_what_is_owed_stays_on_the_board_until_it_is_done(
    cast: Cast, stopped: str, signed_in: SignIn, moment: Moment
) -> None:
    moment.now += timedelta(days=8)
    client = signed_in("ben")
    board = client.get("/facility/today/").content.decode()
    assert "Overdue" in board and "4 vials are not accounted for" in board
    home = client.get("/facility/").content.decode()
    assert "1 checklist is overdue." in home and "The vials of 1 course do not add up." in home
    add_person("lemtrada", "rita", "facility_representative", cast.riverside, moment.now)
    home = signed_in("rita").get("/organization/", follow=True).content.decode()
    assert "The vials of 1 course do not add up." in home
    client.post(stopped, VIALS | {"kind": "returned", "vials": "4"})
    assert "They add up" in client.get(stopped).content.decode()
    slip = VialEntry.objects.get(kind="returned")
    client.post(f"/facility/vials/{slip.number}/", {"reason": "wasted"})
    text = client.get(stopped).content.decode()
    assert "Taken back: wasted" in text and "do not add up" in text


def test_a_course_never_given_owes_it_too(cast: Cast, signed_in: SignIn, moment: Moment) -> None:
    authorize_course(cast)
    course = Authorization.objects.get(unit="course")
    client = signed_in("ben")
    assert "May come today" in client.get("/facility/today/").content.decode()
    there = f"/facility/courses/{cast.mara.number}/1/"
    ended = {"ended_on": cast.today.isoformat(), "reason": "Chose another treatment"}
    text = client.post(f"{there}end/", ended, follow=True).content.decode()
    begun = f"/forms/begin/infusion-checklist/authorization/{course.number}/"
    assert "Not given" in text and begun in text
    client.post(begun)
    answers = answers_of(Draft.objects.get())
    assert answers["outcome"] == "not given"
    assert answers["not-given-reason"] == "Chose another treatment"
    taken_up = {"reason": "It is given after all", "standing_end": CourseEnd.objects.get().number}
    text = client.post(f"{there}end/", taken_up, follow=True)
    assert "Goes on" in text.content.decode()
    assert client.get(begun).status_code == 404
    moment.now += timedelta(days=60)
    expire_past([cast.mara.pk], on=moment.now.date(), by=PLATFORM, at=moment.now)
    board = signed_in("ben").get("/facility/today/").content.decode()
    assert "Not given" in board and "Overdue" in board


def told_ends() -> list[tuple[str, str]]:
    """How, and on which last day, a course ended, as its prescriber was told."""
    found = Notice.objects.filter(event="course_ended").order_by("id")
    return [(each["outcome"], each["on"]) for each in found.values_list("facts", flat=True)]


def test_a_course_given_after_all_is_over_when_it_is_and_told_of_each_time(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    authorize_course(cast)
    client = signed_in("ben")
    there = f"/facility/courses/{cast.mara.number}/1/end/"
    day = cast.today.isoformat()
    client.post(there, {"ended_on": day, "reason": "No chair today", "form_token": "one"})
    assert told_ends() == [("not_given", day)]
    number = str(ask_gate(cast, "ben", "infuse", cast.mara).decision.number)
    for event, clock in (("started", "10:00"), ("finished", "12:00"), ("observed", "14:30")):
        note(client, number, event, clock=clock)
    assert len(told_ends()) == 1
    assert "Goes on" in client.get(there.removesuffix("end/")).content.decode()
    client.post(there, {"ended_on": day, "reason": "A rash", "form_token": "two"})
    assert told_ends()[1:] == [("stopped_early", day)]
    moment.now += timedelta(days=1)
    later = (cast.today + timedelta(days=1)).isoformat()
    started = Note(1, moment.now.date(), DayEvent.STARTED, moment.now)
    who = {"facility": cast.riverside, "by": actor("ben"), "at": moment.now}
    reactions.day_noted(cast.mara, started, **who)
    ended = {"ended_on": later, "reason": "Another rash", "form_token": "three"}
    signed_in("ben").post(there, ended)
    assert told_ends()[2:] == [("stopped_early", later)]


def test_the_prescriber_reads_what_the_course_came_to(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    number = begin_day(cast)
    client = signed_in("ben")
    note(client, number, "started", clock="10:00")
    reaction = {"grade": "3", "described": "Wheezing", "action": "Oxygen", "clock": "11:00"}
    assert "Call the program about it today" in note(client, number, "reaction", **reaction)
    there = f"/courses/{cast.mara.number}/1/"
    for person in ("ben", "amara"):
        text = signed_in(person).get(there).content.decode()
        assert "1 noted, the worst of grade 3" in text and "This course goes on." in text
        assert "Grade 3. Wheezing. Oxygen" in text
    for person in ("hana", "beck"):
        assert signed_in(person).get(there).status_code == 404
    paper = signed_in("amara").get(f"{there}summary.pdf")
    words = words_of(paper.content)
    assert "Mara Lindqvist" in words and "Wheezing" in words


def test_the_last_day_done_tells_the_prescriber_once(cast: Cast, moment: Moment) -> None:
    authorize_course(cast)
    by = actor("ben")
    for days in range(5):
        at = cast.at + timedelta(days=days)
        for hours, event in ((0, DayEvent.STARTED), (4, DayEvent.FINISHED), (6, DayEvent.OBSERVED)):
            when = at + timedelta(hours=hours)
            noted = Note(1, at.date(), event, when)
            reactions.day_noted(cast.mara, noted, facility=cast.riverside, by=by, at=when)
            told = Notice.objects.filter(event="course_ended").count()
            assert told == (1 if days == 4 and event is DayEvent.OBSERVED else 0)
    assert ComplianceEvent.objects.count() == 5


def test_the_representative_sees_the_board_and_other_sites_nothing(
    cast: Cast, signed_in: SignIn
) -> None:
    number = begin_day(cast)
    add_person("lemtrada", "rita", "facility_representative", cast.riverside, cast.at)
    text = signed_in("rita").get("/facility/today/").content.decode()
    assert "Mara Lindqvist" in text and "My organization" in text
    assert "Running" in note(signed_in("rita"), number, "started")
    entry = DayEntry.objects.get().number
    client = signed_in("hana")
    for address in (f"days/{number}", f"entries/{entry}", f"courses/{cast.mara.number}/1"):
        assert client.get(f"/facility/{address}/").status_code == 404
    assert "Mara Lindqvist" not in client.get("/facility/today/").content.decode()
