"""A store of messages for tests of what is around it: it keeps, knows repeats, and can break."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from etasu.registry.monitoring.received import Answer, ItemOutcome, Kept, Outcome, Received
from tests.interfaces.hl7_messages import items_of


class Store:
    """Keeps what is handed in, one batch after the other. `before` may raise, or wait."""

    def __init__(
        self, before: Callable[[Sequence[Received]], None] = lambda messages: None
    ) -> None:
        self.kept: list[Received] = []
        self._known: set[bytes] = set()
        self.batches: list[int] = []
        self.before = before
        self.lock = threading.Lock()

    def __call__(self, messages: Sequence[Received], *, at: datetime) -> Sequence[Outcome]:
        """One outcome for each."""
        self.before(messages)
        with self.lock:
            self.batches.append(len(messages))
            return [self._keep(each) for each in messages]

    def _keep(self, one: Received) -> Outcome:
        is_repeat = one.raw in self._known
        if not is_repeat:
            self.kept.append(one)
            self._known.add(one.raw)
        if one.message is None:
            return Outcome(Answer.ERROR, is_repeat=is_repeat, error="100", said=one.trouble)
        stored = Kept.STORED.value
        items = tuple(ItemOutcome(item.place, stored) for item in items_of(one.message))
        return Outcome(Answer.ACCEPTED, items, is_repeat)
