"""A browser without a screen: it holds the page, the cookies and what was typed, and sends again.

When the line breaks, nobody knows whether the server got what was sent. People then send it again,
or go back to the page and type once more; so does this client, by chance.
"""

from __future__ import annotations

import http.client
import io
import random
import socket
import time
from collections.abc import Mapping
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

SECONDS_TO_ANSWER = 10.0
MOST_TRIES, MOST_STEPS = 40, 200
REDIRECTS = (301, 302, 303)


class Form(NamedTuple):
    """A form of a page: where it is sent, and what it holds as the page came."""

    action: str
    holds: dict[str, str]
    names: set[str]


class Page(NamedTuple):
    """What the server said last, and where."""

    path: str
    status: int
    text: str

    def form(self, *names: str) -> Form | None:
        """The form that has all these fields; None when there is none."""
        reader = _Forms(self.path)
        reader.feed(self.text)
        return next((each for each in reader.found if each.names >= set(names)), None)


class Browser:
    """One person at one window, behind a line that breaks."""

    def __init__(self, port: int, seed: int) -> None:
        self.requests = self.sent_again = 0
        self.typed: dict[str, str] = {}
        self._port, self._chance = port, random.Random(seed)
        self._cookies: dict[str, str] = {}

    def sign_in(self, email: str, password: str) -> None:
        """Until one's own first page is there."""
        page = self.open("/sign-in/")
        while page.path.startswith("/sign-in/"):
            page = self.send(page, {"email": email, "password": password}, "email")

    def fill_in_and_sign(self, begin: str, answers: Mapping[str, str], password: str) -> str:
        """One form from its first page to its receipt; its number."""
        page = self.open(begin)
        if page.path == begin:
            page = self.send(page, {}, "form_token", go_back=False)
        for _step in range(MOST_STEPS):
            assert page.status == 200, (page.status, page.path, page.text[:300])
            if page.path.endswith("/signed/"):
                return page.path.split("/")[2]
            page = self._step(page, answers, password)
        raise AssertionError(f"no end at {page.path}: {page.text[-3000:]}")

    def _step(self, page: Page, answers: Mapping[str, str], password: str) -> Page:
        place = f"/forms/{page.path.split('/')[2]}/"
        name = f"{self.typed.get('first-name', 'Mara')} {self.typed.get('last-name', 'Example')}"
        me = {"full_name": name, "password": password, "relationship": "self"}
        if "/page/" in page.path:
            return self._answer(page, answers)
        if page.path.endswith("/check/"):
            if page.form("full_name") is None and f"{place}hand-over/" in page.text:
                return self.send(page, {}, action=f"{place}hand-over/")
            return self.open(f"{place}sign/")
        if page.path.endswith("/back/") and page.form("shown") is None:
            return self.open(f"{place}patient/")
        # A patient writes a name; whoever has an account signs with its name.
        return self.send(page, me, "full_name" if page.form("full_name") else "password")

    def _answer(self, page: Page, answers: Mapping[str, str]) -> Page:
        form = page.form("seen_revision")
        assert form is not None, page.text
        asked = {name: answers[name] for name in form.names if name in answers}
        self.typed |= asked
        return self.send(page, asked, "seen_revision")

    def open(self, path: str) -> Page:
        """A page, however often it takes, and wherever it leads."""
        return self._follow(path, self._until_answered("GET", path, None))

    def send(
        self,
        page: Page,
        typed: Mapping[str, str],
        *names: str,
        action: str = "",
        go_back: bool = True,
    ) -> Page:
        """Send a form of the page. Where the line broke: send it again, or go back to the page."""
        form = _at(page, action) if action else page.form(*names)
        assert form is not None, (page.path, names, action)
        body = urlencode({**form.holds, **{k: v for k, v in typed.items() if k in form.names}})
        for _try in range(MOST_TRIES):
            answer = self._ask("POST", form.action, body)
            if answer is not None:
                return self._follow(form.action, answer)
            self.sent_again += 1
            if go_back and self._chance.random() < 0.5:
                return self.open(page.path)
        raise AssertionError(f"no answer from {page.path}")

    def _follow(self, path: str, answer: Page) -> Page:
        for _hop in range(10):
            if answer.status not in REDIRECTS:
                return answer
            path = answer.path
            answer = self._until_answered("GET", path, None)
        raise AssertionError(f"round and round at {path}")

    def _until_answered(self, method: str, path: str, body: str | None) -> Page:
        for _try in range(MOST_TRIES):
            answer = self._ask(method, path, body)
            if answer is not None:
                return answer
        raise AssertionError(f"no answer from {path}")

    def _ask(self, method: str, path: str, body: str | None) -> Page | None:
        """The whole answer; None when the line broke. A redirect's path is where it leads."""
        self.requests += 1
        said = self._exchange(_question(method, path, body, self._cookies))
        # Headers that were cut off may look whole but for the cookies that are missing.
        if said is None or b"\r\n\r\n" not in said:
            return None
        answer = http.client.HTTPResponse(_Heard(said))  # type: ignore[arg-type]
        answer.begin()
        try:
            text = answer.read().decode()
        except http.client.IncompleteRead:
            return None
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        where = urlsplit(answer.getheader("Location") or path).path
        return Page(where if answer.status in REDIRECTS else path, answer.status, text)

    def _exchange(self, question: bytes) -> bytes | None:
        """Everything that came back before the other side was done, or the line broke."""
        heard = []
        try:
            with socket.create_connection(("127.0.0.1", self._port), SECONDS_TO_ANSWER) as line:
                line.sendall(question)
                while piece := line.recv(65536):
                    heard.append(piece)
        except OSError:
            time.sleep(0.02)
            return None
        return b"".join(heard)


