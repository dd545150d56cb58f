"""A delegate: comes in by mail, prepares for two prescribers, and signs for neither."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from etasu.registry.accounts import access
from etasu.registry.submissions.models import Draft, SignedForm
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import Inspection
from tests.journeys.test_organization import Representative, somebody_else
from tests.portals.world import PASSWORD, PROGRAM, Cast, add_person


class Delegate(Representative):
    """Somebody who prepares a prescriber's work."""

    def when_i_work_for(self, name: str) -> None:
        """Switch to another prescriber."""
        self.when_i_press(f"Work for {name}")
        self.then_i_read(f"You are working for {name}.")

    def when_i_prepare_the_status_form(self, patient: str) -> Draft:
        """The form about a patient, every page answered."""
        self.when_i_follow(patient)
        self.when_i_follow("Patient Status")
        self.when_i_press("Begin")
        while self.page.locator("form.form").count():
            self.when_i_answer_the_page()
        self.then_i_read("This form is ready.")
        return Draft.objects.latest("pk")


def test_a_delegate_prepares_for_two_and_the_prescriber_signs(
    browser: Browser, page: Page, look: Inspection, cast: Cast, mail: MailServer
) -> None:
    amara = Representative(page, look)
    amara.given_i_am_signed_in_as("amara")
    amara.when_i_follow("My delegates")
    amara.then_it_is_sound("delegates none")
    amara.when_i_follow("Invite a delegate")
    amara.when_i_press("Send the invitation")
    amara.then_the_summary_has_the_focus()
    amara.then_it_is_sound("delegate invite mistakes")
    amara.type("Their full name", "Finn Hart")
    amara.type("Their e-mail address", "finn@example.org")
    amara.when_i_press("Send the invitation")
    amara.then_i_read("The invitation is sent.", "Finn Hart")
    amara.then_it_is_sound("delegates invited")
    with somebody_else(browser, page) as other:
        finn = Delegate(other.page, other.look)
        finn.when_i_accept(link_in(mail.newest_to("finn@example.org")), "finn")
        draft = _finn_prepares(finn, cast)
    page.goto("/forms/")
    amara.when_i_follow("Patient Status")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign", exact=True).click()
    amara.then_the_answer_is("The form is signed")
    assert SignedForm.objects.get(draft=draft).signer_name == "Amara Example"
    page.goto("/prescriber/delegates/")
    amara.then_it_is_sound("delegates")
    amara.when_i_follow("End")
    amara.then_it_is_sound("delegate end")
    amara.when_i_press("End it now")
    amara.then_i_read("They no longer see your patients.", "Former delegates")


def _finn_prepares(finn: Delegate, cast: Cast) -> Draft:
    """For Dr. Amara, and then for Dr. Beck; nothing signs. The form for Dr. Amara."""
    finn.then_i_read("You are working for Dr. Amara.", "Mara Lindqvist")
    finn.then_it_is_sound("delegate home")
    first = finn.when_i_prepare_the_status_form("Mara Lindqvist")
    finn.then_it_is_sound("delegate form prepared")
    assert finn.page.get_by_role("link", name="Continue to sign").count() == 0
    finn.page.goto(f"/forms/{first.number}/sign/")
    finn.then_the_answer_is("Page not found")
    add_person(PROGRAM, "finn", access.DELEGATE, cast.beck, cast.at)
    finn.page.goto("/delegate/")
    finn.then_i_read("Otto Brandt", "Ready for the signature of: Prescriber")
    finn.then_it_is_sound("delegate home of two")
    finn.when_i_follow("Otto Brandt")
    finn.then_i_read("for whom you are not working now")
    finn.then_it_is_sound("delegate patient of another")
    finn.when_i_work_for("Dr. Beck")
    second = finn.when_i_prepare_the_status_form("Otto Brandt")
    assert (first.owner_id, second.owner_id) == (cast.amara.pk, cast.beck.pk)
    finn.when_i_follow("Patients")
    finn.when_i_follow("For whom I work")
    finn.then_it_is_sound("delegate prescribers")
    finn.page.locator(".hold", has_text="Dr. Beck").get_by_role("link").click()
    finn.then_it_is_sound("delegate leave")
    finn.when_i_press("End it now")
    finn.then_i_read("You no longer see their patients.", "Mara Lindqvist")
    assert finn.page.get_by_text("Otto Brandt").count() == 0
    return first
