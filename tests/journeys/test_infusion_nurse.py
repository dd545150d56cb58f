"""A float nurse on the first shift: may I start, what was given, what is on the board."""

from __future__ import annotations

from playwright.sync_api import Page

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.patients.actions import end_enrollment
from etasu.registry.treatment.models import Infusion
from tests.journeys.browser import Inspection, printed_pages
from tests.journeys.people import Person
from tests.portals.world import Cast, authorize_course


def test_starts_today_and_records_the_infusion(page: Page, look: Inspection, cast: Cast) -> None:
    authorize_course(cast)
    ben = Person(page, look)
    ben.given_i_am_signed_in_as("ben")
    ben.then_it_is_sound("facility ask")
    ben.when_i_check(cast.mara.number)
    ben.then_the_answer_is("Authorized")
    ben.then_i_read("Course 1, day 1 of 5")
    ben.then_it_is_sound("answer authorized")
    ben.when_i_follow("Record the infusion")
    page.get_by_label("Started", exact=True).fill("09:10")
    page.get_by_label("Stopped", exact=True).fill("13:20")
    page.get_by_text("Mild: treated here").click()
    ben.when_i_press("Record the infusion")
    ben.then_i_read("There is a problem", "Describe the reaction and what was done")
    ben.then_the_summary_has_the_focus()
    ben.then_it_is_sound("facility record with a mistake")
    page.get_by_label("What happened").fill("Rash on both arms; slowed the infusion, it passed.")
    ben.when_i_press("Record the infusion")
    ben.then_the_answer_is("Infusion on record")
    ben.then_it_is_sound("facility infusion")
    page.get_by_role("link", name="Today", exact=True).first.click()
    ben.then_i_read("Mara Lindqvist")
    ben.then_it_is_sound("facility today")
    assert Infusion.objects.get().detail["reaction"] == "mild"


def test_does_not_start_for_the_wrong_site_or_a_withdrawn_patient(
    page: Page, look: Inspection, cast: Cast
) -> None:
    authorize_course(cast)
    authorize_course(cast, cast.otto, by="beck")
    end_enrollment(cast.mara, on=cast.today, reason="withdrew", by=PLATFORM, at=cast.at)
    ben = Person(page, look)
    ben.given_i_am_signed_in_as("ben")
    ben.when_i_check(cast.otto.number)
    ben.then_the_answer_is("Not authorized")
    ben.then_i_read("names another facility")
    ben.then_it_is_sound("facility other site")
    ben.when_i_follow("Check another")
    ben.when_i_check(cast.mara.number)
    ben.then_the_answer_is("Not authorized")
    ben.then_i_read("Enrollment ended on")
    ben.then_it_ends_on_the_first_screen("What to do next")
    assert printed_pages(page) == 1


def test_records_what_was_given_without_an_authorization(
    page: Page, look: Inspection, cast: Cast
) -> None:
    ben = Person(page, look)
    ben.given_i_am_signed_in_as("ben")
    ben.when_i_follow("Record an infusion that was given")
    ben.then_i_read("What was given is always recorded, authorized or not.")
    ben.then_it_is_sound("facility record unauthorized")
    page.get_by_label("Patient number").fill(cast.noor.number)
    page.get_by_label("Course number").fill("1")
    page.get_by_label("Started", exact=True).fill("09:10")
    page.get_by_label("Stopped", exact=True).fill("10:00")
    page.get_by_text("Serious: hospital").click()
    page.get_by_label("What happened").fill("Blood pressure fell; stopped.")
    ben.when_i_press("Record the infusion")
    ben.then_i_read("No authorization covered this day.", "Call the program about")
    ben.then_it_is_sound("facility infusion unauthorized")
    assert ComplianceEvent.objects.count() == 1
