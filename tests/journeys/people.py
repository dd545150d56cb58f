"""What people do in the journeys, as sentences: given, when, then."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.browser import Inspection
from tests.portals.world import PASSWORD

FOCUSED_NAME = """() => {
    const here = document.activeElement;
    const label = here.labels && here.labels.length ? here.labels[0].innerText : here.innerText;
    return (label || "").trim();
}"""


class Person:
    """Somebody at a browser."""

    def __init__(self, page: Page, look: Inspection) -> None:
        self.page, self.look = page, look

    def given_i_am_signed_in_as(self, name: str) -> None:
        """Sign in with e-mail address and password."""
        self.page.goto("/sign-in/")
        self.page.get_by_label("E-mail address").fill(f"{name}@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def when_i_check(self, number: str) -> None:
        """Ask about a patient number."""
        self.page.get_by_label("Patient number").fill(number)
        self.page.get_by_role("button", name="Check now").click()

    def when_i_follow(self, name: str) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()

    def when_i_press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name).click()
        # A press comes back as soon as the next page has begun; who counts on it needs all of it.
        self.page.wait_for_load_state()

    def when_i_tab_to(self, name: str) -> None:
        """Press Tab until the control with this name has the focus."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(FOCUSED_NAME).startswith(name):
                return
        raise AssertionError(f"no way to {name} by keyboard")

    def when_i_press_enter(self, address: str) -> None:
        """Press Enter and arrive at an address."""
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(address)

    def then_the_summary_has_the_focus(self) -> None:
        """The list of mistakes is read first."""
        expect(self.page.get_by_role("alert")).to_be_focused()

    def then_the_answer_is(self, word: str) -> None:
        """Read the answer."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(word)

    def then_i_read(self, *texts: str) -> None:
        """See words on the page."""
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible()

    def then_it_is_sound(self, name: str) -> None:
        """Accessible and narrow enough at both widths."""
        self.look.look(name)

    def then_it_ends_on_the_first_screen(self, heading: str) -> None:
        """The section with this heading ends without scrolling on a wide screen."""
        section = self.page.locator("section", has=self.page.get_by_role("heading", name=heading))
        box = section.last.bounding_box()
        assert box is not None and box["y"] + box["height"] <= 800, box
