"""MLLP: messages between a vertical tab and a file separator with a carriage return.

Pure and bounded: bytes go in as they arrive, whole messages come out, and no more than one message
is ever held. What stands outside a frame is counted and dropped.
"""

from __future__ import annotations

from collections.abc import Iterator

from etasu.interfaces.hl7v2.parser import FS, LARGEST_MESSAGE, VT

_HEADERS = (b"\x0bMSH", b"\x0bFHS", b"\x0bBHS")


class TooLarge(Exception):
    """A message without an end in sight; `begin` is how it began."""

    def __init__(self, begin: bytes) -> None:
        super().__init__(f"more than {LARGEST_MESSAGE} bytes")
        self.begin = begin


class Frames:
    """The messages in a stream of bytes."""

    def __init__(self, largest: int = LARGEST_MESSAGE) -> None:
        self._largest = largest
        self._held = bytearray()
        self._searched = 0
        self._is_inside = False
        self.dropped = 0

    @property
    def is_inside(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._is_inside

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole now; raises TooLarge, after which nothing may be fed."""
        self._held += data
        while True:
            if not self._is_inside and not self._enter():
                return
            end = self._held.find(FS, self._searched)
            size = end if end >= 0 else len(self._held)
            if size > self._largest:
                begin = bytes(self._held[:4096])
                self._held.clear()
                raise TooLarge(begin)
            if end < 0:
                self._searched = size
                return
            message = bytes(self._held[:end])
            del self._held[: end + 1]
            self._is_inside = False
            yield self._last_begun(message)

    def take_dropped(self) -> int:
        """How many bytes were dropped since this was last asked."""
        dropped, self.dropped = self.dropped, 0
        return dropped

    def _enter(self) -> bool:
        """Go into the next frame, if one has begun."""
        begin = self._held.find(VT)
        outside = self._held if begin < 0 else self._held[:begin]
        # The carriage return that ends a frame belongs to it, and line ends are nobody's loss.
        self.dropped += len(outside) - outside.count(b"\r") - outside.count(b"\n")
        if begin < 0:
            self._held.clear()
            return False
        del self._held[: begin + 1]
        self._is_inside, self._searched = True, 0
        return True

    def _last_begun(self, message: bytes) -> bytes:
        """A half message that was begun anew must not be read as the beginning of the next."""
        begin = max(message.rfind(header) for header in _HEADERS)
        if begin < 0:
            return message
        self.dropped += begin
        return message[begin + 1 :]


def framed(message: bytes) -> bytes:
    """A message as it goes onto the line."""
    return b"".join((VT, message, FS, b"\r"))
