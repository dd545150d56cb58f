"""What a wire hands in, and what became of each part of it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.lab_reports import LabMessage


class Answer(StrEnum):
    """What the sender is told, in the words of HL7 table 0008."""

    ACCEPTED = "AA"
    ERROR = "AE"
    REJECTED = "AR"


class Kept(StrEnum):
    """What became of an item. A quarantined one waits for somebody; a rejected one is final."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


class Received(NamedTuple):
    """One message as it came. `connection` is what the listener knows of the sender, if anything.

    `message` is None for one that could not be read; `trouble` then says why, and is told back.
    """

    connection: str | None
    raw: bytes
    wire: str
    message: LabMessage | None
    trouble: str = ""


class ItemOutcome(NamedTuple):
    """What became of the item at `place`; `said` and `remedy` are for whoever sent it."""

    place: str
    outcome: str
    reason: str = ""
    said: str = ""
    remedy: str = ""


class Outcome(NamedTuple):
    """What is answered to one message. `reference` is our number of it; empty if it was not kept.

    A rejected item does not spoil its message: `answer` speaks of the message as a whole. `error`
    is a code of HL7 table 0357 for one that is not accepted, said in `said`.
    """

    answer: str
    items: tuple[ItemOutcome, ...] = ()
    is_repeat: bool = False
    reference: str = ""
    error: str = ""
    said: str = ""
