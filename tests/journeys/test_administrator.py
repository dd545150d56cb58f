"""An administrator's first day, and an auditor's visit."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.sync_api import Page, expect

from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.enrolling import Newcomer, enroll_oneself
from etasu.registry.reactions import infusion_given
from tests.factories.organizations import person
from tests.journeys.browser import Inspection
from tests.journeys.people import Person
from tests.portals.world import PROGRAM, Cast, actor, ask_gate, authorize_course, version


def a_busy_morning(cast: Cast) -> str:
    """A course, an infusion day, a refused shipment, an infusion without authorization."""
    authorize_course(cast)
    ask_gate(cast, "ben", "infuse", cast.mara)
    for patient in (cast.mara, cast.noor):
        infusion_given(
            patient,
            course=1,
            given_on=cast.today,
            facility=cast.riverside,
            by=actor("ben"),
            at=cast.at,
        )
    return ask_gate(cast, "cora", "dispense", cast.noor).decision.number


def test_finds_anybody_and_follows_the_story(page: Page, look: Inspection, cast: Cast) -> None:
    a_busy_morning(cast)
    ada = Person(page, look)
    ada.given_i_am_signed_in_as("ada")
    ada.then_it_is_sound("administrator find")
    page.get_by_label("Name, number or NPI").fill("a")
    ada.when_i_press("Search")
    ada.then_it_is_sound("administrator found")
    ada.when_i_follow("Mara Lindqvist")
    ada.then_i_read("Infusion recorded", "Amara Example, Prescriber", "Authorize a course")
    ada.then_it_is_sound("administrator patient")
    ada.when_i_follow("Find")
    ada.when_i_follow("Dr. Amara")
    ada.then_i_read("Certified", "Pass the Knowledge Assessment")
    ada.then_it_is_sound("administrator participant")


def test_explains_why_a_shipment_was_refused(
    page: Page, look: Inspection, cast: Cast, tmp_path: Path
) -> None:
    number = a_busy_morning(cast)
    ada = Person(page, look)
    ada.given_i_am_signed_in_as("ada")
    ada.when_i_follow("Decisions")
    ada.then_it_is_sound("administrator decisions")
    page.get_by_label("Answer").select_option("Not authorized")
    ada.when_i_press("Show")
    expect(page.get_by_text("1 of 1 shown")).to_be_visible()
    with page.expect_download() as download:
        ada.when_i_follow("Download all of these as a CSV file")
    download.value.save_as(tmp_path / "decisions.csv")
    text = (tmp_path / "decisions.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows] == ["Number", number]
    ada.when_i_follow(number)
    ada.then_the_answer_is("Not authorized")
    ada.then_i_read("There is no such authorization.", "The facts it rests on")
    ada.then_it_is_sound("administrator decision")
    ada.when_i_follow("Decide again")
    ada.then_i_read("Decided again: the same answer, to the letter.")
    ada.then_it_is_sound("administrator decided again")


def test_suspends_a_facility_and_lifts_it(page: Page, look: Inspection, cast: Cast) -> None:
    ada = Person(page, look)
    ada.given_i_am_signed_in_as("ada")
    page.get_by_label("Name, number or NPI").fill("riverside")
    ada.when_i_press("Search")
    ada.when_i_follow("Riverside")
    ada.when_i_follow("Suspend")
    ada.when_i_press("Suspend Riverside")
    ada.then_the_summary_has_the_focus()
    ada.then_it_is_sound("administrator suspend with a mistake")
    page.get_by_label("Reason").fill("No trained staff on site.")
    ada.when_i_press("Suspend Riverside")
    ada.then_i_read("The participant is suspended.", "No trained staff on site.")
    ada.then_it_is_sound("administrator suspended")
    ada.when_i_follow("Lift the suspension")
    ada.then_it_is_sound("administrator lift")
    page.get_by_label("Reason").fill("Staff trained.")
    ada.when_i_press("Lift the suspension of Riverside")
    ada.then_i_read("The suspension is lifted.")
    ada.when_i_follow("Decertify")
    ada.then_it_is_sound("administrator decertify")


def test_closes_a_compliance_event(page: Page, look: Inspection, cast: Cast) -> None:
    a_busy_morning(cast)
    ada = Person(page, look)
    ada.given_i_am_signed_in_as("ada")
    ada.then_i_read("1 compliance event is open.")
    ada.when_i_follow("Compliance events")
    ada.then_it_is_sound("administrator events")
    page.get_by_role("table").get_by_role("link").first.click()
    ada.when_i_press("Close the event")
    ada.then_it_is_sound("administrator event with a mistake")
    page.get_by_label("What was done about it?").fill("The site was retrained.")
    ada.when_i_press("Close the event")
    ada.then_i_read("The event is closed.", "The site was retrained.")
    ada.then_it_is_sound("administrator event closed")


def test_an_auditor_reads_everything_and_changes_nothing(
    page: Page, look: Inspection, cast: Cast
) -> None:
    a_busy_morning(cast)
    quinn = Person(page, look)
    quinn.given_i_am_signed_in_as("quinn")
    quinn.when_i_follow("Programs")
    quinn.then_it_is_sound("administrator programs")
    loaded = library.current().programs[cast.mara.program]
    quinn.when_i_follow(loaded.program.name)
    quinn.then_i_read("Entries to be verified", "not yet verified")
    quinn.then_it_is_sound("administrator program")
    quinn.when_i_follow("Audit trail")
    quinn.then_it_is_sound("administrator audit")
    quinn.when_i_follow("Compliance events")
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("button", name="Close the event")).to_have_count(0)
    quinn.when_i_follow("Find")
    page.get_by_label("Name, number or NPI").fill("riverside")
    quinn.when_i_press("Search")
    quinn.when_i_follow("Riverside")
    expect(page.get_by_role("link", name="Suspend")).to_have_count(0)


def test_finds_somebody_by_keyboard(page: Page, look: Inspection, cast: Cast) -> None:
    ada = Person(page, look)
    ada.given_i_am_signed_in_as("ada")
    ada.when_i_tab_to("Name, number or NPI")
    page.keyboard.type("noor")
    page.keyboard.press("Enter")
    ada.then_i_read("Noor Haddad")
    ada.when_i_tab_to("Noor Haddad")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Noor Haddad")


def test_looks_at_a_newcomer_who_may_be_on_record(page: Page, look: Inspection, cast: Cast) -> None:
    mallory, known = person("mallory"), cast.riverside
    twin = Newcomer(
        known.name, "1003000126", setting="hospital", telephone="617-555-0142",
        city="Boston", state=known.state or "MA", zip_code="02139",
    )  # fmt: skip
    by = Actor(mallory.number, access.FACILITY_REPRESENTATIVE)
    program = version(PROGRAM, cast.today)
    enroll_oneself(mallory, by.role, program, twin, by=by, at=cast.at)
    ada = Person(page, look)
    ada.given_i_am_signed_in_as("ada")
    ada.then_i_read("New participants to look at: 1.")
    ada.when_i_follow("Look at the new participants")
    ada.then_it_is_sound("administrator newcomers")
    ada.when_i_follow(twin.name)
    ada.then_i_read("Who it may be", "This ZIP Code belongs to Cambridge, not to Boston.")
    ada.then_it_is_sound("administrator newcomer")
    ada.when_i_press("Keep the decision")
    ada.then_the_summary_has_the_focus()
    page.get_by_text("Yes, or not to be taken").click()
    page.get_by_label("Reason").fill("Riverside did not ask for this.")
    ada.when_i_press("Keep the decision")
    ada.then_i_read("It is kept, and whoever has to know is told.", "Not let in")
    page.get_by_role("button", name="Sign out").click()
    newcomer = Person(page, look)
    newcomer.given_i_am_signed_in_as("mallory")
    page.goto("/enrollment/")
    newcomer.then_i_read("The program did not take this registration.")
    newcomer.then_it_is_sound("enrollment not taken")
