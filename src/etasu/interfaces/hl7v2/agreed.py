"""What was agreed with the senders, asked anew every few seconds and not for every message."""

from __future__ import annotations

from datetime import datetime, timedelta

from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.monitoring.received import Agreed

LONGEST = timedelta(seconds=5)


class Remembered:
    """What was agreed, as it stood a few seconds ago at most."""

    def __init__(self) -> None:
        self._known: Agreed = {}
        self._asked: datetime | None = None

    def __call__(self, at: datetime) -> Agreed:
        """What was agreed; raises what the database raises."""
        if self._asked is None or not timedelta(0) <= at - self._asked < LONGEST:
            self._known, self._asked = agreed_with_senders(at), at
        return self._known
