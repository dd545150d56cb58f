"""A patient enrolled by a mailed link: what it takes the office, and what it takes the patient."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from etasu.programs import library
from etasu.registry.patients.models import Patient
from etasu.safe_use.forms import stated_by
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import Inspection, context_of
from tests.journeys.sitting import Sitting
from tests.portals.world import PASSWORD, PROGRAM, Cast

LENA = "lena@example.org"
# The office and the patient together, from the empty form to the enrollment.
LONGEST = 7 * 60


@pytest.fixture
def phone(browser: Browser, live_server: object) -> Iterator[Page]:
    """A device of the patient's own."""
    with context_of(browser, base_url=str(live_server), has_touch=True) as context:
        yield context.new_page()


class Office(Sitting):
    """A prescriber who enrolls patients every month, and knows what the form says."""

    def when_i_answer_the_page(self) -> None:
        """What is known; what the patient allows is left to the patient."""
        theirs = "The patient answers these by the link"
        if self.page.url.endswith("/page/patient/"):
            self.type("Email", LENA)
        if self.page.get_by_role("link", name=theirs).count():
            self.when_i_follow(theirs)
        elif self.page.url.endswith("/page/agreement/"):
            # The patient's own statements.
            self.when_i_press("Save and continue")
        else:
            super().when_i_answer_the_page()

    def when_i_send_the_link(self) -> None:
        """To the address on the form."""
        self.when_i_follow("Enroll a patient")
        self.when_i_fill_the_form_in()
        self.then_the_answer_is("Check your answers")
        self.when_i_press("Send a link")
        self.then_i_read("The link is sent.")

    def when_i_sign(self) -> None:
        """Told above the page that it is my turn."""
        self.page.goto("/prescriber/")
        self.page.get_by_role("link", name=re.compile(r"Messages \(")).click()
        self.clicks += 1
        self.when_i_follow("A patient has signed")
        self.when_i_follow("Look at it")
        self.when_i_follow("Continue to sign")
        self.type("Your password", PASSWORD)
        self.when_i_press("Sign")
        self.then_the_answer_is("The form is signed")


class Lena(Sitting):
    """The patient, who reads every page word by word, and the whole form before signing it."""

    studied = ("/p/",)
    unread = "select, [hidden]"

    def when_i_show_who_i_am(self) -> None:
        """By the birth date, in three parts."""
        self.page.get_by_label("Month").select_option("6")
        self.ticks += 1
        self.type("Day", "2")
        self.type("Year", "1985")
        self.when_i_press("Continue")

    def when_i_say_what_i_allow(self) -> None:
        """What is needed, and one thing of the rest."""
        self.when_i_follow("Begin")
        for said in ("Yes, I allow this", "Yes, I allow this", "No", "No", "No"):
            self.tick(said)
            self.when_i_press("Save and continue")
        form = library.current().programs[PROGRAM].versions[-1].forms["patient-enrollment"]
        for each in stated_by(form, "patient"):
            self.tick(each.label)
        self.when_i_press("Save and continue")

    def when_i_read_and_sign(self) -> None:
        """Every line of it that is new."""
        self.when_i_follow("I have read it")
        self.tick("I am the patient")
        self.type("Your full name", "Lena Fischer")
        self.when_i_press("Sign")
        self.then_the_answer_is("Thank you. You have signed.")


def test_a_patient_is_enrolled_in_one_sitting(
    page: Page, look: Inspection, phone: Page, cast: Cast, mail: MailServer
) -> None:
    before = Patient.objects.count()
    office, lena = Office(page, look), Lena(phone, Inspection(phone))
    office.given_i_am_signed_in_as("amara")
    office.when_i_send_the_link()
    lena.when_i_open(link_in(mail.newest_to(LENA)))
    lena.when_i_show_who_i_am()
    lena.when_i_say_what_i_allow()
    lena.when_i_read_and_sign()
    office.when_i_sign()
    assert Patient.objects.count() == before + 1
    both = office.seconds + lena.seconds
    print(f"A patient is enrolled in {both:.0f} s: the office {office}; the patient {lena}")
    assert both < LONGEST
