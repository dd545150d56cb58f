"""What a wire hands in, and what became of each part of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.lab_reports import LabMessage

# How a door names a sender that proved nothing: by the address it calls from.
_ADDRESS = "peer:"
# The wires of people who are signed in: read off a report, off one the patient sent, said on a form
# to a gate, or in a file.
BY_HAND, PATIENT, FORM, FILE = "by hand", "patient", "form", "file"
# Somebody had the report before them, and says what it says.
TYPED = (BY_HAND, PATIENT)


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


class ReadAs(NamedTuple):
    """How messages of a sender are read where they do not say it themselves."""

    zone: tzinfo | None = None
    character_set: str = "utf-8"


AS_SENT = ReadAs()
Agreed = Mapping[str, ReadAs]


def names_of(known: str, sent_as: str) -> list[str]:
    """What a sender may be registered as: what the door made sure of, or what the message says.

    Where the door knows only an address, anybody there may speak in any name.
    """
    if known and not known.startswith(_ADDRESS):
        return [known]
    both = "|".join(sent_as.split("|")[:2])
    return [each for each in (both, sent_as, known) if each.strip("|")]
