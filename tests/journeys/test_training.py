"""A new prescriber trains: reads three modules, fails once, reads why, and passes."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.education import facts
from etasu.safe_use.training import Assessment, Item, TrainingModule, training_tasks
from tests.journeys.browser import Inspection, context_of
from tests.journeys.people import Person
from tests.journeys.sitting import WORDS_OF_THE_PAGE
from tests.portals.world import PASSWORD, PROGRAM, Cast, version

# The pace of somebody who reads: words a minute, and seconds for one press or click.
WORDS_A_MINUTE, SECONDS_A_CLICK = 200, 1.5
HOME = f"/training/{PROGRAM}/prescriber/"


def newcomer(name: str = "nia") -> User:
    """Somebody with an account and no role yet."""
    return User.objects.create_user(
        f"{name}@example.org", PASSWORD, full_name=f"{name.title()} Example", time_zone="UTC"
    )


class Trainee(Person):
    """Somebody who trains, and counts every click."""

    clicks = 0

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.clicks += 1

    def follow(self, name: str) -> None:
        """Follow a link on the page itself."""
        self.page.get_by_role("main").get_by_role("link", name=name).first.click()
        self.clicks += 1

    def read_the_module(self, module: TrainingModule, look: str = "") -> None:
        """From its first page to the confirmation."""
        self.follow(module.name)
        for number, page in enumerate(module.pages, 1):
            expect(self.page.get_by_role("heading", level=1)).to_have_text(page.title)
            if look and number in (1, 4, len(module.pages)):
                self.then_it_is_sound(f"{look} {number}")
            self.press("Continue" if number < len(module.pages) else "I confirm")
        self.then_i_read("Your confirmation is on record.")

    def answer(self, user: User, wrong: int = 0) -> None:
        """Answer every question, the first so many wrongly."""
        (bank,) = the_version().assessments.values()
        attempt = facts.attempts_of(user, PROGRAM, bank.code).first()
        assert attempt is not None
        for place, asked in enumerate(facts.asked_in(attempt)):
            expect(self.page.get_by_role("heading", level=1)).to_have_text(asked.question)
            choice = (asked.right + 1) % 4 if place < wrong else asked.right
            self.press(asked.choices[choice])


def the_version():  # type: ignore[no-untyped-def]
    """The program in force."""
    loaded = library.current().programs[PROGRAM]
    return loaded.versions[-1]


def the_work() -> tuple[list[TrainingModule], Assessment]:
    """What a prescriber reads and answers."""
    found = the_version()
    tasks = training_tasks(found, found.parties["prescriber"])
    modules = [each.work for each in tasks if isinstance(each.work, TrainingModule)]
    (assessment,) = (each.work for each in tasks if isinstance(each.work, Assessment))
    return modules, assessment


def test_reads_fails_once_sees_why_and_passes(page: Page, look: Inspection, cast: Cast) -> None:
    user = newcomer()
    modules, assessment = the_work()
    nia = Trainee(page, look)
    nia.given_i_am_signed_in_as("nia")
    look_around(nia)
    for module in modules:
        nia.read_the_module(module, look="training module" if module == modules[-1] else "")
    nia.then_i_read("3 of 4 complete")
    nia.follow(assessment.name)
    before = nia.clicks
    fail_once(nia, user)
    one_try = nia.clicks - before
    nia.press("Try again")
    nia.answer(user)
    nia.press("Hand in your answers")
    nia.then_the_answer_is("Passed")
    nia.then_i_read("Your training is complete.", "Sign the Prescriber Enrollment Form")
    nia.then_it_is_sound("training passed")
    page.goto(HOME)
    nia.then_i_read("4 of 4 complete")
    nia.then_it_is_sound("training complete")
    assert one_try == 10  # begin, one press for each of 8 answers, hand in
    pages = sum(len(module.pages) for module in modules)
    assert nia.clicks == pages + len(modules) + 1 + 2 * one_try
    known = facts.completed(user, PROGRAM, version(PROGRAM, cast.today))
    assert known.keys() >= {"reviewed-education-program", "passed-knowledge-assessment"}


def look_around(nia: Trainee) -> None:
    """Find the training for prescribers."""
    nia.page.goto("/training/all/")
    nia.then_it_is_sound("training all")
    nia.page.goto(HOME)
    nia.then_i_read("Left to read: about 7 minutes", "8 questions", "0 of 4 complete")
    nia.then_it_is_sound("training tasks")


def fail_once(nia: Trainee, user: User) -> None:
    """Two wrong answers, and everything explained."""
    nia.then_it_is_sound("training assessment")
    nia.press("Begin")
    nia.then_it_is_sound("training question")
    nia.answer(user, wrong=2)
    nia.then_the_answer_is("Check your answers")
    nia.then_it_is_sound("training check")
    nia.press("Hand in your answers")
    nia.then_the_answer_is("Not passed yet")
    nia.then_i_read("6 of 8 answers are right. 8 pass.", "You chose:", "Look at these again")
    nia.then_it_is_sound("training not passed")


def test_a_try_takes_less_than_four_minutes_at_a_reader_s_pace(
    page: Page, look: Inspection, cast: Cast
) -> None:
    """However the questions are drawn: the longest of every topic are counted."""
    user = newcomer()
    _modules, assessment = the_work()
    nia = Trainee(page, look)
    nia.given_i_am_signed_in_as("nia")
    page.goto(f"{HOME}assessments/{assessment.code}/")
    nia.press("Begin")
    nia.answer(user)
    words = len(_what_an_eye_reads(page).split())
    nia.press("Hand in your answers")
    nia.then_the_answer_is("Passed")
    words += sum(max(map(_words_of, topic.items)) for topic in assessment.topics)
    seconds = 60 * words / WORDS_A_MINUTE + SECONDS_A_CLICK * nia.clicks
    assert seconds < 240, f"{seconds:.0f} s for {words} words and {nia.clicks} clicks"


def _what_an_eye_reads(page: Page) -> str:
    """The page without the words that are there for screen readers alone."""
    said: str = page.locator("main").evaluate(WORDS_OF_THE_PAGE, ".usa-sr-only")
    return said


def _words_of(item: Item) -> int:
    return len(" ".join((item.question, *(choice.text for choice in item.choices))).split())


def test_goes_on_after_the_session_ended(page: Page, look: Inspection, cast: Cast) -> None:
    user = newcomer()
    _modules, assessment = the_work()
    nia = Trainee(page, look)
    nia.given_i_am_signed_in_as("nia")
    page.goto(f"{HOME}assessments/{assessment.code}/")
    nia.press("Begin")
    attempt = facts.attempts_of(user, PROGRAM, assessment.code).get()
    first, second = facts.asked_in(attempt)[:2]
    nia.press(first.choices[first.right])
    expect(page.get_by_role("heading", level=1)).to_have_text(second.question)
    page.context.clear_cookies()
    nia.given_i_am_signed_in_as("nia")
    page.goto(HOME)
    nia.then_i_read("1 of 8 questions answered")
    nia.follow(assessment.name)
    nia.press("Go on where you were")
    expect(page.get_by_role("heading", level=1)).to_have_text(second.question)


def test_everything_can_be_done_by_keyboard(page: Page, look: Inspection, cast: Cast) -> None:
    user = newcomer()
    _modules, assessment = the_work()
    nia = Trainee(page, look)
    nia.given_i_am_signed_in_as("nia")
    page.goto(f"{HOME}assessments/{assessment.code}/")
    nia.when_i_tab_to("Begin")
    nia.when_i_press_enter("**/questions/1/")
    attempt = facts.attempts_of(user, PROGRAM, assessment.code).get()
    for number, asked in enumerate(facts.asked_in(attempt), 1):
        nia.when_i_tab_to(asked.choices[asked.right])
        nia.when_i_press_enter("**/check/" if number == 8 else f"**/questions/{number + 1}/")
    nia.when_i_tab_to("Hand in your answers")
    nia.when_i_press_enter("**/result/")
    nia.then_the_answer_is("Passed")


def test_everything_can_be_done_without_scripts_on_a_narrow_screen_in_spanish(
    browser: Browser, live_server: object, cast: Cast
) -> None:
    user = newcomer()
    modules, assessment = the_work()
    options = {"base_url": str(live_server), "java_script_enabled": False}
    with context_of(browser, **options) as context:
        context.add_cookies([{"name": "django_language", "value": "es", "url": str(live_server)}])
        page = context.new_page()
        page.set_viewport_size({"width": 320, "height": 640})
        nia = Trainee(page, Inspection(page))
        page.goto("/sign-in/")
        page.locator("input[type=email]").fill("nia@example.org")
        page.locator("input[type=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").first.click()
        page.goto(HOME)
        read_in_spanish(nia, modules[0])
        page.goto(f"{HOME}assessments/{assessment.code}/")
        page.locator("main form button[type=submit]").click()
        answer_in_spanish(nia, user, assessment)
        expect(page).to_have_url(re.compile("/result/$"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Aprobado")


def read_in_spanish(nia: Trainee, module: TrainingModule) -> None:
    """Every page, and the confirmation."""
    page, spanish = nia.page, module.in_language("es")
    nia.follow(spanish.name)
    for shown in spanish.pages:
        expect(page.locator("html")).to_have_attribute("lang", "es")
        expect(page.locator(".usa-prose")).to_have_attribute("lang", "es")
        expect(page.get_by_role("heading", level=1)).to_have_text(shown.title)
        page.locator("main form button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("Completo")


def answer_in_spanish(nia: Trainee, user: User, assessment: Assessment) -> None:
    """Every question rightly; one is gone back to, and its answer is there."""
    attempt = facts.attempts_of(user, PROGRAM, assessment.code).get()
    for place, asked in enumerate(facts.asked_in(attempt)):
        assert asked.language == "es"
        if place == 4:
            nia.page.go_back()
            nia.page.reload()
            expect(nia.page.locator("main")).to_contain_text("Su respuesta")
            nia.page.go_forward()
        nia.press(asked.choices[asked.right])
    nia.page.locator("main form button[type=submit]").click()
