"""Every page on which somebody comes in, in both languages, with all that a site can switch on."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories.sms_provider import Desk
from tests.journeys.browser import Inspection, context_of
from tests.journeys.people import Person
from tests.journeys.test_care_partner import texts
from tests.portals.patient_world import a_form
from tests.portals.world import PROGRAM, Cast

__all__ = ["texts"]
PAGES = (
    *("/account/forgot/", "/account/register/", "/p/choices/", "/p/"),
    *(f"/programs/{PROGRAM}/patients/", f"/programs/{PROGRAM}/medicine/"),
)


def known_as(label: str) -> dict[str, str]:
    """What an operator says about a service that signs people in."""
    return {"issuer": "https://x.example.org", "client_id": "x", "secret": "x", "label": label}


class Somebody(Person):
    """Who stands before the door."""

    def then_every_way_is_offered(self, language: str) -> None:
        """Password, passkey, the organization, both services, and a patient's own way."""
        self.page.goto("/sign-in/")
        for service in ("Google", "Facebook", "Harbor Hospital"):
            expect(self.page.get_by_role("link", name=service)).to_be_visible()
        expect(self.page.locator("button[data-passkey]")).to_be_visible()
        self.then_it_is_sound(f"ways in {language} sign-in")
        self.page.locator("main form button[type=submit]").first.click()
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound(f"ways in {language} sign-in mistakes")
        self.page.locator("main a[href='/p/choices/']").click()
        self.page.wait_for_url("**/p/choices/")


@pytest.mark.parametrize("language", ["en-US", "es-US"])
def test_the_pages_at_the_door_are_sound(
    browser: Browser, live_server: object, settings: Any, cast: Cast, language: str
) -> None:
    settings.ETASU_WELL_KNOWN = {each.lower(): known_as(each) for each in ("Google", "Facebook")}
    settings.ETASU_OIDC = known_as("Harbor Hospital")
    with context_of(browser, base_url=str(live_server), locale=language) as context:
        page = context.new_page()
        somebody = Somebody(page, Inspection(page))
        somebody.then_every_way_is_offered(language)
        for address in PAGES:
            page.goto(address)
            expect(page.locator("html")).to_have_attribute("lang", language[:2])
            somebody.then_it_is_sound(f"ways in {language} {address}")


def test_a_link_goes_to_a_telephone(page: Page, look: Inspection, cast: Cast, texts: Desk) -> None:
    draft = a_form(cast, email="", phone="937-555-0142")
    amara = Person(page, look)
    amara.given_i_am_signed_in_as("amara")
    page.goto(f"/patient/forms/{draft.number}/link/")
    amara.then_it_is_sound("ways in link by telephone")
    amara.when_i_press("Send it by text message to •••0142")
    amara.then_i_read("The link is sent.", "•••0142")
    amara.then_it_is_sound("ways in link sent by telephone")
    assert len(texts.taken()) == 1
    amara.when_i_press("Español")
    amara.then_it_is_sound("ways in link by telephone in Spanish")
