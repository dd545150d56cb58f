"""A prescriber, from the public page to certified, in one sitting: nobody called, nothing twice."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from etasu.registry.accounts.models import User
from etasu.registry.education import facts
from etasu.registry.participants.models import Participant
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import Inspection
from tests.journeys.sitting import Sitting
from tests.journeys.test_account import a_device
from tests.journeys.test_training import the_work
from tests.portals.account_people import GOOD
from tests.portals.world import PROGRAM, Cast

NIA = "nia@example.org"
# Registering to a signature, with 8 questions in between.
LONGEST = 12 * 60


class Nia(Sitting):
    """A prescriber, who studies what is to be learned, answered and agreed to."""

    studied = ("/modules/", "/questions/", "/agreement/")


def test_a_prescriber_is_certified_in_one_sitting(
    page: Page, look: Inspection, cast: Cast, mail: MailServer, settings: Any
) -> None:
    settings.ETASU_SECOND_STEP = "required"
    nia = Nia(page, look)
    a_device(page)
    when_i_register(nia, mail)
    when_i_say_who_i_am(nia)
    when_i_train(nia)
    nia.when_i_follow("Sign the")
    nia.when_i_fill_the_form_in()
    nia.when_i_follow("Continue to sign")
    nia.type("Your password", GOOD)
    nia.when_i_press("Sign")
    nia.then_the_answer_is("The form is signed")
    page.goto("/enrollment/")
    nia.then_i_read("You are certified.")
    nia.then_it_is_sound("sitting certified")
    assert Participant.objects.get(npi="1245319599").certified_from is not None
    print(f"A prescriber is certified in {nia}")
    assert nia.seconds < LONGEST
    assert nia.clicks <= 43 and nia.fields <= 11


def when_i_register(nia: Sitting, mail: MailServer) -> None:
    """From the public page to an account with a passkey."""
    page = nia.page
    page.goto(f"/programs/{PROGRAM}/enroll/prescriber/")
    nia.when_i_follow("Begin enrollment")
    nia.type("E-mail address", NIA)
    nia.type("Password", GOOD)
    nia.when_i_press("Register")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look at your e-mail")
    nia.when_i_open(link_in(mail.newest_to(NIA, "Confirm")))
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
