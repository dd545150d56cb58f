"""The MLLP listener: lets connections in, hands in what they say, and ends in good order.

Nothing is decided here, and nothing is said to anybody before it is kept.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import structlog

from etasu.interfaces.hl7v2.conversation import Conversation
from etasu.interfaces.hl7v2.door import Place, open_door
from etasu.interfaces.hl7v2.handing_in import (
    Answered,
    AskAgreed,
    Clock,
    HandingIn,
    ReceiveAll,
    Settled,
    nothing_agreed,
    settle,
)

SECONDS_TO_STOP = 10.0
SECONDS_TO_SHAKE_HANDS = 15.0
# How long to leave somebody who comes to others, for each connection of our own.
SECONDS_FOR_EACH = 0.0005
MOST_SECONDS_TO_HESITATE = 0.02
_log = structlog.get_logger("etasu.hl7")


class Listener:
    """Listens until it is stopped. `receive_all` keeps messages, `clock` says when it is."""

    def __init__(
        self,
        place: Place,
        receive_all: ReceiveAll,
        clock: Clock,
        agreed: AskAgreed = nothing_agreed,
    ) -> None:
        self.place = place
        self.now = clock
        self._handing_in = HandingIn(
            receive_all,
            clock,
            writers=place.writers,
            agreed=agreed,
            settle=self._settle_here,
            patience=place.patience,
        )
        self._loop: asyncio.AbstractEventLoop
        self._beginning: set[asyncio.Task[None]] = set()
        self._stopping, self._all_gone = asyncio.Event(), asyncio.Event()
        self._conversations: set[Conversation] = set()

    @property
    def is_stopping(self) -> bool:
        """Whether nothing new is taken."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Take nothing new, answer what has come, and end."""
        self._stopping.set()

    async def listen(self, ready: Callable[[int], None] = lambda port: None) -> None:
        """Answer until stopped; `ready` is told the port once connections are taken."""
        self._loop = asyncio.get_running_loop()
        self._handing_in.start()
        place = self.place
        door = place.door or open_door(place.host, place.port)
        door.setblocking(False)
        self._watch(door)
        ready(door.getsockname()[1])
        await self._stopping.wait()
        self._loop.remove_reader(door)
        door.close()
        for conversation in tuple(self._conversations):
            conversation.stop()
        await self._wait_until_all_are_gone(SECONDS_TO_STOP)
        for conversation in tuple(self._conversations):
            conversation.abort()
        await self._wait_until_all_are_gone(1)
        await asyncio.to_thread(self._handing_in.stop, SECONDS_TO_STOP)

    def hand_in(self, raw: bytes, connection: str | None, answered: Answered) -> None:
        """Take what came in one frame; `answered` hears of it once it is kept or refused."""
        self._handing_in.hand_in(raw, connection, answered)

    def let_in(self, conversation: Conversation) -> bool:
        """Whether there is room for one more."""
        if len(self._conversations) >= self.place.most_connections or self.is_stopping:
            _log.warning("connection refused", open=len(self._conversations))
            return False
        self._conversations.add(conversation)
        return True

    def let_go(self, conversation: Conversation) -> None:
        """It has ended."""
        self._conversations.discard(conversation)
        if self.is_stopping and not self._conversations:
            self._all_gone.set()

    def _watch(self, door: socket.socket) -> None:
        if not self.is_stopping:
            self._loop.add_reader(door, self._somebody_comes, door)

    def _somebody_comes(self, door: socket.socket) -> None:
        """Let them in; where others take connections too, whoever has fewer is quicker."""
        busy = len(self._conversations) if self.place.is_shared else 0
        if not busy:
            self._let_somebody_in(door)
            return
        self._loop.remove_reader(door)
        hesitating = min(busy * SECONDS_FOR_EACH, MOST_SECONDS_TO_HESITATE)
        self._loop.call_later(hesitating, self._let_somebody_in, door)

    def _let_somebody_in(self, door: socket.socket) -> None:
        if self.is_stopping:
            return
        try:
            line, _ = door.accept()
        except (BlockingIOError, ConnectionAbortedError):
            self._watch(door)  # Another process was quicker, or they left again.
        except OSError as error:
            # No more files may be open: some of them will be closed meanwhile.
            _log.error("no connection can be taken", kind=type(error).__qualname__)
            self._loop.remove_reader(door)
            self._loop.call_later(1.0, self._watch, door)
        else:
            line.setblocking(False)
            beginning = self._loop.create_task(self._begin(line))
            self._beginning.add(beginning)
            beginning.add_done_callback(self._beginning.discard)
            self._watch(door)

    async def _begin(self, line: socket.socket) -> None:
        tls = self.place.tls
        seconds = SECONDS_TO_SHAKE_HANDS if tls else None
        try:
            await self._loop.connect_accepted_socket(
                lambda: Conversation(self), line, ssl=tls, ssl_handshake_timeout=seconds
            )
        except (OSError, TimeoutError) as error:
            _log.info("connection broke", connection="", kind=type(error).__qualname__)
            line.close()

    async def _wait_until_all_are_gone(self, seconds: float) -> None:
        if self._conversations:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._all_gone.wait()

    def _settle_here(self, settled: Settled) -> None:
        """Wake the loop once for all who are answered together: each waking costs a system call."""
        with suppress(RuntimeError):  # The loop was closed: nobody waits any more.
            self._loop.call_soon_threadsafe(settle, settled)
