"""Whoever walks by keyboard notices what nobody reaches, and what nobody sees."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.journeys.browser import Inspection
from tests.journeys.by_keyboard import ByKeyboard

PAGE = """<main>
  <a href="#one">Ringed</a>
  <a href="#two" style="outline: none">Blind</a>
  <a href="#three" tabindex="-1">Passed by</a>
  <label><input type="radio" name="way" value="a">First</label>
  <label><input type="radio" name="way" value="b">Second</label>
</main>"""


def test_what_is_not_reached_or_not_seen_is_noticed(page: Page, look: Inspection) -> None:
    page.set_content(PAGE)
    somebody = ByKeyboard(page, look)
    somebody.when_i_go_to(page.get_by_role("link", name="Ringed"))
    with pytest.raises(AssertionError, match="nobody sees"):
        somebody.when_i_go_to(page.get_by_role("link", name="Blind"))
    with pytest.raises(AssertionError, match="no way to"):
        somebody.when_i_go_to(page.get_by_role("link", name="Passed by"))


def test_every_key_costs_its_time(page: Page, look: Inspection) -> None:
    page.set_content(PAGE)
    somebody = ByKeyboard(page, look)
    somebody.tick("Second")
    assert page.get_by_label("Second").is_checked()
    # Three Tabs, the space bar and one arrow, after one thought.
    assert (somebody.keys, somebody.thoughts) == (5, 1)
    assert somebody.seconds == pytest.approx(5 * somebody.pace + 1.35)
