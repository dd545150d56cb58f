"""A prescriber on an ordinary day: who is next, may a course begin, what is in the way."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import Browser, Page, expect

from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.submissions.models import SignedForm
from tests.journeys.browser import Inspection, context_of, printed_pages
from tests.journeys.people import Person
from tests.portals.world import PASSWORD, Cast, authorize_course, make_ready

TESTS = (
    "Complete blood count with differential",
    "Serum creatinine",
    "Urinalysis with urine cell counts",
    "Thyroid-stimulating hormone (TSH)",
    "Liver enzymes (ALT and AST)",
    "Total bilirubin",
    "Urine protein to creatinine ratio",
    "Skin exam",
)


class Prescriber(Person):
    """Somebody who authorizes courses."""

    def given_i_look_at(self, name: str) -> None:
        """Open a patient from the list."""
        self.given_i_am_signed_in_as("amara")
        self.when_i_follow(name)

    def when_i_choose(self, label: str) -> None:
        """Choose one of several."""
        self.page.locator("label", has_text=label).first.click()

    def when_i_enter(self, heading: str, key: str = "Enter") -> None:
        """Press the key, and wait for the page it leads to."""
        self.page.keyboard.press(key)
        self.then_the_answer_is(heading)

    def when_i_go_on(self) -> None:
        """Finish a page."""
        self.when_i_press("Continue")

    def when_i_enter_the_tests(self, collected_on: date) -> None:
        """Every test collected on the same day."""
        for test in TESTS:
            self.page.get_by_label(test).fill(collected_on.isoformat())

    def when_i_answer_up_to_the_tests(self, today: date) -> None:
        """Course, day and facility."""
        self.when_i_go_on()
        self.page.get_by_label("Planned day").fill(today.isoformat())
        self.when_i_go_on()
        self.when_i_choose("Riverside")
        self.when_i_go_on()

    def when_i_decide(self, answer: str = "Yes") -> None:
        """Say yes or no."""
        self.when_i_choose(answer)
        self.when_i_go_on()

    def when_i_sign(self) -> None:
        """The password; the name is the account's."""
        self.page.get_by_label("Your password").fill(PASSWORD)
        self.when_i_press("Sign and ask")


def test_sees_at_a_glance_who_is_next(page: Page, look: Inspection, cast: Cast) -> None:
    authorize_course(cast)
    amara = Prescriber(page, look)
    amara.given_i_am_signed_in_as("amara")
    amara.then_i_read("Course 1 authorized", "First infusion by", "Authorize course 1")
    amara.then_it_is_sound("prescriber patients")
    page.get_by_label("Name or patient number").fill("noor")
    amara.when_i_press("Search")
    expect(page.get_by_text("Mara Lindqvist")).to_have_count(0)
    assert "noor" not in page.url
    amara.when_i_press("Clear the search")
    page.get_by_role("link", name="Authorized", exact=True).click()
    expect(page.get_by_text("Noor Haddad")).to_have_count(0)
    amara.when_i_follow("Mara Lindqvist")
    amara.then_it_is_sound("prescriber patient")


def test_every_page_of_authorizing_is_sound(page: Page, look: Inspection, cast: Cast) -> None:
    amara = Prescriber(page, look)
    amara.given_i_look_at("Noor Haddad")
    amara.when_i_follow("Authorize a course")
    amara.then_it_is_sound("authorize 1 course")
    amara.when_i_go_on()
    amara.then_it_is_sound("authorize 2 day")
    amara.when_i_go_on()
    amara.then_the_summary_has_the_focus()
    amara.then_it_is_sound("authorize 2 day with a mistake")
    page.get_by_label("Planned day").fill(cast.today.isoformat())
    amara.when_i_go_on()
    amara.then_it_is_sound("authorize 3 facility")
    amara.when_i_choose("Riverside")
    amara.when_i_go_on()
    amara.when_i_enter_the_tests(cast.today - timedelta(days=20))
    amara.then_it_is_sound("authorize 4 tests")
    amara.when_i_go_on()
    amara.then_it_is_sound("authorize 5 decision")
    amara.when_i_decide()
    amara.then_it_is_sound("authorize 6 check")
    amara.when_i_follow("Continue to sign")
    amara.then_it_is_sound("authorize 7 sign")
    amara.when_i_press("Sign and ask")
    amara.then_the_summary_has_the_focus()
    amara.then_it_is_sound("authorize 7 sign with mistakes")


