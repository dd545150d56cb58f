"""The MLLP listener: connections, frames, and one message after the other on each.

Nothing is decided here. A message is handed in and its answer written back; a connection that
misbehaves is closed, and the others do not notice.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import structlog
from cryptography import x509

from etasu.interfaces.hl7v2.exchange import refuse
from etasu.interfaces.hl7v2.frames import Frames, TooLarge, framed
from etasu.interfaces.hl7v2.handing_in import (
    WRITERS,
    AskAgreed,
    Clock,
    HandingIn,
    ReceiveAll,
    Settled,
    nothing_agreed,
    settle,
)
from etasu.interfaces.hl7v2.parser import LARGEST_MESSAGE, Unreadable

PORT = 2575
MOST_CONNECTIONS = 128
SECONDS_IDLE = 300.0
SECONDS_TO_STOP = 10.0
# How long the rest of a refused message may go on coming, so that its sender reads the answer.
SECONDS_TO_DRAIN = 15.0
SECONDS_TO_SHAKE_HANDS = 15.0
_PIECE = 64 * 1024
# How many may wait to be let in.
_WAITING = 128
_log = structlog.get_logger("etasu.hl7")


class Place(NamedTuple):
    """Where to listen, how, and how patiently; at a `door` where one is open already."""

    host: str = "127.0.0.1"
    port: int = PORT
    door: socket.socket | None = None
    tls: ssl.SSLContext | None = None
    seconds_idle: float = SECONDS_IDLE
    largest: int = LARGEST_MESSAGE
    most_connections: int = MOST_CONNECTIONS
    seconds_to_drain: float = SECONDS_TO_DRAIN
    writers: int = WRITERS


def tls_context(certificate: Path, key: Path, client_ca: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer; with a client CA, only for whoever shows a certificate of it.

    Raises OSError or ssl.SSLError for files that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context


def open_door(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises OSError where it cannot."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family, backlog=_WAITING)


class _Awaited:
    """An answer a conversation waits for, unless it was broken off meanwhile."""

    __slots__ = ("_future",)

    def __init__(self, future: asyncio.Future[list[bytes]]) -> None:
        self._future = future

    def set_result(self, answers: list[bytes]) -> None:
        """These are the answers."""
        if not self._future.done():
            self._future.set_result(answers)

    def set_exception(self, error: BaseException) -> None:
        """There is no answer."""
        if not self._future.done():
            self._future.set_exception(error)


class Listener:
    """Listens until it is stopped. `receive_all` keeps messages, `clock` says when it is."""

    def __init__(
        self,
        place: Place,
        receive_all: ReceiveAll,
        clock: Clock,
        agreed: AskAgreed = nothing_agreed,
    ) -> None:
        self._place = place
        self._clock = clock
        self._handing_in = HandingIn(
            receive_all, clock, writers=place.writers, agreed=agreed, settle=self._settle_here
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._conversations: set[asyncio.Task[None]] = set()
        self._reading: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Take nothing new, answer what has come, and end."""
        self._stopping.set()

    async def listen(self, ready: Callable[[int], None] = lambda port: None) -> None:
        """Answer until stopped; `ready` is told the port once connections are taken."""
        self._loop = asyncio.get_running_loop()
        self._handing_in.start()
        place = self._place
        door = place.door or open_door(place.host, place.port)
        server = await asyncio.start_server(
            self._connected,
            sock=door,
            ssl=place.tls,
            ssl_handshake_timeout=SECONDS_TO_SHAKE_HANDS if place.tls else None,
            limit=_PIECE,
            # One at a time: what waits may be another process's at the same door.
            backlog=1,
        )
        door.listen(_WAITING)
        ready(door.getsockname()[1])
        await self._stopping.wait()
        server.close()
        # Whoever waits for nothing but the next message is let go at once.
        for conversation in self._reading:
            conversation.cancel()
        await self._wait_for_conversations(SECONDS_TO_STOP)
        for conversation in self._conversations:
            conversation.cancel()
        await self._wait_for_conversations(1)
        await asyncio.to_thread(self._handing_in.stop, SECONDS_TO_STOP)

    async def _wait_for_conversations(self, seconds: float) -> None:
        if self._conversations:
            await asyncio.wait(self._conversations, timeout=seconds)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._conversations) >= self._place.most_connections or self._stopping.is_set():
            _log.warning("connection refused", open=len(self._conversations))
            writer.close()
            return
        talk = asyncio.create_task(self._talk(reader, writer))
        self._conversations.add(talk)
        talk.add_done_callback(self._conversations.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = identity(writer)
        frames = Frames(self._place.largest)
        try:
            await self._answer_all(reader, writer, frames, name)
        except TooLarge as error:
            _log.warning("message too large", connection=name, largest=self._place.largest)
            await self._refuse(reader, writer, error)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            _log.info("connection broke", connection=name, kind=type(error).__qualname__)
        finally:
            if frames.is_inside or frames.dropped:
                half = {"half_message": frames.is_inside, "dropped_bytes": frames.take_dropped()}
                _log.warning("bytes left over", connection=name, **half)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer_all(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        frames: Frames,
        name: str,
    ) -> None:
        deadline = self._deadline()
        while data := await self._read(reader, deadline):
            for message in frames.feed(data):
                writer.write(b"".join(map(framed, await self._answers(message, name))))
                if writer.transport.get_write_buffer_size():
                    async with asyncio.timeout(self._place.seconds_idle):
                        await writer.drain()
                deadline = self._deadline()
                if self._stopping.is_set():
                    return
            if dropped := frames.take_dropped():
                _log.warning("bytes outside a frame", connection=name, dropped_bytes=dropped)
            if not frames.is_inside:
                deadline = self._deadline()

    async def _answers(self, message: bytes, name: str) -> list[bytes]:
        answered: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()
        self._handing_in.hand_in(message, name, _Awaited(answered))
        return await answered

    def _settle_here(self, settled: Settled) -> None:
        """Wake the loop once for all who are answered together: each waking costs a system call."""
        assert self._loop is not None
        with suppress(RuntimeError):  # The loop was closed: nobody waits any more.
            self._loop.call_soon_threadsafe(settle, settled)

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._place.seconds_idle

    async def _read(self, reader: asyncio.StreamReader, deadline: float) -> bytes:
        """What comes next; empty when the other side ended, and while we stop."""
        if self._stopping.is_set():
            return b""
        task = asyncio.current_task()
        assert task is not None
        self._reading.add(task)
        try:
            async with asyncio.timeout_at(deadline):
                return await reader.read(_PIECE)
        finally:
            self._reading.discard(task)

    async def _refuse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, error: TooLarge
    ) -> None:
        """Say that it is too large, then let the rest go by without keeping any of it."""
        remedy = f"Send at most {self._place.largest} bytes in one message; split it by order."
        unreadable = Unreadable("MSH", remedy, code=104)
        answers = refuse(error.begin, unreadable, self._clock())
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._place.seconds_to_drain):
                writer.write(b"".join(map(framed, answers)))
                await writer.drain()
                if writer.can_write_eof():
                    writer.write_eof()
                while await reader.read(_PIECE):
                    pass


def identity(writer: asyncio.StreamWriter) -> str:
    """Whom we talk to: the subject of their certificate where they showed one, else the address."""
    tls = writer.get_extra_info("ssl_object")
    shown = tls.getpeercert(binary_form=True) if tls is not None else None
    if shown:
        return "tls:" + x509.load_der_x509_certificate(shown).subject.rfc4514_string()
    peer = writer.get_extra_info("peername")
    return f"peer:{peer[0]}" if peer else "peer:"
