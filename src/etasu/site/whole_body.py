"""What was sent comes whole or not at all.

When a line breaks in the middle of a request, the web server hands on the part that came. A form
cut off like that reads as one with its last answers shorter or missing, so it must not be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class CutOff(OSError):
    """The line broke before the whole request had come."""


class WholeBody:
    """The body of one request of a stated length; reading raises CutOff where less came."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream, self._left = stream, length

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, or everything that is left."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        pieces = []
        while wanted:
            piece = self._stream.read(wanted)
            if not piece:
                raise CutOff(f"{self._left} bytes of the request did not come")
            pieces.append(piece)
            wanted -= len(piece)
            self._left -= len(piece)
        return b"".join(pieces)

    def readline(self, size: int | None = -1) -> bytes:
        """The rest of the line, at most so many bytes."""
        line = bytearray()
        limit = self._left if size is None or size < 0 else min(size, self._left)
        while len(line) < limit and not line.endswith(b"\n"):
            line += self.read(1)
        return bytes(line)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


def whole(environ: dict[str, Any]) -> dict[str, Any]:
    """The environment of a request whose body is read whole or not at all."""
    stated = environ.get("CONTENT_LENGTH") or "0"
    length = int(stated) if stated.isascii() and stated.isdigit() else 0
    return environ | {"wsgi.input": WholeBody(environ.get("wsgi.input"), length)}
