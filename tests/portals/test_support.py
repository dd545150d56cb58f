"""The nurses' desk when two things happen at once: what nobody saw is never closed unheard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.portals.support.call_list import call_list, call_table
from etasu.portals.support.here import Here
from etasu.registry.accounts.access import SUPPORT_NURSE
from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.callbacks import Wanted, promise_callback
from etasu.registry.patient_support.line_messages import write_to_nurses
from etasu.registry.patient_support.models import Callback, CarePartner, PossibleEvent, SharedSlice
from etasu.registry.patient_support.nurse_facts import line_of
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.reactions import possible_event_answered
from etasu.registry.safety.models import SafetyCase
from etasu.safe_use.nurse_line import CallRank
from etasu.safe_use.rota import window_of
from tests.factories.mail_server import MailServer
from tests.portals.patient_world import BORN, Patient
from tests.portals.world import PROGRAM, Cast, add_person, asker
from tests.registry import labs

MARA = Actor("mara", "patient")
ZONE = "America/New_York"
DAY = timedelta(days=1)
SignIn = Callable[[str], Client]


@pytest.fixture
def opal(cast: Cast, signed_in: SignIn) -> Client:
    """The nurse, signed in; Mara allows nurses."""
    labs.open_to_nurses(cast.mara, cast.at)
    add_person(PROGRAM, "opal", SUPPORT_NURSE, None, cast.at)
    return signed_in("opal")


def shown_on(page: Any) -> str:
    """The numbers the page's form brings back."""
    return str(page.context["form"]["shown"].value())


def open_messages(cast: Cast) -> list[str]:
    found = cast.mara.line_messages.filter(is_from_patient=True, settled_at__isnull=True)
    return list(found.order_by("pk").values_list("words", flat=True))


def test_what_comes_after_the_page_was_opened_stays_open(cast: Cast, opal: Client) -> None:
    desk = f"/support/patients/{cast.mara.number}/"
    write_to_nurses(cast.mara, "May I fly?", by=MARA, at=cast.at)
    page = opal.get(f"{desk}message/")
    settles = opal.get(desk).context["waits"]
    write_to_nurses(cast.mara, "May I swim?", by=MARA, at=cast.at)
    opal.post(f"{desk}message/", {"words": "Yes.", "shown": shown_on(page)})
    opal.post(f"{desk}message/settle/", {"shown": settles})
    assert "May I swim?" in open_messages(cast)
    morning = window_of(cast.today + DAY, "morning", ZONE)
    first = promise_callback(cast.mara, Wanted(morning), by=MARA, at=cast.at)
    page = opal.get(f"{desk}call/")
    evening = window_of(cast.today + DAY, "evening", ZONE)
    promise_callback(cast.mara, Wanted(evening, "555-555-0142", "Ana"), by=MARA, at=cast.at)
    write_to_nurses(cast.mara, "And one more thing", by=MARA, at=cast.at)
    call = {"caller": "patient", "identified_by": ["full-name", "birth-date"], "words": "Well"}
    sent = {**call, "is_promised": "on", "settles": "on", "shown": shown_on(page)}
    assert opal.post(f"{desk}call/", sent).status_code == 302
    opal.post(f"{desk}callback/not-wanted/", {"shown": first.number})
    assert Callback.objects.get(closed_at__isnull=True).words == "Ana"
    assert open_messages(cast) == ["And one more thing"]


