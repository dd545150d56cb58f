"""A mail server on a socket of its own: takes every message, and keeps it to be read."""

from __future__ import annotations

import email
import email.policy
import re
import socketserver
import threading
import time
from email.message import EmailMessage
from typing import Any

SECONDS_TO_WAIT = 10


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as Django's mail backend needs."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.messages: list[EmailMessage] = []
        self.is_full = False
        self.nobody_at = ""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def settings(self) -> dict[str, Any]:
        """Django's settings that lead here."""
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": self.port,
            "EMAIL_HOST_USER": "",
            "EMAIL_HOST_PASSWORD": "",
            "EMAIL_USE_TLS": False,
            "EMAIL_USE_SSL": False,
        }

    def newest_to(self, address: str, subject: str = "") -> EmailMessage:
        """The newest message to an address, with words in its subject; waits for it."""
        until = time.monotonic() + SECONDS_TO_WAIT
        while time.monotonic() < until:
            for each in reversed(self.messages):
                if each["To"] == address and subject in str(each["Subject"]):
                    return each
            time.sleep(0.02)
        raise AssertionError(f"no such message in {[str(m['Subject']) for m in self.messages]}")


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 localhost")
        for line in self.rfile:
            verb = line[:4].decode("ascii", "replace").strip().upper()
            if verb == "QUIT":
                self._say("221 bye")
                return
            if verb == "DATA":
                self._take()
            elif verb == "MAIL" and self.server.is_full:
                self._say("452 no room")
            elif verb == "RCPT" and f"<{self.server.nobody_at}>".encode() in line:
                self._say("550 5.1.1 nobody here")
            else:
                self._say("250 localhost" if verb != "EHLO" else "250-localhost\r\n250 8BITMIME")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        said = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.messages.append(said)
        self._say("250 kept")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


def text_of(message: EmailMessage) -> str:
    """The plain part of a message."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(message: EmailMessage) -> str:
    """The one link of a message, without the site's address before it."""
    (found,) = re.findall(r"https?://[^/\s]+(/\S+)", text_of(message))
    return str(found)


def code_in(message: EmailMessage) -> str:
    """The code in a message."""
    found = re.search(r"\b(\d{4} \d{4})\b", text_of(message))
    assert found is not None
    return found[1]
