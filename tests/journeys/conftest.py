"""Whole tasks in a real browser against a live server and a real database."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.factories.mail_server import MailServer
from tests.journeys.browser import NARROW, Inspection, context_of, open_browser
from tests.portals.world import Cast, cast_again

# Longer than a journey takes; no journey begins this near to midnight.
SHORT = timedelta(seconds=90)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all journeys."""
    # Playwright's own event loop runs in this thread; Django's guard would take it for ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        found = open_browser(playwright)
        yield found
        found.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser, live_server: object) -> Iterator[Page]:
    """A page in a fresh profile; a script error or a broken policy fails the journey."""
    with context_of(browser, base_url=str(live_server)) as context:
        found = context.new_page()
        said: list[str] = []
        found.on("pageerror", lambda error: said.append(str(error)))
        found.on(
            "console",
            lambda line: said.append(line.text) if "Content Security" in line.text else None,
        )
        yield found
        assert said == []


@pytest.fixture
def phone(browser: Browser, live_server: object) -> Iterator[Page]:
    """A small phone."""
    with context_of(browser, base_url=str(live_server)) as context:
        found = context.new_page()
        found.set_viewport_size(NARROW)
        yield found


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    """A mail server that really takes what the site sends."""
    server = MailServer()
    for name, value in server.settings().items():
        setattr(settings, name, value)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def look(page: Page) -> Inspection:
    """Looks the page over."""
    return Inspection(page)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The people and patients of the portals' tests, as of the last ten minutes, and of today."""
    now = datetime.now(UTC)  # noqa: TID251 - the browser lives in real time
    if (now + SHORT).date() != now.date():
        # A journey over midnight enters yesterday where today is asked for.
        time.sleep(SHORT.total_seconds())
        now = datetime.now(UTC)  # noqa: TID251 - the same
    return cast_again(now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much was looked at."""
    if Inspection.pages_looked_at:
        terminalreporter.write_line(f"axe looked at {Inspection.pages_looked_at} pages.")