def test_a_call_that_reached_somebody_else_is_promised_again(cast: Cast, opal: Client) -> None:
    desk = f"/support/patients/{cast.mara.number}/call/"
    morning = window_of(cast.today + DAY, "morning", ZONE)
    promise_callback(cast.mara, Wanted(morning, "", "Ring twice"), by=MARA, at=cast.at)
    page = opal.get(desk)
    assert "Ring twice" in page.content.decode() and "A care partner" not in page.content.decode()
    sent = {"caller": "other", "words": "Out", "is_promised": "on", "shown": shown_on(page)}
    assert "window" in opal.post(desk, sent).context["form"].errors
    sent["window"] = f"{cast.today + DAY} evening"
    assert opal.post(desk, sent).status_code == 302
    assert [each.outcome for each in Callback.objects.order_by("pk")] == ["not-reached", None]
    helper = CarePartner.objects.create(
        **{"patient": cast.mara, "full_name": "Ana Lind", "email": "ana@example.org"},
        **{"invited_at": cast.at, "invited_by": "mara", "accepted_at": cast.at},
        **{"accepted_by": "ana", "user": add_person(PROGRAM, "ana", "care_partner", None, cast.at)},
        **{"ends_on": cast.today + 300 * DAY, "link_until": cast.at + DAY},
    )
    SharedSlice.objects.create(
        partner=helper, slice="reminders", shared_at=cast.at, shared_by="mara"
    )
    assert "Ana Lind" in opal.get(desk).content.decode()
    sent = {"caller": "care_partner", "words": "She is well", "is_promised": "on"}
    assert "identified_by" in opal.post(desk, sent).context["form"].errors


def test_a_yes_of_the_second_nurse_is_not_lost(cast: Cast, opal: Client) -> None:
    write_to_nurses(cast.mara, "A rash since Monday", by=MARA, at=cast.at)
    asked = PossibleEvent.objects.get()
    desk = f"/support/patients/{cast.mara.number}/events/{asked.number}/"
    assert opal.get(desk).status_code == 200
    possible_event_answered(asked, is_event=False, by=Actor("mila", SUPPORT_NURSE), at=cast.at)
    assert opal.get(desk).status_code == 302
    assert opal.post(desk, {"is_event": "yes"}).status_code == 302
    assert SafetyCase.objects.count() == 1
    no = opal.post(desk, {"is_event": "no"}, follow=True)
    assert "Somebody has reported it" in no.content.decode()


def test_a_patient_is_told_what_holds_and_takes_back_only_the_call_they_saw(
    cast: Cast, mail: MailServer
) -> None:
    labs.open_to_nurses(cast.mara, cast.at)
    mine = {"email": "mara@example.org", "birth_date": BORN, "language": "en"}
    Enrolled.objects.filter(pk=cast.mara.pk).update(**mine)
    phone = Patient()
    phone.browser.post("/p/choices/", {"email": mine["email"]})
    phone.arrive(mail, "mara@example.org")
    assert "on duty now" not in phone.open("/p/nurses/").content.decode(), "the rota is empty"
    Enrolled.objects.filter(pk=cast.mara.pk).update(email="")
    said = phone.browser.post("/p/nurses/write/", {"words": "May I fly?"}, follow=True)
    assert "look here again" in said.content.decode()
    morning = window_of(cast.today + DAY, "morning", ZONE)
    promise_callback(cast.mara, Wanted(morning), by=MARA, at=cast.at)
    shown = phone.open("/p/nurses/").context["shown"]
    evening = window_of(cast.today + DAY, "evening", ZONE)
    promise_callback(cast.mara, Wanted(evening), by=MARA, at=cast.at)
    phone.browser.post("/p/nurses/call/end/", {"shown": shown})
    (still,) = Callback.objects.filter(closed_at__isnull=True)
    phone.browser.post("/p/nurses/call/end/", {"shown": still.number})
    assert not Callback.objects.filter(closed_at__isnull=True).exists()


def test_the_list_calls_the_number_given_and_names_the_day(cast: Cast, opal: Client) -> None:
    ahead = window_of(cast.today + 6 * DAY, "evening", ZONE)
    promise_callback(cast.mara, Wanted(ahead, "555-555-0177"), by=MARA, at=cast.at)
    version, line = line_of(PROGRAM, cast.today)
    where = Here(asker("opal"), cast.today, version, line)
    mine = [each for each in call_list(where, cast.at) if each.patient == cast.mara]
    cells = [each.text for each in call_table(mine, where, cast.at, "").rows[0]]
    day = ahead.begins.date()
    assert any("555-555-0177" in each for each in cells)
    assert mine[0].reasons == (CallRank.CALLBACK_AHEAD,)
    assert any(f"{day.day}, {day.year}" in each for each in cells)
    assert CallRank.EMERGENCY_SIGNAL < CallRank.CALLBACK_LATE < CallRank.POSSIBLE_EVENT