def test_authorizes_a_course_after_putting_a_test_right(
    page: Page, look: Inspection, cast: Cast
) -> None:
    amara = Prescriber(page, look)
    amara.given_i_look_at("Noor Haddad")
    amara.when_i_follow("Authorize a course")
    amara.when_i_answer_up_to_the_tests(cast.today)
    amara.when_i_enter_the_tests(cast.today - timedelta(days=20))
    page.get_by_label(TESTS[0]).fill((cast.today - timedelta(days=31)).isoformat())
    amara.when_i_go_on()
    amara.when_i_decide()
    amara.then_i_read("31 days before")
    amara.when_i_follow("Continue to sign")
    amara.when_i_sign()
    amara.then_the_answer_is("Not authorized")
    amara.then_i_read("31 days before", "What to do next")
    amara.then_it_is_sound("authorize 8 refused")
    amara.then_it_ends_on_the_first_screen("What to do next")
    amara.when_i_follow("Go back to your answers")
    amara.when_i_follow(TESTS[0])
    expect(page.get_by_label(TESTS[1])).to_have_value((cast.today - timedelta(days=20)).isoformat())
    page.get_by_label(TESTS[0]).fill((cast.today - timedelta(days=2)).isoformat())
    amara.when_i_go_on()
    amara.when_i_follow("Continue to sign")
    amara.when_i_sign()
    amara.then_the_answer_is("Authorized")
    amara.then_it_is_sound("authorize 9 authorized")
    assert printed_pages(page) <= 2


def test_answers_changed_in_another_window_are_not_signed(
    page: Page, look: Inspection, cast: Cast
) -> None:
    make_ready(cast.noor, cast.at)
    amara = Prescriber(page, look)
    amara.given_i_look_at("Noor Haddad")
    amara.when_i_follow("Authorize a course")
    amara.when_i_answer_up_to_the_tests(cast.today)
    amara.when_i_go_on()
    amara.when_i_decide()
    amara.when_i_follow("Continue to sign")
    other = Prescriber(page.context.new_page(), look)
    other.page.goto(page.url.replace("/sign/", "/course/"))
    other.page.get_by_label("Course number").fill("2")
    other.when_i_go_on()
    amara.when_i_sign()
    amara.then_the_answer_is("Nothing was signed")
    amara.then_it_is_sound("authorize changed meanwhile")
    assert not Decision.objects.exists()


def test_authorizes_a_course_without_scripts(
    browser: Browser, live_server: object, cast: Cast
) -> None:
    options = {"base_url": str(live_server), "java_script_enabled": False}
    with context_of(browser, **options) as context:
        page = context.new_page()
        amara = Prescriber(page, Inspection(page))
        amara.given_i_look_at("Noor Haddad")
        amara.when_i_follow("Authorize a course")
        amara.when_i_answer_up_to_the_tests(cast.today)
        amara.when_i_enter_the_tests(cast.today - timedelta(days=31))
        amara.when_i_go_on()
        amara.when_i_decide()
        amara.when_i_follow("Continue to sign")
        amara.when_i_sign()
        amara.then_the_answer_is("Not authorized")
        amara.when_i_follow("Go back to your answers")
        amara.when_i_follow(TESTS[0])
        amara.when_i_enter_the_tests(cast.today - timedelta(days=30))
        amara.when_i_go_on()
        amara.when_i_follow("Continue to sign")
        amara.when_i_sign()
        amara.then_the_answer_is("Authorized")
    assert Authorization.objects.filter(patient=cast.noor).count() == 1
    assert SignedForm.objects.filter(subject_id=cast.noor.pk).count() == 2


