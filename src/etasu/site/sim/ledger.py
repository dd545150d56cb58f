"""What laboratories truly sent: the other side of the account of what came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(eq=False)
class Sent:
    """One message as a laboratory wrote it.

    `about` is whose blood it was, `named` whom its identifiers name, both by index; None where
    nobody can be told from it. `values` are by LOINC code, `said` the same in the units sent. Of
    what a `number` says, the last counts; `status` is that of OBX-11.
    """

    control_id: str
    number: str
    raw: bytes
    items: int
    about: int
    named: int | None
    collected_on: date
    values: Mapping[str, str]
    said: Mapping[str, str]
    status: str = "F"
    is_readable: bool = True
    chosen: int | None = None
    answers: list[str] = field(default_factory=list)


@dataclass
class Ledger:
    """Every message that was sent, by control ID, and in the order in which they arrived.

    Those lost on the way never get here.
    """

    sent: dict[str, Sent] = field(default_factory=dict)
    arrived: list[Sent] = field(default_factory=list)
    lost: int = 0

    def belongs_to(self, control_id: str) -> int | None:
        """The only person results of that message may be kept for, by index."""
        known = self.sent[control_id]
        return known.named if known.named is not None else known.chosen
