"""From bytes to what is handed in, and from what became of it back to bytes.

The same for every way a message comes. Nothing a sender can write gets past here as an exception.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from etasu.interfaces.hl7v2 import answer
from etasu.interfaces.hl7v2.answer import Verdict
from etasu.interfaces.hl7v2.header import Header, header_in, header_of
from etasu.interfaces.hl7v2.parser import Unreadable, messages_in, parse, wrapper_of
from etasu.interfaces.hl7v2.translate import translate
from etasu.registry.monitoring.received import (
    AS_SENT,
    Agreed,
    Answer,
    Outcome,
    ReadAs,
    Received,
    names_of,
)

WIRE = "hl7v2"
NOTHING_AGREED: Agreed = {}
_log = structlog.get_logger("etasu.hl7")


class Heard(NamedTuple):
    """A message as it came, with what its header says and why it cannot be read, if it cannot."""

    header: Header
    received: Received
    unreadable: Unreadable | None
    encoding: str = "utf-8"


class Delivery(NamedTuple):
    """What came at once: mostly one message, or a batch of them."""

    messages: tuple[Heard, ...]
    is_batch: bool

    @property
    def received(self) -> list[Received]:
        """What is handed in."""
        return [each.received for each in self.messages]


def hear(raw: bytes, connection: str | None, agreed: Agreed = NOTHING_AGREED) -> Delivery:
    """Take apart and translate everything that came at once; raises nothing.

    What was `agreed` with a sender counts where a message does not say it itself.
    """
    try:
        wrapper, chunks = wrapper_of(raw), messages_in(raw)
    except Unreadable as unreadable:
        return Delivery((_not_read(raw, connection, unreadable, header_in(raw)),), False)
    return Delivery(tuple(_heard(chunk, connection, agreed) for chunk in chunks), bool(wrapper))


def reply(
    delivery: Delivery, outcomes: Sequence[Outcome], at: datetime
) -> tuple[list[bytes], bool]:
    """The messages to send back, and whether everything was accepted."""
    texts: list[str] = []
    verdicts: list[Verdict] = []
    for heard, outcome in zip(delivery.messages, outcomes, strict=True):
        verdict = verdict_of(heard, outcome)
        number = new_control_id()
        texts += answer.acknowledgments(heard.header, verdict, number=number, at=at)
        verdicts.append(verdict)
    is_accepted = answer.all_accepted(verdicts)
    encoding = delivery.messages[0].encoding
    if delivery.is_batch:
        texts = [answer.batch_of(texts, number=new_control_id(), at=at)]
    elif len(delivery.messages) > 1:
        # What came in one frame is answered in one.
        texts = ["".join(texts)]
    return [text.encode(encoding, "replace") for text in texts], is_accepted


def refuse(raw: bytes, unreadable: Unreadable, at: datetime) -> list[bytes]:
    """The answer to what is not handed in at all."""
    verdict, number = answer.refusal(unreadable), new_control_id()
    verdict = verdict._replace(answer=Answer.REJECTED)
    made = answer.acknowledgments(header_in(raw), verdict, number=number, at=at)
    return [text.encode() for text in made]


def new_control_id() -> str:
    """A control ID of ours: 16 characters, which every version has room for."""
    return secrets.token_hex(8).upper()


def verdict_of(heard: Heard, outcome: Outcome) -> Verdict:
    """How a message is answered, by what became of it."""
    # Where nothing was kept, that is what has to be said: the message must come again.
    if heard.unreadable is not None and outcome.error != "207":
        return answer.refusal(heard.unreadable)
    return answer.verdict_on(outcome, heard.received.message)


def _heard(raw: bytes, connection: str | None, agreed: Agreed) -> Heard:
    try:
        # Who sent it is asked before it is read only where that says how to.
        first = AS_SENT if raw.isascii() else _agreed(agreed, connection, header_in(raw))
        message = parse(raw, first.character_set)
        header = header_of(message)
        read_as = _agreed(agreed, connection, header)
        message.zone = read_as.zone
        try:
            said = translate(message, header)
        except Unreadable as unreadable:
            return _not_read(raw, connection, unreadable, header)
        return Heard(header, Received(connection, raw, WIRE, said), None, message.encoding)
    except Unreadable as unreadable:
        return _not_read(raw, connection, unreadable, header_in(raw))
    except Exception as error:  # noqa: BLE001 - one message may never end a conversation
        # Its kind only: what an error says may quote the message.
        _log.error("unforeseen", kind=type(error).__qualname__, bytes=len(raw))
        remedy = "Call support; the message was kept as it came."
        return _not_read(raw, connection, Unreadable("MSH", remedy, code=207), header_in(raw))


def _agreed(agreed: Agreed, connection: str | None, header: Header) -> ReadAs:
    if not agreed:
        return AS_SENT
    names = names_of(connection or "", header.sent_as)
    return next((agreed[name] for name in names if name in agreed), AS_SENT)


def _not_read(raw: bytes, connection: str | None, unreadable: Unreadable, header: Header) -> Heard:
    received = Received(connection, raw, WIRE, None, str(unreadable))
    return Heard(header, received, unreadable)