def test_authorizes_a_course_by_keyboard(page: Page, look: Inspection, cast: Cast) -> None:
    make_ready(cast.noor, cast.at)
    amara = Prescriber(page, look)
    amara.given_i_look_at("Noor Haddad")
    amara.when_i_tab_to("Authorize a course")
    amara.when_i_enter("Which course is this?")
    amara.when_i_tab_to("Continue")
    amara.when_i_enter("When is the first infusion planned?")
    amara.when_i_tab_to("Planned day")
    page.keyboard.type(f"{cast.today:%m%d%Y}")
    amara.when_i_enter("Where will treatment be given?")
    amara.when_i_tab_to("Hillview")
    page.keyboard.press("ArrowDown")
    amara.when_i_enter("When were the tests collected?")
    amara.when_i_tab_to("Continue")
    amara.when_i_enter("Your decision")
    amara.when_i_tab_to("Yes")
    page.keyboard.press("Space")
    amara.when_i_enter("Check your answers")
    amara.when_i_tab_to("Continue to sign")
    amara.when_i_enter("Sign and ask")
    amara.when_i_tab_to("Your password")
    page.keyboard.type(PASSWORD)
    amara.when_i_enter("Authorized")


def test_a_double_click_on_signing_makes_one_decision(
    page: Page, look: Inspection, cast: Cast
) -> None:
    make_ready(cast.noor, cast.at)
    amara = Prescriber(page, look)
    amara.given_i_look_at("Noor Haddad")
    amara.when_i_follow("Authorize a course")
    amara.when_i_answer_up_to_the_tests(cast.today)
    amara.when_i_go_on()
    amara.when_i_decide()
    amara.when_i_follow("Continue to sign")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign and ask").dblclick()
    amara.then_the_answer_is("Authorized")
    assert Decision.objects.filter(patient=cast.noor).count() == 1


def test_holds_treatment_back_and_lets_it_go_on(page: Page, look: Inspection, cast: Cast) -> None:
    amara = Prescriber(page, look)
    amara.given_i_look_at("Mara Lindqvist")
    amara.when_i_follow("Put treatment on hold")
    amara.when_i_press("Put treatment on hold")
    amara.then_it_is_sound("prescriber hold with mistakes")
    amara.when_i_choose("Infection")
    page.get_by_label("Reason").fill("Fever since Monday.")
    amara.when_i_press("Put treatment on hold")
    amara.then_i_read("Treatment is on hold.", "Fever since Monday.")
    amara.then_it_is_sound("prescriber patient on hold")
    amara.when_i_follow("Authorize a course")
    amara.when_i_answer_up_to_the_tests(cast.today)
    amara.when_i_go_on()
    amara.then_i_read("Before you decide", "Fever since Monday.")
    amara.then_it_is_sound("authorize before you decide")
    amara.when_i_follow("Leave")
    amara.when_i_follow("End this hold")
    amara.then_it_is_sound("prescriber end hold")
    page.get_by_label("Reason").fill("Recovered.")
    amara.when_i_press("End the hold")
    amara.then_i_read("The hold is ended.", "Ended because: Recovered.")


def test_asks_whether_to_prescribe_and_takes_back(page: Page, look: Inspection, cast: Cast) -> None:
    number = authorize_course(cast).decision.number
    amara = Prescriber(page, look)
    amara.given_i_look_at("Mara Lindqvist")
    amara.when_i_follow("Prescribe")
    amara.then_it_is_sound("prescriber ask")
    amara.when_i_press("Check now")
    amara.then_the_answer_is("Authorized")
    amara.when_i_follow("Open the patient")
    amara.when_i_follow(number)
    amara.when_i_follow("Take back")
    amara.then_it_is_sound("prescriber take back")
    page.get_by_label("Reason").fill("Planned later.")
    amara.when_i_press("Take it back")
    amara.then_the_answer_is("Taken back")


def test_the_pages_speak_spanish(page: Page, look: Inspection, cast: Cast) -> None:
    amara = Prescriber(page, look)
    amara.given_i_am_signed_in_as("amara")
    amara.when_i_press("Español")
    amara.then_the_answer_is("Sus pacientes")
    amara.then_it_is_sound("prescriber patients in Spanish")
    amara.when_i_follow("Noor Haddad")
    amara.then_i_read("Cómo va el tratamiento", "Autorizar el ciclo 1")
    amara.then_it_is_sound("prescriber patient in Spanish")
