"""What the laboratory's pages borrow from the wire, which no portal may know: the site lends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.received import Outcome
from etasu.safe_use.program import ProgramVersion


class Wire(Protocol):
    """Reads messages for people; what it shows has the fields the templates ask for."""

    def try_out(
        self, raw: bytes, connection: str | None, *, by: Actor, at: datetime
    ) -> Sequence[Any]:
        """What would become of what was pasted; nothing is kept."""

    def look_at(
        self, raw: bytes, connection: str | None, outcome: Outcome, at: datetime
    ) -> tuple[Any, str]:
        """A message on record, segment by segment, and its acknowledgment."""

    def take_again(
        self, raw: bytes, connection: str | None, *, by: Actor, at: datetime
    ) -> Sequence[Outcome]:
        """Hand in once more what is on record as it came."""

    def run_checklist(self, version: ProgramVersion, *, by: Actor, at: datetime) -> Sequence[Any]:
        """The checks of a new connection, each with what came of it; nothing is kept."""


_lent: list[Wire] = []


def lend(wire: Wire) -> None:
    """Let the pages use this wire from now on."""
    _lent[:] = [wire]


def wire() -> Wire:
    """The wire that was lent."""
    return _lent[0]
