"""One connection of the MLLP listener: frames in, one message after the other, answers out.

A line that misbehaves is closed, and the others do not notice.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

import structlog

from etasu.interfaces.hl7v2.door import Place, identity
from etasu.interfaces.hl7v2.exchange import refuse
from etasu.interfaces.hl7v2.frames import Frames, TooLarge, framed
from etasu.interfaces.hl7v2.handing_in import Answered, Clock
from etasu.interfaces.hl7v2.parser import Unreadable

_log = structlog.get_logger("etasu.hl7")


class Taking(Protocol):
    """Whoever takes what is said on connections."""

    place: Place
    now: Clock

    @property
    def is_stopping(self) -> bool:
        """Whether nothing new is taken."""

    def let_in(self, conversation: Conversation, /) -> bool:
        """Whether there is room for one more."""

    def let_go(self, conversation: Conversation, /) -> None:
        """It has ended."""

    def hand_in(self, raw: bytes, connection: str | None, answered: Answered, /) -> None:
        """Take what came in one frame; `answered` hears of it once it is kept or refused."""


class Conversation(asyncio.Protocol):
    """One connection: a message is handed in and answered, and only then the next one.

    What streams do around each piece that is read costs as much as to take a message apart.
    """

    _line: asyncio.Transport

    def __init__(self, listener: Taking) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._frames = Frames(listener.place.largest)
        self._name = ""
        self._waiting: deque[bytes] = deque()
        self._too_large: TooLarge | None = None
        self._is_awaiting = self._is_blocked = self._is_held_back = False
        # The other end says no more; or whatever it says goes by.
        self._is_ended = self._is_draining = False
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # What the loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._line = transport
        if not self._listener.let_in(self):
            transport.close()
            return
        self._name = identity(transport)
        self._prolong()
        self._watch()

    def data_received(self, data: bytes) -> None:
        if self._is_draining:
            return
        try:
            self._waiting.extend(self._frames.feed(data))
        except TooLarge as error:
            self._too_large = error
        if dropped := self._frames.take_dropped():
            _log.warning("bytes outside a frame", connection=self._name, dropped_bytes=dropped)
        # A byte now and then does not keep a half message alive.
        if not self._frames.is_inside:
            self._prolong()
        self._go_on()

    def eof_received(self) -> bool:
        """Whoever says no more still reads what they are answered, but for TLS."""
        self._is_ended = True
        self._go_on()
        return not (self._line.is_closing() or self._listener.place.tls)

    def pause_writing(self) -> None:
        self._is_blocked = True
        self._prolong()

    def resume_writing(self) -> None:
        self._is_blocked = False
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self._say_broken(exc)
        if self._timer is not None:
            self._timer.cancel()
        if self._frames.is_inside:
            _log.warning("bytes left over", connection=self._name, half_message=True)
        self._listener.let_go(self)

    # What those tell who hand in, and who stop.

    def set_result(self, answers: list[bytes], /) -> None:
        self._is_awaiting = False
        if not self._line.is_closing():
            self._line.write(b"".join(map(framed, answers)))
            self._prolong()
            self._go_on()

    def set_exception(self, error: BaseException, /) -> None:
        self._is_awaiting = False
        self._say_broken(error)
        self._line.close()

    def stop(self) -> None:
        """Take nothing new; an answer somebody waits for is given first."""
        self._waiting.clear()
        if not self._is_awaiting:
            self._line.close()

    def abort(self) -> None:
        """End at once."""
        self._line.abort()

    def _go_on(self) -> None:
        """Hand in the next message; where there is none, do what is left to do."""
        if not (self._is_awaiting or self._is_blocked or self._line.is_closing()):
            if self._listener.is_stopping:
                self.stop()
            elif self._waiting:
                self._is_awaiting = True
                self._listener.hand_in(self._waiting.popleft(), self._name, self)
            elif self._too_large is not None:
                self._refuse(self._too_large)
            elif self._is_ended:
                self._line.close()
        self._hold_back()

    def _hold_back(self) -> None:
        """Read on when what has come was handed in: nobody makes us keep more than that."""
        if self._line.is_closing() or self._is_held_back == bool(self._waiting):
            return
        self._is_held_back = not self._is_held_back
        if self._is_held_back:
            self._line.pause_reading()
        else:
            self._line.resume_reading()

    def _refuse(self, error: TooLarge) -> None:
        """Say that it is too large, then let the rest go by without keeping any of it."""
        place = self._listener.place
        _log.warning("message too large", connection=self._name, largest=place.largest)
        remedy = f"Send at most {place.largest} bytes in one message; split it by order."
        answers = refuse(error.begin, Unreadable("MSH", remedy, code=104), self._listener.now())
        self._too_large, self._is_draining = None, True
        self._line.write(b"".join(map(framed, answers)))
        if self._line.can_write_eof():
            self._line.write_eof()
        self._deadline = self._loop.time() + place.seconds_to_drain
        self._watch()

    def _say_broken(self, error: BaseException) -> None:
        _log.info("connection broke", connection=self._name, kind=type(error).__qualname__)

    def _prolong(self) -> None:
        self._deadline = self._loop.time() + self._listener.place.seconds_idle

    def _watch(self) -> None:
        """End where nothing came, or nothing was read, for too long; whoever waits for us may."""
        if self._timer is not None:
            self._timer.cancel()
        if self._is_awaiting:
            self._prolong()
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._watch)
        else:
            self._say_broken(TimeoutError())
            self._line.abort()
