"""What a laboratory, a clinic or a patient says was found: the same values from every wire.

A door translates its message into a `LabReport` and decides nothing. Nothing is corrected here:
units, codes and words are kept as sent, and what could not be read is kept as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

LOINC = "LN"
LOCAL = "L"


class ItemStatus(StrEnum):
    """How far a result is. Only `final` and `corrected` ones count; `withdrawn` takes one back."""

    FINAL = "final"
    CORRECTED = "corrected"
    PRELIMINARY = "preliminary"
    REGISTERED = "registered"
    CANCELED = "canceled"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


def day_where_taken(at: datetime, where: tzinfo | None) -> date:
    """The day a moment was for whoever took the specimen; `where` is where the sender is.

    With an offset of its own the day is the one that was written, for that is where somebody wrote
    it; many systems turn every time into UTC, and by UTC an evening's blood is the next day's.
    """
    if where is not None and at.utcoffset() == timedelta(0):
        return at.astimezone(where).date()
    return at.date()


COUNTING = frozenset({ItemStatus.FINAL, ItemStatus.CORRECTED})


@dataclass(frozen=True, slots=True)
class Coding:
    """A code as sent. `system` is `LN` for LOINC, or the sender's own name of its list."""

    system: str
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class PatientIdentifier:
    """An identifier as sent, who assigned it, and its kind (HL7 table 0203, such as `MR`)."""

    value: str
    authority: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAsSent:
    """Who the report says it is about. None of it is believed until it was matched."""

    identifiers: tuple[PatientIdentifier, ...] = ()
    last_name: str = ""
    first_name: str = ""
    birth_date: date | None = None
    sex: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabItem:
    """One thing found. `place` is where it stands in the message, in the wire's own words.

    `value` is a decimal number as text or a word, never rounded; `comparator` is `<`, `<=`, `>=` or
    `>` or empty. `low` and `high` are the laboratory's own range as text, with `>` or `<` before an
    end that is itself outside. `abnormal` are the flags of HL7 table 0078. `collected_on` is the
    day where the specimen was taken; None when the message does not say, and such an item never
    counts. `key` tells the item within its report, so that a correction finds what it corrects.
    """

    place: str
    key: str
    codes: tuple[Coding, ...]
    value: str | None
    status: ItemStatus
    collected_on: date | None
    collected_at: datetime | None = None
    comparator: str = ""
    unit: str = ""
    low: str | None = None
    high: str | None = None
    range_text: str = ""
    abnormal: tuple[str, ...] = ()
    specimen: str = ""
    note: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabReport:
    """Items of one order about one patient.

    `number` is the laboratory's own number of the order (filler number, accession); with the
    sender it finds an earlier report that this one corrects. `ordered_by` is an NPI, if sent.
    """

    place: str
    number: str
    patient: PatientAsSent
    items: tuple[LabItem, ...]
    reported_at: datetime | None = None
    ordered_by: str = ""
    panel: Coding | None = None
    attachments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabMessage:
    """Everything one message, bundle or file says. `sent_as` names sender and receiver as sent."""

    control_id: str
    sent_as: str
    reports: tuple[LabReport, ...]
    sent_at: datetime | None = None
    is_test: bool = False
