"""Slips of an infusion day put right, and days that go on after midnight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from etasu.registry import reactions
from etasu.registry.treatment.infusion_days import Note
from etasu.registry.treatment.models import DayEntry, Infusion
from etasu.safe_use.infusion_day import DayEvent
from tests.portals.conftest import Moment
from tests.portals.test_infusion_days import begin_day, note
from tests.portals.world import Cast, actor, ask_gate

SignIn = Callable[[str], Client]


def test_a_pause_that_was_none_is_put_right_as_what_it_was(cast: Cast, signed_in: SignIn) -> None:
    number = begin_day(cast)
    client = signed_in("ben")
    note(client, number, "started", clock="10:00")
    note(client, number, "paused", what="paused", clock="11:00")
    there = f"/facility/entries/{DayEntry.objects.get(event='paused').number}/"
    right = {"paused-what": "slowed", "paused-clock": "11:00", "why-reason": "only slowed"}
    text = client.post(there, right | {"does": "correct"}, follow=True).content.decode()
    assert "Infusion slowed down" in text and "Running since 10:00 AM" in text
    assert DayEntry.objects.get(struck_at__isnull=True, event="slowed").corrects.event == "paused"


def test_whoever_is_here_after_midnight_stays_on_the_board(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    number = begin_day(cast)
    client = signed_in("ben")
    note(client, number, "started", clock="20:00")
    note(client, number, "finished", clock="23:30")
    card, name = f"/facility/days/{number}/", "Mara Lindqvist"
    assert client.get("/facility/today/").content.decode().count(name) == 1

    def board(**clock: int) -> str:
        moment.now = (cast.at + timedelta(days=1)).replace(**clock)
        return str(signed_in("ben").get("/facility/today/").content.decode())

    text = board(hour=0, minute=30)
    assert card in text and "Observation until 1:30 AM" in text
    assert "The infusion day of Friday, May 1, 2026" in text and "May come today" not in text
    # Nobody noted that she left: she may come again, and her card goes in the end.
    text = board(hour=7, minute=0)
    assert card in text and "May leave since 1:30 AM" in text and "next is day 2" in text
    assert card not in board(hour=13, minute=30)
    tomorrow = cast._replace(at=(cast.at + timedelta(days=1)).replace(hour=8))
    other = str(ask_gate(tomorrow, "ben", "infuse", cast.mara).decision.number)
    text = board(hour=8, minute=0)
    assert card in text and f"/facility/days/{other}/" in text
    note(signed_in("ben"), other, "arrived", clock="08:00")
    text = board(hour=8, minute=5)
    assert card not in text and f"/facility/days/{other}/" in text


def test_whoever_left_after_midnight_is_off_the_board(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    number = begin_day(cast)
    for event, clock in (("started", "20:00"), ("finished", "23:00"), ("observed", "01:00")):
        note(signed_in("ben"), number, event, clock=clock)
    moment.now = (cast.at + timedelta(days=1)).replace(hour=1, minute=5)
    text = signed_in("ben").get("/facility/today/").content.decode()
    assert f"/facility/days/{number}/" not in text and "next is day 2" in text


def test_a_start_noted_twice_hides_nothing_of_an_infusion_that_was_written_down(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in("ben")
    sent = {"patient": cast.noor.number, "given_on": cast.today.isoformat(), "course": "1"}
    sent |= {"started_at": "09:10", "stopped_at": "09:50"}
    client.post(
        "/facility/infusions/record/", sent | {"reaction": "serious", "described": "Wheezing"}
    )
    number = Infusion.objects.get().number
    text = note(client, number, "started", clock="09:10")
    assert "There was a serious reaction" in text and "May leave since 11:50 AM" in text
    board = client.get("/facility/today/").content.decode()
    assert "There was a serious reaction" in board
    text = client.get(f"/courses/{cast.noor.number}/1/").content.decode()
    assert "1 noted, a serious one among them" in text
    assert "Infusion reaction: Wheezing" in text and text.count("Infusion started") == 1
    slip = f"/facility/entries/{DayEntry.objects.get().number}/"
    taken_back = {"does": "strike", "why-reason": "it was there already"}
    page = client.post(slip, taken_back, follow=True)
    assert page.redirect_chain[-1][0] == f"/facility/days/{number}/" and page.status_code == 200
    assert Infusion.objects.get().struck_at is None


def test_without_any_infusion_left_the_board_is_led_to(cast: Cast, signed_in: SignIn) -> None:
    started = Note(1, cast.today, DayEvent.STARTED, cast.at)
    who = {"facility": cast.riverside, "by": actor("ben"), "at": cast.at}
    entry = reactions.day_noted(cast.noor, started, **who)
    taken_back = {"does": "strike", "why-reason": "another patient"}
    there = f"/facility/entries/{entry.number}/"
    page = signed_in("ben").post(there, taken_back, follow=True)
    assert page.redirect_chain[-1][0] == "/facility/today/" and page.status_code == 200
    assert Infusion.objects.get().struck_reason == "another patient"
