"""One's own account: from the first page to a passkey, losing it, and getting in again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import CDPSession, Page, expect

from etasu.registry.accounts.models import OpenSession, User
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import NARROW, Inspection
from tests.journeys.people import Person
from tests.portals.account_people import GOOD, OTHER
from tests.portals.world import Cast

NADIA = "nadia@example.org"


class Holder(Person):
    """Somebody with a narrow phone and a keyboard."""

    def then_it_is_sound(self, name: str) -> None:
        """Accessible at both widths; then narrow again."""
        super().then_it_is_sound(name)
        self.page.set_viewport_size(NARROW)

    def when_i_type(self, label: str, text: str) -> None:
        """Reach a field by keyboard, and type."""
        self.when_i_tab_to(label)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def when_i_go_to(self, name: str) -> None:
        """Reach a link or a button by keyboard, and press Enter."""
        self.when_i_tab_to(name)
        self.page.keyboard.press("Enter")

    def when_i_sign_out(self) -> None:
        """Leave."""
        self.page.get_by_role("button", name="Sign out", exact=True).first.click()
        self.page.wait_for_url("**/sign-in/")

    def when_i_give_my_password(self, password: str) -> None:
        """The sign-in page by keyboard."""
        self.page.goto("/sign-in/")
        self.when_i_type("E-mail address", NADIA)
        self.when_i_type("Password", password)
        self.page.keyboard.press("Enter")

    def heading(self, text: str) -> None:
        """Arrive at a page."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)


