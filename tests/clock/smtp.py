"""A mail server on a socket that takes messages, and misbehaves as told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.test import override_settings

Reply = str
# What the server answers to a command; None hangs up without a word.
Behave = Callable[[str, int], "Reply | None"]


class MailServer:
    """Takes messages in a thread of its own. `behave` is asked before each answer.

    It is given the command and how many messages were begun so far, and says what to answer
    instead of the usual; "" stands for the usual, None for hanging up.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.begun = 0
        self.behave: Behave = lambda command, begun: ""
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Listen, on the port it had before if it had one."""

        async def listen() -> asyncio.Server:
            return await asyncio.start_server(self._serve, "127.0.0.1", self.port)

        self._server = asyncio.run_coroutine_threadsafe(listen(), self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Hear nobody any more."""
        if self._server is not None:
            self._loop.call_soon_threadsafe(self._server.close)
            self._server = None

    def end(self) -> None:
        """Stop for good."""
        self.stop()

        async def settle() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for each in others:
                each.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(settle(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org\r\n")
        while line := await reader.readline():
            command = line.decode().split()[0].upper()
            if command == "MAIL":
                self.begun += 1
            said = self.behave(command, self.begun)
            if said is None:
                return
            if command == "DATA" and not said:
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                self.messages.append(message_from_bytes(text[:-3], policy=policy.default))  # type: ignore[arg-type]
                said = self.behave("TAKEN", self.begun)
                if said is None:
                    return
            writer.write((said or "250 ok").encode() + b"\r\n")
            if command == "QUIT":
                return


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server that listens until the block ends."""
    server = MailServer()
    server.start()
    try:
        yield server
    finally:
        server.end()


@contextmanager
def site_mail() -> Iterator[MailServer]:
    """A mail server that everything this site sends goes through."""
    with mail_server() as server:
        with override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=server.port,
            EMAIL_USE_TLS=False,
            EMAIL_TIMEOUT=5,
        ):
            yield server
