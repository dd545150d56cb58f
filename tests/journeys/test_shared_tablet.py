"""Two nurses share a tablet: what one noted waits for her, unseen by the other, and is not lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from etasu.registry.treatment.models import DayEntry
from tests.journeys.browser import Inspection
from tests.journeys.test_infusion_day import WAITING, Nurse
from tests.portals.world import Cast, add_person, ask_gate, authorize_course

TYPED = "methylprednisolone 1,000 mg"
# What waits on the device becomes as old as nothing may.
AGED = """() => localStorage.setItem("etasu.waiting", JSON.stringify(
    JSON.parse(localStorage.getItem("etasu.waiting"))
        .map((each) => ({ ...each, at: each.at - 12.1 * 3600 * 1000 }))))"""
STORED = "() => JSON.stringify(localStorage)"
REMOVED = "was removed from this device"


@pytest.fixture
def nurse(page: Page, look: Inspection, cast: Cast) -> Nurse:
    """Whoever has the tablet: Ben, and Cleo after him."""
    authorize_course(cast)
    add_person("lemtrada", "cleo", "infusion_nurse", cast.riverside, cast.at)
    return Nurse(page, look)


def ben_noted_something(nurse: Nurse, cast: Cast) -> str:
    """His session ends before it is sent, and he half types something else; the day's address."""
    number = ask_gate(cast, "ben", "infuse", cast.mara).decision.number
    there = f"/facility/days/{number}/"
    nurse.given_i_am_signed_in_as("ben")
    nurse.page.goto(there)
    nurse.when_i_open("Premedication given")
    nurse.page.get_by_text("High-dose corticosteroid").click()
    nurse.page.get_by_label("Medicine and dose").fill(TYPED)
    nurse.page.context.clear_cookies(name=re.compile("session"))
    nurse.when_i_note("Premedication given")
    nurse.then_i_read("You are signed out. Sign in again in this browser, and what waits is sent.")
    nurse.when_i_open("Vital signs")
    nurse.page.get_by_label("Heart rate").fill("71")
    return there


def cleo_comes_and_goes(nurse: Nurse, there: str) -> None:
    """She reads nothing of what waits, notes something of her own, and is asked nothing."""
    page = nurse.page
    nurse.given_i_am_signed_in_as("cleo")
    page.goto(there)
    shown = page.locator("main").inner_text()
    assert TYPED not in shown and "to be sent" not in shown and REMOVED not in shown
    expect(page.locator("#waiting [role=status]")).to_be_hidden()
    nurse.when_i_open("Vital signs")
    expect(page.get_by_label("Heart rate")).to_have_value("")
    page.get_by_label("Heart rate").fill("80")
    nurse.when_i_note("Vital signs")
    nurse.then_it_is_noted("Heart rate 80 /min")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    nurse.when_i_press("Sign out")
    page.wait_for_url("**/sign-in/**")
    assert not asked and '"80"' not in page.evaluate(STORED)


def test_what_one_nurse_noted_is_sent_after_another_signed_out(
    page: Page, nurse: Nurse, cast: Cast
) -> None:
    there = ben_noted_something(nurse, cast)
    cleo_comes_and_goes(nurse, there)
    assert (
        page.evaluate(WAITING) == 1 and not DayEntry.objects.filter(event="premedicated").exists()
    )
    nurse.given_i_am_signed_in_as("ben")
    page.goto(there)
    page.wait_for_function(f"() => ({WAITING})() === 0")
    page.reload()
    nurse.then_it_is_noted(TYPED)
    expect(page.get_by_label("Heart rate")).to_have_value("71")
    assert (
        DayEntry.objects.get(event="premedicated").recorded_by
        != DayEntry.objects.get(event="vitals").recorded_by
    )
    nurse.when_i_press("Sign out")
    page.wait_for_url("**/sign-in/**")
    assert page.evaluate("() => localStorage.length") == 0


def test_whoever_was_away_too_long_is_told_that_it_was_removed(
    page: Page, nurse: Nurse, cast: Cast
) -> None:
    there = ben_noted_something(nurse, cast)
    page.evaluate(AGED)
    cleo_comes_and_goes(nurse, there)
    stored = page.evaluate(STORED)
    assert page.evaluate(WAITING) == 0 and TYPED not in stored
    nurse.given_i_am_signed_in_as("ben")
    for address in ("/facility/today/", there):
        page.goto(address)
        nurse.then_i_read(REMOVED)
    nurse.then_it_is_sound("infusion day with entries removed")
    nurse.when_i_note("Vital signs")
    nurse.then_it_is_noted("Heart rate 71 /min")
    page.goto("/facility/today/")
    expect(page.locator("#waiting [role=status]")).to_be_hidden()
    assert page.evaluate("() => localStorage.length") == 0
