"""A file of results, handed in: what became of each row."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring import intake
from etasu.registry.monitoring.intake import ItemOutcome, Outcome, Received
from etasu.registry.monitoring.received import FILE
from etasu.registry.monitoring.result_files.lines import Unreadable
from etasu.registry.monitoring.result_files.translate import translate


class Taken(NamedTuple):
    """What became of a file: of each row, or why the whole of it could not be read."""

    outcome: Outcome
    problem: str = ""

    @property
    def rows(self) -> tuple[ItemOutcome, ...]:
        """Each row with its place, what became of it, why, and what to do."""
        return self.outcome.items


def receive_file(content: bytes, connection: str, *, by: Actor, at: datetime) -> Taken:
    """Take a file in for a connection, by its number; one that cannot be read is kept as well."""
    known_as = f"connection:{connection}"
    try:
        message = translate(content, known_as)
    except Unreadable as problem:
        received = Received(known_as, content[:MOST_KEPT], FILE, None, str(problem))
        return Taken(intake.receive(received, by=by, at=at), str(problem))
    received = Received(known_as, content, FILE, message)
    return Taken(intake.receive(received, by=by, at=at))


# Of a file that is too large to be read, the beginning shows what it was.
MOST_KEPT = 100_000
