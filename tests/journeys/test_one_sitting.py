"""A prescriber, from the public page to certified, in one sitting: nobody called, nothing twice.

How long somebody takes is worked out, not stopped, and printed: by the keystroke-level model of
Card, Moran and Newell (1980), and by reading what is to be learned, answered or agreed to at 238
words a minute, the pace Brysbaert (2019) found for silent reading of English.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from etasu.registry.accounts.models import User
from etasu.registry.education import facts
from etasu.registry.participants.models import Participant
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import Inspection
from tests.journeys.newcomers import Newcomer
from tests.journeys.test_account import a_device
from tests.journeys.test_training import the_work
from tests.portals.account_people import GOOD
from tests.portals.world import PROGRAM, Cast

NIA = "nia@example.org"
# Seconds: a key of an average typist, pointing with a mouse, a press, from mouse to keyboard, a
# thought before each step; fetching a message; looking a number up.
KEY, POINT, PRESS, HOME, THINK = 0.28, 1.1, 0.2, 0.4, 1.35
FETCHING_A_MESSAGE = 30
WORDS_A_MINUTE = 238
# What is read word by word; of every other page a practiced reader takes in what to do.
STUDIED = ("/modules/", "/questions/", "/agreement/")
WORDS_OF_THE_PAGE = """(content) => {
    const main = content.cloneNode(true);
    for (const each of main.querySelectorAll("select, .signed-text, [hidden]")) each.remove();
    const shown = document.body.appendChild(main);
    const said = shown.innerText;
    shown.remove();
    return said;
}"""


class Sitting(Newcomer):
    """A newcomer whose every click, key and word is counted."""

    keys = clicks = fields = words = 0
    seen: set[str]

    def read(self) -> None:
        """Read the page, but no line twice."""
        self.seen = getattr(self, "seen", set())
        said: str = self.page.locator("main").evaluate(WORDS_OF_THE_PAGE)
        lines = {line.strip() for line in said.splitlines()} - self.seen
        self.seen |= lines
        if any(part in self.page.url for part in STUDIED):
            self.words += sum(len(line.split()) for line in lines)

    def type(self, label: str, text: str) -> None:
        """Fill a field in."""
        super().type(label, text)
        self.fields += 1
        self.keys += len(text)

    def when_i_press(self, name: str) -> None:
        """Read, then press."""
        self.read()
        self.clicks += 1
        button = self.page.get_by_role("button", name=name, exact=True).first
        with self.page.expect_navigation():
            button.click()

    def when_i_follow(self, name: str) -> None:
        """Read, then follow a link."""
        self.read()
        self.clicks += 1
        link = self.page.get_by_role("main").get_by_role("link", name=name).first
        with self.page.expect_navigation():
            link.click()

    def then_it_is_sound(self, name: str) -> None:
        """Only new pages are looked over; the others have walks of their own."""
        if name.startswith("sitting"):
            super().then_it_is_sound(name)

    @property
    def seconds(self) -> float:
        """What the model says all of it takes."""
        a_click = THINK + POINT + PRESS
        hands = self.keys * KEY + self.clicks * a_click + self.fields * (a_click + HOME)
        return hands + 60 * self.words / WORDS_A_MINUTE + FETCHING_A_MESSAGE


def test_a_prescriber_is_certified_in_one_sitting(
    page: Page, look: Inspection, cast: Cast, mail: MailServer, settings: Any
) -> None:
    settings.ETASU_SECOND_STEP = "required"
    nia = Sitting(page, look)
    a_device(page)
    when_i_register(nia, mail)
    when_i_say_who_i_am(nia)
    when_i_train(nia)
    nia.when_i_follow("Sign the")
    before = nia.typed
    nia.when_i_fill_the_form_in()
    typed_on_the_form = nia.typed - before
    nia.keys += 12 * typed_on_the_form
    nia.fields += typed_on_the_form
    nia.when_i_follow("Continue to sign")
    nia.type("Your password", GOOD)
    nia.when_i_press("Sign")
    nia.then_the_answer_is("The form is signed")
    page.goto("/enrollment/")
    nia.then_i_read("You are certified.")
    nia.then_it_is_sound("sitting certified")
    assert Participant.objects.get(npi="1245319599").certified_from is not None
    print(f"{nia.seconds:.0f} s: {nia.words} words, {nia.clicks} clicks, {nia.fields} fields")
    assert (nia.clicks, nia.fields) <= (50, 11)


def when_i_register(nia: Sitting, mail: MailServer) -> None:
    """From the public page to an account with a passkey."""
    page = nia.page
    page.goto(f"/programs/{PROGRAM}/enroll/prescriber/")
    nia.when_i_follow("Begin enrollment")
    nia.type("E-mail address", NIA)
    nia.type("Password", GOOD)
    nia.when_i_press("Register")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look at your e-mail")
    page.goto(link_in(mail.newest_to(NIA, "Confirm")))
    nia.when_i_press("Confirm")
    nia.type("Your full name", "Dr. Nia Okafor")
    nia.when_i_press("Continue")


def when_i_say_who_i_am(nia: Sitting) -> None:
    """The page asked once; a role at work then asks for one step more."""
    nia.read()
    nia.when_i_say_who_takes_part("prescriber")
    page = nia.page
    if page.get_by_role("heading", level=1).inner_text() == "One step more":
        nia.then_it_is_sound("sitting one step more")
        nia.when_i_follow("passkey")
        nia.type("Name for this passkey", "My laptop")
        nia.when_i_press("Make the passkey")
        nia.when_i_press("Make ten codes")
        nia.when_i_follow("I have kept them")
    page.goto("/enrollment/")
    nia.then_it_is_sound("sitting what is left")


def when_i_train(nia: Sitting) -> None:
    """Every module read, every question answered."""
    modules, assessment = the_work()
    for module in modules:
        nia.page.goto(f"/training/{PROGRAM}/prescriber/")
        nia.when_i_follow(module.name)
        for number in range(1, len(module.pages) + 1):
            nia.when_i_press("Continue" if number < len(module.pages) else "I confirm")
    nia.page.goto(f"/training/{PROGRAM}/prescriber/")
    nia.when_i_follow(assessment.name)
    nia.when_i_press("Begin")
    user = User.objects.get(email=NIA)
    attempt = facts.attempts_of(user, PROGRAM, assessment.code).get()
    for asked in facts.asked_in(attempt):
        expect(nia.page.get_by_role("heading", level=1)).to_have_text(asked.question)
        nia.when_i_press(asked.choices[asked.right])
    nia.when_i_press("Hand in your answers")
    nia.then_the_answer_is("Passed")
    nia.page.goto("/enrollment/")
