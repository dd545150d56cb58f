"""A float nurse's first shift: three patients, a reaction, and a network that goes away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from etasu.registry import reactions
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.patients.actions import end_enrollment
from etasu.registry.treatment.infusion_days import Note
from etasu.registry.treatment.models import DayEntry, Infusion
from etasu.safe_use.infusion_day import DayEvent
from tests.journeys.browser import Inspection
from tests.journeys.people import Person
from tests.portals.world import Cast, actor, ask_gate, authorize_course, make_ready

WAITING = "() => JSON.parse(localStorage.getItem('etasu.waiting') || '[]').length"
TOO_OLD = """(owner) => localStorage.setItem("etasu.waiting", JSON.stringify([
    {id: "x", owner, at: Date.now() - 12.1 * 3600 * 1000, path: "/", typed: "", fields: []},
]))"""
STORED = "() => JSON.stringify(localStorage)"


class Nurse(Person):
    """Somebody who works through an infusion day."""

    def when_i_open(self, act: str) -> None:
        """Open the form behind a large button."""
        self.page.locator("summary", has_text=act).first.click()

    def when_i_note(self, what: str) -> None:
        """Send the form that is open."""
        self.page.get_by_role("button", name=f"Note: {what}", exact=True).click()

    def then_it_is_sound(self, name: str) -> None:
        """Looked at from the top of the page, as it is opened."""
        self.page.evaluate("() => window.scrollTo(0, 0)")
        super().then_it_is_sound(name)

    def then_it_is_noted(self, event: str, count: int = 1) -> None:
        """It arrived at the server, this many times."""
        expect(self.page.locator(".timeline__what", has_text=event)).to_have_count(count)


@pytest.fixture
def ben(page: Page, look: Inspection) -> Nurse:
    """The nurse, who is not signed in yet."""
    return Nurse(page, look)


def test_three_patients_a_reaction_and_a_lost_network(page: Page, ben: Nurse, cast: Cast) -> None:
    make_ready(cast.noor, cast.at)
    for patient in (cast.mara, cast.noor):
        authorize_course(cast, patient)
    authorize_course(cast, cast.otto, by="beck")
    end_enrollment(cast.noor, on=cast.today, reason="withdrew", by=PLATFORM, at=cast.at)
    ben.given_i_am_signed_in_as("ben")
    _checks_all_three(ben)
    _before_the_infusion(ben)
    ben.when_i_open("Infusion started")
    ben.then_it_is_sound("infusion day ready")
    ben.when_i_note("Infusion started")
    ben.then_i_read("Running since")
    _reaction_without_network(ben)
    assert DayEntry.objects.filter(event="reaction").count() == 1
    ben.when_i_open("Infusion finished")
    ben.when_i_note("Infusion finished")
    ben.then_i_read("Observation until")
    ben.then_it_is_sound("infusion day")
    page.get_by_role("link", name="Today", exact=True).first.click()
    ben.then_i_read("Observation until")
    ben.then_it_is_sound("infusion board")
    assert Infusion.objects.count() == 1


def test_a_course_is_closed_and_its_prescriber_reads_of_it(
    page: Page, ben: Nurse, cast: Cast
) -> None:
    authorize_course(cast)
    number = ask_gate(cast, "ben", "infuse", cast.mara).decision.number
    for event in (DayEvent.STARTED, DayEvent.STOPPED):
        noted = Note(1, cast.today, event, cast.at, {"reason": "chest pain"})
        reactions.day_noted(cast.mara, noted, facility=cast.riverside, by=actor("ben"), at=cast.at)
    ben.given_i_am_signed_in_as("ben")
    page.goto(f"/facility/days/{number}/")
    ben.when_i_follow("The course and its vials")
    page.get_by_text("Received", exact=True).click()
    page.get_by_label("How many vials").fill("5")
    ben.when_i_press("Record the vials")
    ben.then_i_read("There is a problem", "Enter the lot number printed on the vial")
    ben.then_it_is_sound("infusion course with a mistake")
    page.get_by_label("Lot number").fill("L-77")
    ben.when_i_press("Record the vials")
    ben.when_i_follow("This course goes no further")
    page.get_by_label("Why").fill("The reaction")
    ben.then_it_is_sound("infusion course ends")
    ben.when_i_press("Put it on record")
    ben.then_i_read("5 vials are not accounted for", "Fill in the checklist")
    ben.then_it_is_sound("infusion course")
    page.goto(f"/facility/days/{number}/")
    ben.when_i_press("Español")
    ben.then_i_read("La infusión se suspendió antes de terminar.")
    ben.then_it_is_sound("infusion day in Spanish")
    ben.when_i_press("English")
    ben.when_i_press("Sign out")
    _prescriber_reads_of_it(Person(page, ben.look), cast.mara.number)


def _prescriber_reads_of_it(amara: Person, patient: str) -> None:
    """From the message to the summary."""
    page = amara.page
    amara.given_i_am_signed_in_as("amara")
    page.goto("/messages/")
    amara.when_i_follow("A course of treatment has ended")
    page.locator(f"a[href='/courses/{patient}/1/']").click()
    amara.then_the_answer_is("Summary of course 1")
    amara.then_i_read("Infusion stopped early: chest pain")
    amara.then_it_is_sound("course summary")


def _checks_all_three(ben: Nurse) -> None:
    """One has withdrawn this morning, one is another site's, one may be infused."""
    page = ben.page
    page.get_by_role("link", name="Today", exact=True).click()
    ben.then_i_read("May come today", "Mara Lindqvist", "Noor Haddad")
    ben.then_it_is_sound("facility board expected")
    expect(page.get_by_text("Otto Brandt")).to_have_count(0)
    page.get_by_role("button", name=re.compile("Check now.*Noor Haddad")).click()
    ben.then_the_answer_is("Not authorized")
    page.get_by_role("link", name="Today", exact=True).click()
    page.get_by_role("button", name=re.compile("Check now.*Mara Lindqvist")).click()
    ben.then_the_answer_is("Authorized")
    ben.when_i_follow("Begin the infusion day")
    ben.then_the_answer_is("Course 1, day 1 of 5")


