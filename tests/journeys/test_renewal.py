"""Renewing when nothing changed: the clicks and fields are counted, and none is in vain."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.notices.models import Notice
from etasu.registry.participants.certificates import certificate_of
from etasu.registry.participants.models import Participant
from etasu.registry.participants.reminders import participants_to_remind, remind
from tests.journeys.browser import Inspection
from tests.journeys.people import Person
from tests.journeys.sitting import Sitting
from tests.portals.renewals import Site, site_that_ends
from tests.portals.world import PASSWORD, PROGRAM, Cast, version

UNKNOWN = "7QK2M-X0B4T-N"
# From the message to the signature, when nothing changed.
LONGEST = 3 * 60


class Renewing(Sitting):
    """Somebody who renews, and reads every word of it, the form included."""

    studied = ("/messages/", "/standing/", "/forms/")
    unread = "select, [hidden]"

    def then_it_is_sound(self, name: str) -> None:
        """Every page is looked over here."""
        self.look.look(name)

    def when_the_message_leads_me_there(self) -> None:
        """From the bar above the page to the message, and on to the standing."""
        self.page.get_by_role("link", name=re.compile(r"Messages \(2")).click()
        self.clicks += 1
        self.then_it_is_sound("messages")
        self.when_i_follow("The certification of Lakeside ends on")
        self.then_it_is_sound("message certification ends")
        self.when_i_follow("Look at it")
        self.then_i_read("Renew it before then, and there is no gap.")
        self.then_it_is_sound("standing renewal due")

    def when_i_say_that_nothing_changed(self) -> None:
        """The page that shows what is on record; going on without the tick is refused."""
        self.when_i_follow("Renew now")
        self.then_i_read("1 Pebble Lane", "What you state")
        self.then_it_is_sound("renew on record")
        self.read()
        Person.when_i_press(self, "Nothing changed")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("renew not ticked")
        self.tick(str(self.page.locator("label", has_text="Nothing has changed").inner_text()))
        Person.when_i_press(self, "Nothing changed")
        self.clicks += 1

    def when_i_sign(self) -> None:
        """One field, as the name is there already."""
        self.then_it_is_sound("renew sign")
        self.type("Your password", PASSWORD)
        self.when_i_press("Sign")
        self.then_the_answer_is("The form is signed")


class Renewed(Person):
    """Somebody whose certification goes on, and whoever wants to know."""

    def then_my_paper_is_there(self, number: str) -> None:
        """The certificate can be downloaded."""
        self.page.goto("/")
        self.when_i_follow("My standing")
        expect(self.page.get_by_role("link", name="Renew now")).to_have_count(0)
        self.then_it_is_sound("standing renewed")
        with self.page.expect_download() as begun:
            self.when_i_follow("Download the certificate")
        assert begun.value.suggested_filename == f"certificate-{number}.pdf"

    def then_anybody_can_verify(self, number: str) -> None:
        """A stranger types the code, in whatever way; and one that is none."""
        self.page.context.clear_cookies()
        self.page.goto("/")
        self.when_i_follow("Verify a certificate")
        self.then_it_is_sound("verify")
        for typed, word in ((number.lower().replace("-", " "), "Valid"), (UNKNOWN, "Not valid")):
            self.page.get_by_label("Verification code").fill(typed)
            self.when_i_press("Verify")
            self.then_the_answer_is(word)
            self.then_it_is_sound(f"verified {word}")


def a_site_reminded(cast: Cast) -> Site:
    """A facility whose certification ends in 20 days, and the message that says so."""
    site = site_that_ends(cast.today + timedelta(days=20), cast.at)
    definition = version(PROGRAM, cast.today)
    assert site.facility.pk in participants_to_remind(PROGRAM, cast.today)
    remind(site.facility.pk, definition, on=cast.today, by=PLATFORM, at=cast.at)
    return site


def test_unchanged_renewal_from_the_message_to_the_paper(
    page: Page, look: Inspection, cast: Cast
) -> None:
    site = a_site_reminded(cast)
    ruth = Renewing(page, look)
    ruth.given_i_am_signed_in_as("ruth")
    ruth.when_the_message_leads_me_there()
    ruth.when_i_say_that_nothing_changed()
    ruth.when_i_sign()
    print(f"A certification in which nothing changed is renewed in {ruth}")
    assert ruth.seconds < LONGEST
    assert (ruth.clicks, ruth.ticks, ruth.fields) == (6, 1, 1)
    now = Participant.objects.get(pk=site.facility.pk)
    assert now.certified_from == site.facility.certified_from
    assert now.certified_until is not None and now.certified_until > site.ends
    # What was still to be said about the end is taken back.
    assert not Notice.objects.filter(event="certification_ends", state="queued").exists()
    paper = certificate_of(now)
    assert paper is not None
    renewed = Renewed(page, look)
    renewed.then_my_paper_is_there(paper.number)
    renewed.then_anybody_can_verify(paper.number)


def test_by_keyboard_without_scripts_in_spanish_after_a_lapse(
    page: Page, look: Inspection, cast: Cast, live_server: object
) -> None:
    site = site_that_ends(cast.today - timedelta(days=20), cast.at)
    assert page.context.browser is not None
    context = page.context.browser.new_context(java_script_enabled=False, base_url=str(live_server))
    try:
        plain = context.new_page()
        ruth = Renewing(plain, look)
        ruth.given_i_am_signed_in_as("ruth")
        plain.get_by_role("button", name="Español").press("Enter")
        plain.get_by_role("link", name="Mi certificación").press("Enter")
        ruth.then_i_read("La certificación terminó el", "0 de 1")
        plain.get_by_role("link", name="Renovar ahora").press("Enter")
        plain.get_by_label("Nada ha cambiado").press("Space")
        plain.get_by_role("button", name="Nada cambió").press("Enter")
        plain.get_by_label("Su contraseña").fill(PASSWORD)
        plain.get_by_label("Su contraseña").press("Enter")
        plain.wait_for_url("**/signed/")
        assert Participant.objects.get(pk=site.facility.pk).certified_from == cast.today
    finally:
        context.close()


def test_an_administrator_takes_a_standing_away_and_sends_a_message_again(
    page: Page, look: Inspection, cast: Cast
) -> None:
    ada = Person(page, look)
    ada.given_i_am_signed_in_as("ada")
    page.goto(f"/administrator/participants/{cast.amara.number}/")
    ada.when_i_follow("Suspend")
    ada.when_i_press("Suspend Dr. Amara")
    ada.then_the_summary_has_the_focus()
    ada.then_it_is_sound("suspend")
    page.get_by_label("Reason").fill("The records of the last audit are missing.")
    ada.when_i_press("Suspend Dr. Amara")
    ada.then_i_read("The participant is suspended.")
    Notice.objects.filter(event="certification_suspended").update(
        state="failed", closed_at=cast.at, closed_by="x", attempts=1,
        last_error="SMTPRecipientsRefused 550",
    )  # fmt: skip
    ada.when_i_follow("Undelivered")
    ada.then_i_read("The address takes no mail")
    ada.then_it_is_sound("undelivered")
    page.locator("main tbody a").first.click()
    ada.then_it_is_sound("undelivered send again")
    ada.when_i_press("Send it once more")
    ada.then_i_read("The message is on its way again.")
    page.context.clear_cookies()
    ada.given_i_am_signed_in_as("amara")
    page.goto("/standing/")
    ada.then_i_read("The program has suspended this certification.", "records of the last audit")
    ada.then_it_is_sound("standing suspended")
