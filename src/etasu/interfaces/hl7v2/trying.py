"""Messages that somebody pastes or looks at again: read and answered like any other.

Nothing is kept but what `take_again` hands in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from etasu.interfaces.hl7v2.annotated import Shown, annotate
from etasu.interfaces.hl7v2.exchange import Delivery, Heard, hear, reply, verdict_of
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.intake import receive_all
from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.monitoring.received import Outcome
from etasu.registry.monitoring.trying import Tried, try_messages, what_if


class MessageTried(NamedTuple):
    """One message that was tried: itself, what would become of it, and its acknowledgment."""

    shown: Shown
    tried: Tried
    acknowledgment: str


def try_out(raw: bytes, connection: str | None, *, by: Actor, at: datetime) -> list[MessageTried]:
    """What would become of what is pasted, in the name of a connection or in its own."""
    delivery = hear(raw, connection, agreed_with_senders(at))
    tried = what_if(lambda: try_messages(delivery.received, by=by, at=at))
    return [
        MessageTried(_shown(heard, each.outcome), each, answered(heard, each.outcome, at))
        for heard, each in zip(delivery.messages, tried, strict=True)
    ]


def answered(heard: Heard, outcome: Outcome, at: datetime) -> str:
    """The acknowledgment of one message, a line for each segment."""
    answers, _ = reply(Delivery((heard,), is_batch=False), [outcome], at)
    return "\n".join(each.decode(heard.encoding).replace("\r", "\n") for each in answers)


def look_at(
    raw: bytes, connection: str | None, outcome: Outcome, at: datetime
) -> tuple[Shown, str]:
    """A message on record with what is wrong in it, and how it was answered."""
    (heard, *_) = hear(raw, connection, agreed_with_senders(at)).messages
    return _shown(heard, outcome), answered(heard, outcome, at)


def take_again(raw: bytes, connection: str | None, *, by: Actor, at: datetime) -> Sequence[Outcome]:
    """Hand in once more what is on record as it came; what became of each message in it."""
    delivery = hear(raw, connection, agreed_with_senders(at))
    return receive_all(delivery.received, by=by, at=at)


def _shown(heard: Heard, outcome: Outcome) -> Shown:
    return annotate(heard.received.raw, verdict_of(heard, outcome), heard.encoding)
