"""What an infusion nurse can do: ask, read, record what was given, see today's board."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.treatment.models import Infusion
from tests.portals.conftest import Moment
from tests.portals.world import Cast, ask_gate, authorize_course

SignIn = Callable[[str], Client]
GIVEN = {"started_at": "09:10", "stopped_at": "13:20", "reaction": "none", "described": ""}


def ask(client: Client, number: str, day: str, token: str = "one") -> object:
    """Send the nurse's form and follow it to the answer."""
    sent = {"patient": number, "planned_on": day, "form_token": token}
    return client.post("/facility/", sent, follow=True)


def test_an_authorized_day_is_answered_and_recorded(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    client = signed_in("ben")
    page = ask(client, cast.mara.number, cast.today.isoformat())
    text = page.content.decode()
    number = Decision.objects.get(gate="infuse").number
    assert "Authorized</h1>" in text and "Course 1, day 1 of 5" in text
    there = f"/facility/decisions/{number}/infusion/"
    page = client.post(there, GIVEN | {"form_token": "a"}, follow=True)
    assert "Infusion on record" in page.content.decode()
    infusion = Infusion.objects.get()
    assert infusion.authorization_number == number
    assert infusion.detail["started_at"] == "09:10"
    assert Authorization.objects.get(number=number).state == "used"
    assert not ComplianceEvent.objects.exists()


def test_a_record_sent_twice_is_kept_once(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    client = signed_in("ben")
    number = ask_gate(cast, "ben", "infuse", cast.mara).decision.number
    there = f"/facility/decisions/{number}/infusion/"
    first = client.post(there, GIVEN | {"form_token": "a"})
    second = client.post(there, GIVEN | {"form_token": "a"})
    assert first["Location"] == second["Location"]
    again = client.post(there, GIVEN | {"form_token": "b"})
    assert "already recorded" in again.content.decode()
    assert Infusion.objects.count() == 1


def test_an_infusion_without_authorization_is_recorded_all_the_same(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in("ben")
    warned = client.get("/facility/infusions/record/").content.decode()
    assert "always recorded, authorized or not" in warned
    sent = GIVEN | {
        "patient": cast.noor.number,
        "given_on": cast.today.isoformat(),
        "course": "1",
        "reaction": "serious",
        "described": "Hypotension; infusion stopped.",
    }
    page = client.post("/facility/infusions/record/", sent, follow=True)
    text = page.content.decode()
    assert "No authorization covered this day." in text
    assert "Call the program about the serious reaction today." in text
    assert Infusion.objects.get().authorization_number is None
    assert ComplianceEvent.objects.get().kind == "infusion-without-authorization"


def test_the_same_door_uses_an_authorization_that_exists(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    number = ask_gate(cast, "ben", "infuse", cast.mara).decision.number
    sent = GIVEN | {
        "patient": cast.mara.number,
        "given_on": cast.today.isoformat(),
        "course": "1",
    }
    signed_in("ben").post("/facility/infusions/record/", sent)
    assert Infusion.objects.get().authorization_number == number
    assert not ComplianceEvent.objects.exists()


def test_what_is_missing_is_told_at_the_field(cast: Cast, signed_in: SignIn) -> None:
    sent = {
        "patient": cast.mara.number,
        "given_on": (cast.today + timedelta(days=1)).isoformat(),
        "started_at": "13:00",
        "stopped_at": "09:00",
        "reaction": "mild",
    }
    text = signed_in("ben").post("/facility/infusions/record/", sent).content.decode()
    for mistake in (
        "This day is still to come",
        "It stopped before it started",
        "Describe the reaction",
        "Enter the course number",
    ):
        assert text.count(mistake) == 2, mistake
    assert not Infusion.objects.exists()


def test_an_infusion_may_end_after_midnight_and_says_on_which_day(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    authorize_course(cast)
    number = ask_gate(cast, "ben", "infuse", cast.mara).decision.number
    there = f"/facility/decisions/{number}/infusion/"
    night = GIVEN | {"started_at": "21:00", "stopped_at": "00:40"}
    page = signed_in("ben").post(there, night | {"form_token": "a"}).content.decode()
    # The night is still to come.
    assert page.count("It stopped before it started") == 2
    moment.now += timedelta(hours=10)
    client = signed_in("ben")
    # A morning typed for an afternoon, and a time typed twice.
    for started, stopped in (("09:10", "01:20"), ("13:00", "12:50"), ("21:00", "21:00")):
        sent = GIVEN | {"started_at": started, "stopped_at": stopped, "form_token": started}
        page = client.post(there, sent).content.decode()
        assert page.count("It stopped before it started") == 2, (started, stopped)
    page = client.post(there, night | {"form_token": "b"}, follow=True).content.decode()
    assert "9:00 PM – Sat, May 2, 2026, 12:40 AM" in page
    summary = client.get(f"/courses/{cast.mara.number}/1/").content.decode()
    assert "Sat, May 2, 2026, 12:40 AM" in summary
    assert "Observation until 2:40 AM" in client.get("/facility/today/").content.decode()


def test_an_unknown_patient_is_not_told_from_a_forbidden_one(cast: Cast, signed_in: SignIn) -> None:
    sent = GIVEN | {
        "patient": "7QK2M-X0B4T-N",
        "given_on": cast.today.isoformat(),
        "course": "1",
    }
    text = signed_in("ben").post("/facility/infusions/record/", sent).content.decode()
    assert "No patient you may ask about has this number" in text


def test_another_site_is_refused_without_the_name(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    page = ask(signed_in("hana"), cast.mara.number, cast.today.isoformat())
    text = page.content.decode()
    assert "Not authorized</h1>" in text
    assert "names another facility" in text
    assert "Mara Lindqvist" not in text and "Riverside" not in text


def test_todays_board_shows_this_facility_and_this_day(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    authorize_course(cast)
    ours = ask_gate(cast, "ben", "infuse", cast.mara).decision.number
    theirs = ask_gate(cast, "hana", "infuse", cast.noor).decision.number
    client = signed_in("ben")
    client.post(f"/facility/decisions/{ours}/infusion/", GIVEN)
    board = client.get("/facility/today/").content.decode()
    assert ours in board and theirs not in board and "Mara Lindqvist" in board
    moment.now += timedelta(days=1)
    tomorrow = signed_in("ben").get("/facility/today/").content.decode()
    assert ours not in tomorrow and "No infusion is authorized or recorded for today." in tomorrow


def test_a_day_to_come_is_not_authorized_yet(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    tomorrow = (cast.today + timedelta(days=1)).isoformat()
    page = ask(signed_in("ben"), cast.mara.number, tomorrow)
    assert "An infusion is authorized on its own day." in page.content.decode()
    assert not Decision.objects.filter(gate="infuse").exists()


def test_an_authorized_day_can_be_taken_back(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    number = ask_gate(cast, "ben", "infuse", cast.mara).decision.number
    client = signed_in("ben")
    page = client.post(
        f"/facility/decisions/{number}/take-back/", {"reason": "patient ill"}, follow=True
    )
    assert "Taken back</h1>" in page.content.decode()
    assert "patient ill" in page.content.decode()
