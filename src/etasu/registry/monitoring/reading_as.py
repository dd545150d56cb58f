"""What was agreed with each sender and no message says: its zone, its characters, its units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from etasu.registry.monitoring.lab_models import CodeMapping, LabConnection
from etasu.registry.monitoring.received import Agreed, ReadAs
from etasu.registry.monitoring.senders import known_now

CHARACTER_SETS = ("utf-8", "iso-8859-1", "windows-1252")


def agreed_with_senders(at: datetime) -> Agreed:
    """How each sender is read, by every name it comes under."""
    known = known_now(at).senders
    return {
        name: _read_as(connection, known.mappings.get(connection.program, ()))
        for name, connection in known.by_name.items()
    }


def _read_as(connection: LabConnection, mappings: Iterable[CodeMapping]) -> ReadAs:
    # Those of the connection itself come after those of everybody, and win.
    units = {
        (row.system, row.code): row.unit
        for row in mappings
        if row.unit and row.connection_id in (None, connection.pk)
    }
    return ReadAs(ZoneInfo(connection.time_zone), connection.character_set, units)