class _Heard:
    """Bytes that came, in place of the socket they came from."""

    def __init__(self, heard: bytes) -> None:
        self._heard = heard

    def makefile(self, mode: str) -> io.BytesIO:
        """What `http.client` reads from."""
        return io.BytesIO(self._heard)


def _question(method: str, path: str, body: str | None, cookies: Mapping[str, str]) -> bytes:
    sent = (body or "").encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    if body is not None:
        lines.append("Content-Type: application/x-www-form-urlencoded")
        lines.append(f"Content-Length: {len(sent)}")
    return "\r\n".join([*lines, "", ""]).encode() + sent


class _Forms(HTMLParser):
    """The forms of a page that are posted, with what a browser would send of each untouched."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._path, self._open = path, False
        self._list, self._area = "", ""

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        said = {name: value if value is not None else "" for name, value in pairs}
        if tag == "form":
            self._open = said.get("method", "").lower() == "post"
            if self._open:
                self.found.append(Form(said.get("action") or self._path, {}, set()))
        elif self._open and tag in ("input", "select", "textarea"):
            self._field(tag, said)
        elif self._open and tag == "option" and self._list and "selected" in said:
            self.found[-1].holds[self._list] = said.get("value", "")

    def _field(self, tag: str, said: dict[str, str]) -> None:
        form, name, kind = self.found[-1], said.get("name", ""), said.get("type", "text")
        if not name or kind == "submit":
            return
        form.names.add(name)
        if tag == "select":
            self._list = name
        elif tag == "textarea":
            self._area, form.holds[name] = name, ""
        elif kind not in ("radio", "checkbox") or "checked" in said:
            form.holds[name] = said.get("value", "on" if kind == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self._open and self._area:
            # The first line end after the tag is not part of what is written.
            held = self.found[-1].holds
            held[self._area] += data if held[self._area] else data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "select":
            self._list = ""
        elif tag == "textarea":
            self._area = ""


def _at(page: Page, action: str) -> Form | None:
    reader = _Forms(page.path)
    reader.feed(page.text)
    return next((each for each in reader.found if each.action == action), None)
