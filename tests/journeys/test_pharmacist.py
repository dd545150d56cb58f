"""A pharmacist with a patient waiting."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from etasu.registry.authorizations.models import Decision
from tests.journeys.browser import Inspection, context_of, printed_pages
from tests.journeys.people import Person
from tests.portals.world import Cast, ask_gate, authorize_course, contradict


def test_checks_a_dispense_and_records_it(page: Page, look: Inspection, cast: Cast) -> None:
    authorize_course(cast)
    cora = Person(page, look)
    cora.given_i_am_signed_in_as("cora")
    cora.then_it_is_sound("pharmacy ask")
    cora.when_i_check(cast.mara.number)
    cora.then_the_answer_is("Authorized")
    cora.then_it_is_sound("pharmacy authorized")
    cora.when_i_follow("Record the dispense")
    cora.then_it_is_sound("pharmacy dispense")
    page.get_by_label("Units dispensed").fill("5")
    cora.when_i_press("Record the dispense")
    cora.then_the_answer_is("Used")
    cora.then_i_read("5 units dispensed on")
    cora.then_it_is_sound("pharmacy used")


def test_learns_why_not_and_who_can_help(page: Page, look: Inspection, cast: Cast) -> None:
    cora = Person(page, look)
    cora.given_i_am_signed_in_as("cora")
    cora.when_i_check(cast.noor.number)
    cora.then_the_answer_is("Not authorized")
    cora.then_i_read("What to do next", "Dr. Amara")
    cora.then_it_is_sound("pharmacy not authorized")
    cora.then_it_ends_on_the_first_screen("What to do next")
    cora.when_i_follow("Your checks")
    cora.then_it_is_sound("pharmacy history")


def test_finds_the_authorization_a_colleague_asked_for(
    page: Page, look: Inspection, cast: Cast
) -> None:
    authorize_course(cast)
    number = ask_gate(cast, "cora", "dispense", cast.mara).decision.number
    cora = Person(page, look)
    cora.given_i_am_signed_in_as("cora")
    cora.when_i_check(cast.mara.number)
    cora.then_the_answer_is("Not authorized")
    cora.then_it_is_sound("pharmacy already authorized")
    cora.when_i_follow("Open that authorization")
    cora.then_the_answer_is("Authorized")
    cora.then_i_read(number)


def test_hears_when_nobody_can_decide(page: Page, look: Inspection, cast: Cast) -> None:
    contradict(cast)
    cora = Person(page, look)
    cora.given_i_am_signed_in_as("cora")
    cora.when_i_check(cast.noor.number)
    cora.then_the_answer_is("Cannot decide")
    cora.then_i_read("What to do next", "Support code: facts-contradict")
    cora.then_it_is_sound("pharmacy cannot decide")
    cora.then_it_ends_on_the_first_screen("What to do next")


def test_takes_back_what_was_asked_by_mistake(page: Page, look: Inspection, cast: Cast) -> None:
    authorize_course(cast)
    cora = Person(page, look)
    cora.given_i_am_signed_in_as("cora")
    cora.when_i_check(cast.mara.number)
    cora.when_i_follow("Take back")
    cora.when_i_press("Take it back")
    cora.then_i_read("There is a problem")
    cora.then_the_summary_has_the_focus()
    cora.then_it_is_sound("pharmacy take back with a mistake")
    page.get_by_label("Why do you take it back?").fill("Wrong patient number.")
    cora.when_i_press("Take it back")
    cora.then_the_answer_is("Taken back")
    cora.then_it_is_sound("pharmacy taken back")


def test_a_double_click_makes_one_authorization(page: Page, look: Inspection, cast: Cast) -> None:
    authorize_course(cast)
    cora = Person(page, look)
    cora.given_i_am_signed_in_as("cora")
    page.get_by_label("Patient number").fill(cast.mara.number)
    page.get_by_role("button", name="Check now").dblclick()
    cora.then_the_answer_is("Authorized")
    assert Decision.objects.filter(gate="dispense").count() == 1


def test_everything_can_be_done_by_keyboard(page: Page, look: Inspection, cast: Cast) -> None:
    authorize_course(cast)
    page.goto("/sign-in/")
    cora = Person(page, look)
    cora.when_i_tab_to("E-mail address")
    page.keyboard.type("cora@example.org")
    cora.when_i_tab_to("Password")
    page.keyboard.type("correct horse battery")
    cora.when_i_press_enter("**/pharmacy/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    cora.when_i_tab_to("Patient number")
    page.keyboard.type(cast.mara.number)
    cora.when_i_press_enter("**/pharmacy/decisions/*/*")
    cora.then_the_answer_is("Authorized")
    cora.when_i_tab_to("Record the dispense")
    cora.when_i_press_enter("**/dispense/*")
    cora.when_i_tab_to("Units dispensed")
    page.keyboard.type("5")
    cora.when_i_press_enter("**/pharmacy/decisions/*/*")
    cora.then_the_answer_is("Used")


def test_everything_can_be_done_without_scripts(
    browser: Browser, live_server: object, cast: Cast
) -> None:
    authorize_course(cast)
    options = {"base_url": str(live_server), "java_script_enabled": False}
    with context_of(browser, **options) as context:
        page = context.new_page()
        cora = Person(page, Inspection(page))
        cora.given_i_am_signed_in_as("cora")
        cora.when_i_check(cast.mara.number)
        cora.then_the_answer_is("Authorized")
        cora.when_i_follow("Record the dispense")
        page.get_by_label("Units dispensed").fill("5")
        cora.when_i_press("Record the dispense")
        cora.then_the_answer_is("Used")
        cora.when_i_press("Sign out")
        cora.then_the_answer_is("Sign in")


def test_the_answer_prints_on_one_page(page: Page, look: Inspection, cast: Cast) -> None:
    authorize_course(cast)
    cora = Person(page, look)
    cora.given_i_am_signed_in_as("cora")
    cora.when_i_check(cast.mara.number)
    cora.then_the_answer_is("Authorized")
    assert printed_pages(page) == 1
    page.goto("/pharmacy/")
    cora.when_i_check(cast.noor.number)
    cora.then_the_answer_is("Not authorized")
    assert printed_pages(page) == 1


def test_spanish_is_one_click_away(page: Page, look: Inspection, cast: Cast) -> None:
    page.goto("/sign-in/")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("heading", level=1)).to_have_text("Iniciar sesión")
    look.look("sign-in in Spanish")
