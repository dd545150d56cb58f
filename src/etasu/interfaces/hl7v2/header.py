"""What MSH says: who sends what to whom, and how it wants to be answered."""

from __future__ import annotations

import re
from typing import NamedTuple

from etasu.interfaces.hl7v2.escapes import USUAL
from etasu.interfaces.hl7v2.parser import Message, Unreadable, separators_of

VERSIONS = frozenset(
    "2.1 2.2 2.3 2.3.1 2.4 2.5 2.5.1 2.6 2.7 2.7.1 2.8 2.8.1 2.8.2 2.9 2.9.1".split()
)
PRODUCTION, TRAINING, DEBUGGING = "P", "T", "D"
# Always, never, on an error, on success.
CONDITIONS = frozenset({"AL", "NE", "ER", "SU"})
LONGEST_CONTROL_ID = 199
# Sender and receiver together; what is looked up by the database has an end.
LONGEST_NAMES = 1_000
_A_HEADER = re.compile(rb"(?:^|[\r\n\x0b])[ \t]*(MSH[^\r\n]{0,4000})")


class Header(NamedTuple):
    """The fields of MSH that matter here, read out; empty where nothing was sent."""

    sending_application: str = ""
    sending_facility: str = ""
    receiving_application: str = ""
    receiving_facility: str = ""
    sent: str = ""
    kind: str = ""
    event: str = ""
    control_id: str = ""
    processing_id: str = ""
    version: str = ""
    accept_answer: str = ""
    application_answer: str = ""
    character_set: str = ""

    @property
    def sent_as(self) -> str:
        """Sender and receiver as sent: application and facility of each."""
        return "|".join(self[:4])

    @property
    def is_enhanced(self) -> bool:
        """Whether the sender says itself which answers it wants, in words of HL7 table 0155."""
        return self.accept_answer in CONDITIONS or self.application_answer in CONDITIONS


def header_of(message: Message) -> Header:
    """The header of a message that was taken apart."""
    fields, text = message.header, message.text
    type_field = fields[9] if len(fields) > 9 else ""
    return Header(
        _whole(message, 3),
        _whole(message, 4),
        _whole(message, 5),
        _whole(message, 6),
        text(fields, 7),
        message.part(type_field, 1).upper(),
        message.part(type_field, 2).upper(),
        text(fields, 10),
        text(fields, 11).upper(),
        text(fields, 12),
        text(fields, 15).upper(),
        text(fields, 16).upper(),
        text(fields, 18),
    )


def header_in(raw: bytes) -> Header:
    """The header of a message that cannot be read, as far as it goes; raises nothing."""
    found = _A_HEADER.search(raw)
    if found is None:
        return Header()
    line = found[1].decode("utf-8", "replace").replace("\0", "\ufffd")
    try:
        separators = separators_of(line)
    except Unreadable:
        separators = USUAL._replace(field=line[3:4] or "|")
    fields = line.split(separators.field)
    fields.insert(1, separators.field)
    return header_of(Message([fields], separators))


def check(header: Header) -> None:
    """Raise Unreadable for a message that is not ours to read, or does not say what it is."""
    if header.kind != "ORU":
        remedy = "Send results as ORU^R01; other messages are not read here."
        raise Unreadable("MSH-9", remedy, code=200)
    if header.event not in ("R01", ""):
        raise Unreadable("MSH-9", "Send results as ORU^R01; no other event is read.", code=201)
    if header.processing_id not in (PRODUCTION, TRAINING, DEBUGGING):
        raise Unreadable("MSH-11", "Write P for real results, T for a test.", code=202)
    if header.version not in VERSIONS:
        raise Unreadable("MSH-12", "Write the version, from 2.1 to 2.9, such as 2.5.1.", code=203)
    if len(header.control_id) > LONGEST_CONTROL_ID:
        remedy = f"Send a control ID of at most {LONGEST_CONTROL_ID} characters."
        raise Unreadable("MSH-10", remedy, code=104)
    if len(header.sent_as) > LONGEST_NAMES:
        remedy = f"Send names of at most {LONGEST_NAMES} characters in MSH-3 to MSH-6."
        raise Unreadable("MSH-3", remedy, code=104)


def _whole(message: Message, number: int) -> str:
    """A name with its components, as `LAB^2.16.840.1^ISO`."""
    field = message.header[number] if number < len(message.header) else ""
    return "^".join(message.parts(field)).rstrip("^")
