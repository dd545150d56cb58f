"""A line that is cut: a proxy that breaks connections off at random bytes, in both directions."""

from __future__ import annotations

import random
import socket
import socketserver
import struct
import threading
from contextlib import suppress

# Closing then resets the connection, as a broken line does, instead of ending it in good order.
_RESET = struct.pack("ii", 1, 0)
LONGEST_QUESTION, LONGEST_ANSWER = 600, 3000


class CuttingProxy:
    """Passes bytes on to one port; a share of the connections is cut after some bytes of them.

    `longest` is how far into a question and into an answer a cut may come.
    """

    def __init__(
        self,
        target: int,
        seed: int,
        share: float,
        longest: tuple[int, int] = (LONGEST_QUESTION, LONGEST_ANSWER),
    ) -> None:
        self.cuts = 0
        self._target, self._share, self._longest = target, share, longest
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        proxy = self

        class Passing(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy._pass(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Passing)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def start(self) -> None:
        """Begin to pass connections on."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more, and wait for the connections under way."""
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def _pass(self, client: socket.socket) -> None:
        with self._lock:
            sent, answered = self._left(self._longest[0]), self._left(self._longest[1])
        try:
            onward = socket.create_connection(("127.0.0.1", self._target), timeout=30)
        except OSError:
            return
        client.settimeout(30)
        with onward:
            back = threading.Thread(target=self._pump, args=(onward, client, answered))
            back.start()
            self._pump(client, onward, sent)
            back.join()

    def _left(self, most: int) -> int | None:
        """How many bytes pass before the cut; None where there is no cut."""
        return self._chance.randrange(most) if self._chance.random() < self._share else None

    def _pump(self, source: socket.socket, sink: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while piece := source.recv(4096):
                passed = piece if left is None else piece[:left]
                sink.sendall(passed)
                if left is not None:
                    left -= len(passed)
                    if left <= 0:
                        self._cut(source, sink)
                        return
        # Ended by one side, so the other side may go as well.
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _cut(self, *sockets: socket.socket) -> None:
        with self._lock:
            self.cuts += 1
        for each in sockets:
            with suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                each.shutdown(socket.SHUT_RDWR)