def _before_the_infusion(ben: Nurse) -> None:
    """By keyboard alone: what was given, and the vital signs."""
    page = ben.page
    ben.when_i_tab_to("Premedication given")
    page.keyboard.press("Enter")
    page.get_by_text("High-dose corticosteroid").click()
    page.get_by_label("Medicine and dose").fill("methylprednisolone 1,000 mg")
    ben.when_i_note("Premedication given")
    ben.then_it_is_noted("Premedication given")
    ben.when_i_open("Vital signs")
    page.get_by_label("Heart rate").fill("820")
    page.get_by_label("Body temperature").fill("98.6")
    ben.when_i_note("Vital signs")
    ben.then_i_read("Is this right?", "Body temperature 37 °C")
    ben.then_it_is_sound("infusion day with a doubt")
    ben.when_i_follow("Correct it")
    page.get_by_label("Heart rate").fill("82")
    page.get_by_label("Reason").fill("typed a zero too many")
    ben.then_it_is_sound("infusion entry")
    page.get_by_role("button", name="Correct it").click()
    ben.then_it_is_noted("Heart rate 82 /min")


def _reaction_without_network(ben: Nurse) -> None:
    """The network goes away in the middle of a form; its first reply is lost when it is back."""
    page = ben.page
    ben.when_i_open("Infusion reaction")
    page.get_by_text("Grade 2: moderate").click()
    page.context.set_offline(True)
    page.get_by_label("What happened").fill("Rash on both arms")
    page.get_by_label("What was done").fill("Slowed down, antihistamine")
    ben.when_i_note("Infusion reaction")
    ben.then_i_read("1 entry waits to be sent", "Waiting to be sent, noted at")
    expect(page.locator("[data-said]", has_text="noted at")).to_have_text(re.compile(r"[AP]M UTC"))
    ben.then_it_is_sound("infusion day without a network")
    stored = page.evaluate(STORED)
    assert "Rash on both arms" in stored and "Mara" not in stored and "1990" not in stored
    page.route("**/facility/days/**", _lose_the_reply, times=1)
    with page.expect_event("requestfailed"):
        page.context.set_offline(False)
    assert DayEntry.objects.filter(event="reaction").count() == 1
    assert page.evaluate(WAITING) == 1
    page.reload()
    expect(page.locator(".timeline__what", has_text="Grade 2. Rash")).to_have_count(1)
    page.wait_for_function(f"() => ({WAITING})() === 0")
    ben.then_it_is_noted("Grade 2. Rash")


def _lose_the_reply(route: Route) -> None:
    """The server takes it, and the device never learns."""
    route.fetch()
    route.abort()


def test_signing_out_leaves_nothing_on_the_device(page: Page, ben: Nurse, cast: Cast) -> None:
    authorize_course(cast)
    ben.given_i_am_signed_in_as("ben")
    ben.when_i_check(cast.mara.number)
    ben.when_i_follow("Begin the infusion day")
    ben.when_i_open("Vital signs")
    page.get_by_label("Heart rate").fill("71")
    page.reload()
    expect(page.get_by_label("Heart rate")).to_have_value("71")
    page.context.set_offline(True)
    ben.when_i_note("Vital signs")
    assert page.evaluate(WAITING) == 1
    page.once("dialog", lambda dialog: dialog.dismiss())
    ben.when_i_press("Sign out")
    assert page.evaluate(WAITING) == 1
    page.route("**/facility/days/**", lambda route: route.abort())
    page.context.set_offline(False)
    page.once("dialog", lambda dialog: dialog.accept())
    ben.when_i_press("Sign out")
    page.wait_for_url("**/sign-in/**")
    assert page.evaluate("() => localStorage.length") == 0
    assert not DayEntry.objects.exists()


def test_what_waits_is_sent_after_signing_in_again(page: Page, ben: Nurse, cast: Cast) -> None:
    authorize_course(cast)
    number = ask_gate(cast, "ben", "infuse", cast.mara).decision.number
    ben.given_i_am_signed_in_as("ben")
    page.goto(f"/facility/days/{number}/")
    ben.when_i_open("Arrived")
    page.context.clear_cookies(name=re.compile("session"))
    ben.when_i_note("Arrived")
    ben.then_i_read("You are signed out.")
    assert page.evaluate(WAITING) == 1
    ben.given_i_am_signed_in_as("ben")
    page.goto("/facility/today/")
    page.wait_for_function(f"() => ({WAITING})() === 0")
    page.reload()
    ben.then_i_read("Here since")
    assert DayEntry.objects.count() == 1
    page.evaluate(TOO_OLD, page.locator("#waiting").get_attribute("data-owner"))
    page.reload()
    ben.then_i_read("was removed from this device")
    assert page.evaluate(WAITING) == 0
