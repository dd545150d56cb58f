"""What was agreed with each sender and no message says: its time zone and its characters."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from etasu.registry.monitoring.received import Agreed, ReadAs
from etasu.registry.monitoring.senders import known_now

CHARACTER_SETS = ("utf-8", "iso-8859-1", "windows-1252")


def agreed_with_senders(at: datetime) -> Agreed:
    """How each sender is read, by every name it comes under."""
    return {
        name: ReadAs(ZoneInfo(connection.time_zone), connection.character_set)
        for name, connection in known_now(at).senders.by_name.items()
    }
