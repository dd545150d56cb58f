"""Somebody whose hands find keys better than small targets: Tab, Enter, Space, arrows, letters.

The same verbs as with a mouse, so a walk reads the same; nothing here ever clicks. Each key
costs what Card, Moran and Newell (1980) found for keys that have to be looked for, and a page is
read as slowly as people read Spanish aloud (Trauzettel-Klosinski and Dietz, 2012).
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator

from tests.journeys.browser import NARROW
from tests.journeys.people import FOCUSED_NAME
from tests.journeys.sitting import Sitting

# More presses of Tab than anybody has the patience for.
MOST_TABS = 40
HAS_FOCUS = "wanted => wanted === document.activeElement"
IS_IN_GROUP = """wanted => wanted.type === "radio"
    && document.activeElement.name === wanted.name && document.activeElement.type === "radio" """
# A ring around it, or around the mark its label draws; and on the screen.
FOCUS_SHOWS = """here => {
    const drawn = here.matches("[type=radio], [type=checkbox]") ? here.labels[0] : here;
    const rings = [getComputedStyle(here), getComputedStyle(drawn, "::before")];
    const { top, bottom } = drawn.getBoundingClientRect();
    const isRinged = rings.some(
        (each) => each.outlineStyle !== "none" && parseFloat(each.outlineWidth) > 0
    );
    return isRinged && bottom > 0 && top < window.innerHeight;
}"""


class ByKeyboard(Sitting):
    """Slow hands and tired eyes at a small screen."""

    pace, words_a_minute = 0.5, 218
    looked_over = ""
    # The longest way by Tab so far, and to what.
    farthest = (0, "")

    def type(self, label: str, text: str) -> None:
        """Fill a field in, whatever it holds."""
        self.when_i_go_to(self.page.get_by_label(label, exact=False).first)
        self._press("ControlOrMeta+A")
        self._write(text)

    def choose(self, label: str, letters: str) -> None:
        """Choose from a list by the first letters of the choice."""
        self.when_i_go_to(self.page.get_by_label(label).first)
        self._write(letters)

    def put_day(self, label: str, digits: str) -> None:
        """Put a day in, month first."""
        self.when_i_go_to(self.page.get_by_label(label).first)
        self._write(digits)

    def tick(self, text: str) -> None:
        """Tick what begins like this with the space bar; among several, go there by the arrows."""
        wanted = self.page.get_by_label(re.compile(rf"^{re.escape(text)}(?!\w)")).first
        if wanted.get_attribute("type") != "radio":
            self.when_i_go_to(wanted)
            self._press("Space")
            return
        self.when_i_go_to(wanted, IS_IN_GROUP)
        self._press("Space")
        there = wanted.element_handle()
        while not self.page.evaluate(HAS_FOCUS, there):
            self._press("ArrowDown")

    def when_i_press(self, name: str) -> None:
        """Read, then press."""
        self.read()
        self._go_on(self.page.get_by_role("button", name=name, exact=True).first)

    def when_i_follow(self, name: str) -> None:
        """Read, then follow a link."""
        self.read()
        self._go_on(self.page.get_by_role("link", name=name).first)

    def when_i_fetch(self, name: str, to: Path) -> bytes:
        """Read, then download what a link leads to."""
        self.read()
        self.when_i_go_to(self.page.get_by_role("link", name=name).first)
        with self.page.expect_download() as fetched:
            self._press("Enter")
        fetched.value.save_as(to)
        return to.read_bytes()

    def when_i_go_to(self, wanted: Locator, is_there: str = HAS_FOCUS) -> None:
        """Press Tab until it has the focus, and see that it has."""
        there = wanted.element_handle()
        tabs, is_reached = 0, False
        while not is_reached:
            tabs += 1
            assert tabs <= MOST_TABS, f"no way to {wanted} by keyboard on {self.page.url}"
            self._press("Tab")
            is_reached = self.page.evaluate(is_there, there)
        self.thoughts += 1
        self.farthest = max(self.farthest, (tabs, self.page.evaluate(FOCUSED_NAME)))
        focused = self.page.evaluate_handle("document.activeElement")
        assert self.page.evaluate(FOCUS_SHOWS, focused), f"nobody sees where {wanted} is"

    def then_it_is_sound(self, name: str) -> None:
        """Sound, and as small again afterwards."""
        super().then_it_is_sound(name)
        self.page.set_viewport_size(NARROW)

    def _go_on(self, wanted: Locator) -> None:
        self.when_i_go_to(wanted)
        with self.page.expect_navigation():
            self._press("Enter")

    def _press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def _write(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)
