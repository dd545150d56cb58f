"""The public site as strangers use it: on a phone, by keyboard, without JavaScript, in Spanish."""

from __future__ import annotations

import gzip
import urllib.request

import pytest
from playwright.sync_api import Page

from tests.journeys.browser import Inspection

HERE = "/programs/lemtrada/"
PAGES = {
    "public list": "/",
    "public program": HERE,
    "public patients": f"{HERE}patients/",
    "public signs": f"{HERE}watch-for/",
    "public enroll": f"{HERE}enroll/",
    "public enroll prescriber": f"{HERE}enroll/prescriber/",
    "public enroll facility": f"{HERE}enroll/facility/",
    "public enroll patient": f"{HERE}enroll/patient/",
    "public safety": f"{HERE}safety/",
    "public sites": f"{HERE}sites/",
    "public downloads": f"{HERE}downloads/",
    "public downloads for patients": f"{HERE}downloads/?for=patients",
    "public material": f"{HERE}downloads/patient-guide/en/",
    "public accessibility": "/about/accessibility/",
    "public imprint": "/about/imprint/",
    "public ended": "/programs/clozapine/",
    "public invented": "/programs/teaching/patients/",
}
LARGEST = 100 * 1024


@pytest.mark.parametrize("name", PAGES)
def test_every_public_page_is_sound(page: Page, look: Inspection, db: None, name: str) -> None:
    page.goto(PAGES[name])
    look.look(name)


@pytest.mark.parametrize("name", ["public program", "public safety", "public material"])
def test_a_page_fits_a_slow_line(page: Page, live_server: object, db: None, name: str) -> None:
    fetched: dict[str, int] = {}
    page.on("response", lambda answer: fetched.update({answer.url: len(answer.body())}))
    page.goto(PAGES[name], wait_until="networkidle")
    sizes = {url: weight(url) for url in fetched if "/fonts/" not in url}
    assert any(url.endswith(".css") for url in sizes)
    assert sum(sizes.values()) < LARGEST, sizes


def weight(url: str) -> int:
    """Bytes on the line: as the server compresses it, or as the static files are packed."""
    asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked) as answer:
        content: bytes = answer.read()
        is_packed = answer.headers["Content-Encoding"] == "gzip"
    return len(content) if is_packed else min(len(content), len(gzip.compress(content, 9)))
