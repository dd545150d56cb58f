"""What is around every portal: signing in, choosing a role, pages for when something is wrong."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.browser import Inspection
from tests.journeys.people import Person
from tests.portals.world import Cast, add_person


def test_a_wrong_password_is_told_kindly(page: Page, look: Inspection, cast: Cast) -> None:
    cora = Person(page, look)
    page.goto("/sign-in/")
    cora.then_it_is_sound("sign-in")
    page.get_by_label("E-mail address").fill("cora@example.org")
    page.get_by_label("Password").fill("not this one")
    cora.when_i_press("Sign in")
    cora.then_i_read("There is a problem")
    cora.then_the_summary_has_the_focus()
    expect(page).to_have_title("Error: Sign in – Etasu")
    expect(page.get_by_label("E-mail address")).to_have_value("cora@example.org")
    cora.then_it_is_sound("sign-in with a mistake")
    page.get_by_role("link", name="do not match").click()
    expect(page.get_by_label("E-mail address")).to_be_focused()


def test_somebody_with_two_roles_chooses(page: Page, look: Inspection, cast: Cast) -> None:
    add_person("lemtrada", "cora", "infusion_nurse", cast.riverside, cast.at)
    cora = Person(page, look)
    cora.given_i_am_signed_in_as("cora")
    cora.then_the_answer_is("For whom are you acting now?")
    cora.then_it_is_sound("choose role")
    cora.when_i_press("Infusion nurse")
    cora.then_the_answer_is("May I start today?")


def test_a_page_that_is_not_there_has_a_way_on(page: Page, look: Inspection, cast: Cast) -> None:
    cora = Person(page, look)
    cora.given_i_am_signed_in_as("cora")
    page.goto("/pharmacy/decisions/7QK2M-X0B4T-N/")
    cora.then_the_answer_is("Page not found")
    cora.then_it_is_sound("page not found")
    cora.when_i_follow("Go to the start")
    expect(page.get_by_label("Patient number")).to_be_visible()


def test_changing_the_language_keeps_what_is_typed(
    page: Page, look: Inspection, cast: Cast
) -> None:
    cora = Person(page, look)
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill("cora@example.org")
    page.get_by_label("Password").fill("not for keeping")
    cora.when_i_press("Español")
    expect(page.get_by_label("Correo electrónico")).to_have_value("cora@example.org")
    expect(page.get_by_label("Contraseña", exact=True)).to_have_value("")
    assert page.evaluate("window.sessionStorage.length") == 0
