"""A real browser: opened once, looked over at every step for accessibility and width."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "tests/vendor/axe.min.js").read_text()
PICTURES = ROOT / "docs/images"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}
# A browser that talks to nobody but the site under test.
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]


def open_browser(playwright: Playwright) -> Browser:
    """Debian's Chromium, or the one `ETASU_CHROMIUM` names."""
    where = os.environ.get("ETASU_CHROMIUM", "/usr/bin/chromium")
    return playwright.chromium.launch(executable_path=where, args=QUIET)


@contextmanager
def context_of(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A fresh browser profile in American English, closed afterwards.

    The device's clock is set to a zone where nobody of the cast is: what a page says of times is
    told where the facility is, and not where the device thinks it is.
    """
    options = {"locale": "en-US", "timezone_id": "Asia/Kolkata", **options}
    context = browser.new_context(viewport=WIDE, **options)
    context.set_default_timeout(5000)
    try:
        yield context
    finally:
        context.close()


# The pages the manual shows; every other page is looked over and not kept.
PICTURED = frozenset(
    {
        "sign-in",
        "pharmacy ask",
        "pharmacy authorized",
        "pharmacy not authorized",
        "answer authorized",
        "facility today",
        "follow up",
        "tests and results flagged",
        "infusion board",
        "infusion day",
        "infusion day without a network",
        "prescriber patients",
        "authorize 6 check",
        "authorize 8 refused",
        "administrator decision",
        "delegate home of two",
        "duplicates compare",
        "enrollment steps prescriber",
        "intake key in",
        "organization home",
        "patient 2 welcome",
        "patient 6 sign",
        "patient enrollment check",
        "patient gives the device back",
        "renew on record",
        "roster report",
        "standing renewal due",
        "training question",
    }
)


class Inspection:
    """Looks a page over at both widths, and counts what it looked at."""

    pages_looked_at = 0

    def __init__(self, page: Page) -> None:
        self.page = page

    def look(self, name: str) -> None:
        """No accessibility violation, no sideways scrolling; a picture when pictures are wanted.

        ETASU_SHOTS=1 takes the manual's pictures, ETASU_SHOTS=all every page into .etasu/shots.
        """
        # A press comes back as soon as the next page has begun; there may be nothing of it yet.
        self.page.wait_for_load_state()
        for size in (NARROW, WIDE):
            self.page.set_viewport_size(size)
            self._axe(f"{name} at {size['width']}")
            self._fits(f"{name} at {size['width']}")
            self._picture(name, size["width"])

    def _axe(self, where: str) -> None:
        if not self.page.evaluate("() => typeof axe !== 'undefined'"):
            self.page.evaluate(AXE)
        asked = json.dumps(
            {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        )
        # What is well is a long list that nobody reads; carrying it over took most of the time.
        found = self.page.evaluate(
            f"() => axe.run(document, {asked}).then((said) => said.violations)"
        )
        Inspection.pages_looked_at += 1
        said = [
            f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for each in found
            for node in each["nodes"]
        ]
        assert said == [], f"{where}: {said}"

    def _fits(self, where: str) -> None:
        extra = self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert extra <= 0, f"{where} is {extra} px too wide"

    def _picture(self, name: str, width: int) -> None:
        wanted = os.environ.get("ETASU_SHOTS", "")
        if wanted != "all" and (wanted != "1" or name not in PICTURED):
            return
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        name = plain if width == WIDE["width"] else f"{plain}-{width}"
        folder = PICTURES if wanted == "1" else ROOT / ".etasu/shots"
        self.page.screenshot(path=folder / f"{name}.png", full_page=width != WIDE["width"])


def printed_pages(page: Page) -> int:
    """How many sheets the page takes on letter paper."""
    printed = page.pdf(format="Letter", margin=dict.fromkeys(("top", "bottom"), "0.5in"))
    return len(re.findall(rb"/Type\s*/Page[^s]", printed))
