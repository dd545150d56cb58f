"""The look at a page itself: it waits for the whole page, and finds what is wrong on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import Inspection, context_of

FIRST = b"""<!doctype html><html lang="en"><head><title>First</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>First</h1><a href="/next">Next</a></main></body></html>"""
# An image that says nothing to who cannot see it.
NEXT = FIRST.replace(b"</main>", b'<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></main>')


class _Slow(BaseHTTPRequestHandler):
    """The second page begins at once, and the rest of it comes later."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.path != "/next":
            self.wfile.write(FIRST)
            return
        self.wfile.write(b"<!-- " + b"." * 4096)
        self.wfile.flush()
        time.sleep(0.7)
        self.wfile.write(b" -->" + NEXT)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is told."""


@pytest.fixture
def slow() -> Iterator[str]:
    """The address of a site whose second page is slow."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_page_that_has_only_begun_is_waited_for(browser: Browser, slow: str) -> None:
    with context_of(browser, base_url=slow) as context:
        page = context.new_page()
        page.goto("/")
        Inspection(page).look("first")
        page.get_by_role("link", name="Next").click()
        with pytest.raises(AssertionError, match="image-alt"):
            Inspection(page).look("next")
