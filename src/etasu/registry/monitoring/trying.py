"""Finding out what would follow, by doing it and taking all of it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.intake import receive_all
from etasu.registry.monitoring.lab_facts import ItemNow, items_of, message_by_number
from etasu.registry.monitoring.received import Outcome, Received

T = TypeVar("T")


class Tried(NamedTuple):
    """What would become of a message, and of each of its items."""

    outcome: Outcome
    items: list[ItemNow]


def what_if(do: Callable[[], T]) -> T:
    """What it would come to; nothing of it is kept."""
    with transaction.atomic():
        found = do()
        transaction.set_rollback(True)
    return found


def try_messages(messages: Sequence[Received], *, by: Actor, at: datetime) -> list[Tried]:
    """What would become of these messages, one after another. One for tests is read as a real one.

    Call it in `what_if`.
    """
    tried = []
    for each in messages:
        (outcome,) = receive_all([_as_real(each)], by=by, at=at)
        row = message_by_number(outcome.reference) if outcome.reference else None
        tried.append(Tried(outcome, items_of(row) if row is not None else []))
    return tried


def _as_real(received: Received) -> Received:
    if received.message is None or not received.message.is_test:
        return received
    return received._replace(message=replace(received.message, is_test=False))