def a_device(page: Page) -> tuple[CDPSession, str]:
    """A device with a screen lock, held in the browser."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    made = protocol.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return protocol, str(made["authenticatorId"])


def test_register_make_a_passkey_lose_it_and_recover(
    page: Page, look: Inspection, cast: Cast, mail: MailServer
) -> None:
    nadia = Holder(page, look)
    page.set_viewport_size(NARROW)
    given_an_account_by_keyboard(nadia, mail)
    protocol, device = a_device(page)
    code = when_a_passkey_is_added(nadia)
    nadia.when_i_sign_out()
    nadia.when_i_press("Use a passkey")
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    page.goto("/account/security/")
    nadia.then_i_read("by passkey")
    nadia.then_it_is_sound("account security")
    nadia.when_i_sign_out()
    # The phone is gone; the password and a recovery code are left.
    protocol.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    nadia.when_i_give_my_password(GOOD)
    nadia.heading("Second step")
    nadia.then_it_is_sound("account second step")
    page.get_by_role("link", name="I no longer have any of these").click()
    nadia.heading("You no longer have your second step")
    nadia.then_it_is_sound("account everything lost")
    page.go_back()
    nadia.when_i_go_to("Use a recovery code")
    nadia.heading("Use a recovery code")
    nadia.then_it_is_sound("account recovery code")
    nadia.when_i_type("Recovery code", code.lower())
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    page.goto("/account/security/")
    nadia.then_i_read("9 left", "recovery code")
    nadia.when_i_sign_out()
    then_a_new_password_comes_by_mail(nadia, mail)


def given_an_account_by_keyboard(nadia: Holder, mail: MailServer) -> None:
    """Registering, with the message that really came."""
    page = nadia.page
    page.goto("/sign-in/")
    nadia.when_i_go_to("Register")
    nadia.heading("Register")
    nadia.when_i_type("E-mail address", NADIA)
    nadia.when_i_type("Password", "too short")
    page.keyboard.press("Enter")
    nadia.then_the_summary_has_the_focus()
    nadia.then_it_is_sound("account register refused")
    nadia.when_i_type("Password", GOOD)
    nadia.when_i_go_to("Show password")
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    expect(page.get_by_role("button", name="Hide password")).to_be_visible()
    page.get_by_label("Password", exact=True).press("Enter")
    nadia.heading("Look at your e-mail")
    nadia.then_it_is_sound("account check mail")
    page.goto(link_in(mail.newest_to(NADIA, "Confirm")))
    nadia.then_it_is_sound("account confirm address")
    nadia.when_i_go_to("Confirm")
    nadia.heading("Where do you want to begin?")
    nadia.then_it_is_sound("account begin")
    nadia.when_i_type("Your full name", "Nadia Example")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/account/begin/" not in address)
    assert User.objects.get(email=NADIA).full_name == "Nadia Example"


def when_a_passkey_is_added(nadia: Holder) -> str:
    """A passkey on this device, and the recovery codes that come with it; the first of them."""
    page = nadia.page
    page.goto("/account/security/")
    nadia.when_i_go_to("Add a passkey")
    nadia.heading("Add a passkey")
    nadia.then_it_is_sound("account add passkey")
    nadia.when_i_type("Name for this passkey", "My phone")
    nadia.when_i_go_to("Make the passkey")
    nadia.heading("Recovery codes")
    nadia.then_i_read("A passkey was added to your account.")
    nadia.when_i_go_to("Make ten codes")
    expect(page.locator(".codes li")).to_have_count(10)
    nadia.then_it_is_sound("account recovery codes")
    code = page.locator(".codes li").first.inner_text()
    nadia.when_i_go_to("I have kept them")
    nadia.heading("How you sign in")
    return code


def then_a_new_password_comes_by_mail(nadia: Holder, mail: MailServer) -> None:
    """Forgetting the password, too."""
    page = nadia.page
    page.goto("/sign-in/")
    nadia.when_i_go_to("Forgot your password?")
    nadia.heading("Forgot your password?")
    nadia.then_it_is_sound("account forgot")
    nadia.when_i_type("E-mail address", NADIA)
    page.keyboard.press("Enter")
    nadia.heading("Look at your e-mail")
    page.goto(link_in(mail.newest_to(NADIA, "new password")))
    nadia.when_i_type("Password", OTHER)
    nadia.then_it_is_sound("account new password")
    page.keyboard.press("Enter")
    nadia.then_i_read("Your new password is kept.")
    nadia.when_i_give_my_password(OTHER)
    nadia.heading("Second step")


def test_a_warning_before_the_end_and_nothing_typed_is_lost(
    page: Page, look: Inspection, cast: Cast, settings: Any
) -> None:
    page.clock.install()
    cora = Holder(page, look)
    settings.ETASU_SECOND_STEP = "required"
    cora.given_i_am_signed_in_as("cora")
    cora.heading("One step more")
    cora.then_it_is_sound("account one step more")
    settings.ETASU_SECOND_STEP = "offered"
    page.goto("/account/profile/")
    page.get_by_label("Telephone").fill("617-555-0188")
    nothing_for(28 * 60 + 20)
    page.clock.fast_forward("28:30")
    dialog = page.get_by_role("dialog", name="Are you still there?")
    expect(dialog).to_be_visible()
    cora.then_it_is_sound("session ending")
    with page.expect_response("**/session/stay/"):
        page.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("Telephone")).to_have_value("617-555-0188")
    nothing_for(31 * 60)
    page.clock.fast_forward("31:00")
    page.wait_for_url("**/sign-in/**")
    cora.then_i_read("You were signed out")
    cora.given_i_am_signed_in_as("cora")
    cora.heading("Your answers were kept")
    cora.then_it_is_sound("account kept form")
    assert User.objects.get(email="cora@example.org").telephone == ""
    page.get_by_role("button", name="Send the form").click()
    cora.then_i_read("Your profile is kept.")
    assert User.objects.get(email="cora@example.org").telephone == "617-555-0188"


def nothing_for(seconds: int) -> None:
    """The newest session was last used that long ago, as the server sees it."""
    key = OpenSession.objects.latest("id").session_key
    session = SessionStore(session_key=key)
    now = int(datetime.now(UTC).timestamp())  # noqa: TID251 - the browser lives in real time
    session["seen_at"] = now - seconds
    session.save()
