"""A provider of text messages, as a process of its own that misbehaves as told.

Run as `python -m tests.factories.sms_provider`; it prints its port. It speaks both dialects, knows
a message by its Idempotency-Key, and sends one it gets twice only once, as providers do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[2]


class _Desk(ThreadingHTTPServer):
    """What was taken, how often was asked, and how to misbehave."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.lock = threading.Lock()
        self.taken: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self.fault: dict[str, Any] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked was killed meanwhile, or did not want to wait."""


class _Talk(BaseHTTPRequestHandler):
    server: _Desk

    def do_GET(self) -> None:
        with self.server.lock:
            said = {"taken": list(self.server.taken.values()), "asked": self.server.asked}
        self._say(200, said)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/fault":
            self.server.fault = json.loads(body)
            self._say(200, {})
            return
        with self.server.lock:
            self.server.asked += 1
            fault = dict(self.server.fault)
            key = self.headers["Idempotency-Key"]
            # `status` alone takes nothing; with `taken` it keeps the message and then fails.
            if not fault.get("status") or fault.get("taken"):
                number = f"N{len(self.server.taken)}"
                known = self.server.taken.setdefault(key, _heard(self, body, key, number))
        time.sleep(fault.get("seconds", 0))
        if fault.get("hang_up"):
            self.connection.close()
        elif fault.get("status"):
            self._say(fault["status"], {"code": fault.get("code", "")})
        else:
            self._say(201, {"id": known["id"], "sid": known["id"]})

    def log_message(self, *args: Any) -> None:
        """Nothing is printed but the port."""

    def _say(self, status: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _heard(talk: _Talk, body: bytes, key: str, number: str) -> dict[str, Any]:
    if talk.headers["Content-Type"] == "application/json":
        said = json.loads(body)
        to, text = said["to"], said["text"]
    else:
        form = parse_qs(body.decode())
        to, text = form["To"][0], form["Body"][0]
    signed_in = talk.headers["Authorization"]
    return {"key": key, "to": to, "text": text, "signed_in": signed_in, "id": number}


class Desk(NamedTuple):
    """A provider under way, as tests see it."""

    url: str

    def misbehave(self, **fault: Any) -> None:
        """From now on: `status`, `code`, `taken`, `seconds`, `hang_up`; nothing is well again."""
        urlopen(Request(f"{self.url}/fault", json.dumps(fault).encode()), timeout=5).close()

    def said(self) -> dict[str, Any]:
        """What was taken, each once, and how often it was asked."""
        with urlopen(self.url, timeout=5) as answer:
            return dict(json.load(answer))

    def taken(self) -> list[dict[str, Any]]:
        """What was taken, each once, in order."""
        return list(self.said()["taken"])


@contextmanager
def sms_provider() -> Iterator[Desk]:
    """A provider that runs until the block ends."""
    command = [sys.executable, "-m", "tests.factories.sms_provider"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Desk(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        finally:
            process.kill()


def main() -> None:
    """Serve until killed."""
    desk = _Desk()
    print(desk.server_address[1], flush=True)
    desk.serve_forever()


if __name__ == "__main__":
    main()
