"""A laboratory's end of the line: a plain socket that speaks MLLP, and a listener in a thread."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from etasu.clock.time import now_utc
from etasu.interfaces.hl7v2.door import Place
from etasu.interfaces.hl7v2.frames import framed
from etasu.interfaces.hl7v2.handing_in import ReceiveAll
from etasu.interfaces.hl7v2.listener import Listener


class Line:
    """One connection to a listener."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None, timeout: float = 20) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
        self._held = b""

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, message: bytes) -> None:
        """Send a message in its frame."""
        self.socket.sendall(framed(message))

    def receive(self) -> bytes:
        """The next message that comes; raises EOFError when the line is closed."""
        while b"\x1c\r" not in self._held:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._held += data
        message, self._held = self._held.split(b"\x1c\r", 1)
        return message.lstrip(b"\x0b")

    def ask(self, message: bytes) -> bytes:
        """Send a message and wait for its answer."""
        self.send(message)
        return self.receive()

    @property
    def is_closed(self) -> bool:
        """Whether the other end closed; waits for it as long as the socket does."""
        try:
            return self.socket.recv(65536) == b""
        except ConnectionError:
            return True


@contextmanager
def listening(receive_all: ReceiveAll, place: Place = Place(port=0)) -> Iterator[int]:  # noqa: B008
    """A listener in a thread; its port. It is stopped as an operator would."""
    ready, found = threading.Event(), {}

    async def listen() -> None:
        listener = Listener(place, receive_all, now_utc)
        found["stop"] = listener.stop
        found["loop"] = asyncio.get_running_loop()

        def tell(port: int) -> None:
            found["port"] = port
            ready.set()

        await listener.listen(tell)

    thread = threading.Thread(target=lambda: asyncio.run(listen()))
    thread.start()
    assert ready.wait(10)
    try:
        yield found["port"]
    finally:
        found["loop"].call_soon_threadsafe(found["stop"])
        thread.join(20)
        assert not thread.is_alive()
