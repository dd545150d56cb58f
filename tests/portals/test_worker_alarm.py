"""What administrators are told on every page while nothing goes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from etasu.registry.audit.heartbeats import beat, expect
from tests.portals.patient_world import words
from tests.portals.world import Cast

SignIn = Callable[[str], Client]


def test_administrators_see_how_many_text_messages_no_provider_takes(
    cast: Cast, signed_in: SignIn
) -> None:
    within = timedelta(days=3650)
    beat("reminders", by="p", at=cast.at, within=within, said={"waiting_for_provider": 26})
    page = words(signed_in("ada").get("/administrator/"))
    assert "No provider takes text messages. 26 text messages wait." in page
    assert "The worker has stopped." not in page
    assert "No provider takes" not in words(signed_in("amara").get("/prescriber/"))
    beat("reminders", by="p", at=cast.at, within=within, said={"handed_over": 26})
    assert "No provider takes" not in words(signed_in("ada").get("/administrator/"))


def test_a_job_that_never_succeeded_is_shown_as_such(cast: Cast, signed_in: SignIn) -> None:
    expect("reminders", at=cast.at - timedelta(days=1), within=timedelta(minutes=10))
    page = words(signed_in("ada").get("/administrator/audit/"))
    assert "The worker has stopped." in page
    assert "reminders Never" in page
