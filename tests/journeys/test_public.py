"""The public site as strangers use it: on a phone, by keyboard, without JavaScript, in Spanish."""

from __future__ import annotations

import gzip
import re
import urllib.request
from functools import cache

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import NARROW, Inspection, context_of
from tests.journeys.people import Person
from tests.portals.world import Cast

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
    "public training material": f"{HERE}downloads/program-overview/es/",
    "public answers": f"{HERE}answers/?all",
    "public reactions": f"{HERE}reactions/",
    "public accessibility": "/about/accessibility/",
    "public imprint": "/about/imprint/",
    "public ended": "/programs/clozapine/",
    "public ended steps": "/programs/clozapine/enroll/prescriber/",
    "public invented": "/programs/teaching/patients/",
}
LARGEST = 100 * 1024


@pytest.mark.parametrize("name", PAGES)
def test_every_public_page_is_sound_and_fits_a_slow_line(
    page: Page, look: Inspection, db: None, name: str
) -> None:
    fetched: set[str] = set()
    page.on("response", lambda answer: fetched.add(answer.url))
    page.goto(PAGES[name], wait_until="networkidle")
    sizes = {
        url: weight_of_file(url) if "/static/" in url else weight(url)
        for url in fetched
        if "/fonts/" not in url
    }
    assert any(url.endswith(".css") for url in sizes)
    assert sum(sizes.values()) < LARGEST, sizes
    look.look(name)


def test_everything_public_works_without_scripts_by_keyboard_on_a_phone(
    browser: Browser, live_server: object, cast: Cast
) -> None:
    with context_of(browser, base_url=str(live_server), java_script_enabled=False) as context:
        page = context.new_page()
        page.set_viewport_size(NARROW)
        stranger = Person(page, Inspection(page))
        page.goto(HERE)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("#main"))
        choose_a_role(stranger)
        find_a_site(stranger)
        fetch_the_card(stranger)
        page.get_by_role("button", name="Español").click()
        expect(page.locator("html")).to_have_attribute("lang", "es")
        page.get_by_role("link", name="Para pacientes").click()
        expect(page.get_by_role("main")).to_contain_text("programa de seguridad")


def choose_a_role(stranger: Person) -> None:
    """From the front page to the account, over one role and another."""
    stranger.when_i_follow("Begin enrollment")
    stranger.when_i_follow("Healthcare facility")
    stranger.when_i_follow("Pharmacy")
    stranger.then_the_answer_is("Steps to enroll: Pharmacy")
    stranger.page.get_by_role("main").get_by_role("link", name="Begin enrollment").click()
    wanted = re.compile(r"register/\?as=pharmacy_representative&program=")
    expect(stranger.page).to_have_url(wanted)


def find_a_site(stranger: Person) -> None:
    """By ZIP code, after a slip, and by state."""
    page = stranger.page
    page.goto(HERE)
    stranger.when_i_follow("Find a certified site")
    page.get_by_role("textbox", name="ZIP code").fill("0213")
    stranger.when_i_press("Find sites")
    stranger.then_i_read("Enter a ZIP code of five digits")
    page.get_by_role("textbox", name="ZIP code").fill("02139")
    page.get_by_role("combobox", name="Within").select_option("100")
    stranger.when_i_press("Find sites")
    assert "02139" not in page.url
    page.get_by_role("combobox", name="State or territory").select_option("MA")
    stranger.when_i_press("List sites")
    expect(page).to_have_url(re.compile("state=MA"))


def fetch_the_card(stranger: Person) -> None:
    """The card to print, as a file."""
    stranger.when_i_follow("Downloads")
    name = re.compile("PDF.*Safety Information Card")
    link = stranger.page.get_by_role("link", name=name).first
    found = stranger.page.context.request.get(str(link.get_attribute("href")))
    assert found.ok and found.body().startswith(b"%PDF")


@cache
def weight_of_file(url: str) -> int:
    """Of a file that never changes while the tests run."""
    return weight(url)


def weight(url: str) -> int:
    """Bytes on the line: as the server compresses it, or as the static files are packed."""
    asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked) as answer:
        content: bytes = answer.read()
        is_packed = answer.headers["Content-Encoding"] == "gzip"
    return len(content) if is_packed else min(len(content), len(gzip.compress(content, 9)))
