"""What happened, one line for each event, and a hash by which two runs are told apart."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from datetime import date
from typing import NamedTuple, TextIO

LAST = 20


class Event(NamedTuple):
    """One thing that happened. `subject` is a number of the simulation's own, never a name."""

    day: date
    kind: str
    subject: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.subject} {self.outcome}"


class Trace:
    """Every event in order, hashed as it comes; kept in a file where one is given."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.counts: Counter[str] = Counter()
        self.last: deque[Event] = deque(maxlen=LAST)

    def note(self, event: Event) -> None:
        """Add an event."""
        line = f"{event}\n"
        self._hash.update(line.encode())
        self.counts[f"{event.kind} {event.outcome.split()[0]}"] += 1
        self.last.append(event)
        if self._file is not None:
            self._file.write(line)

    @property
    def events(self) -> int:
        """How many there were."""
        return sum(self.counts.values())

    @property
    def digest(self) -> str:
        """The SHA-256 of every line so far."""
        return self._hash.hexdigest()
