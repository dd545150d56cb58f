"""Keeps the audit trail sealed, within a second of what happens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from etasu.registry.audit.sealing import seal_waiting


def seal(at: datetime) -> dict[str, Any]:
    """Seal every entry that can be sealed now; how many, in how many seals."""
    done = seal_waiting(at=at)
    return {"seals": done.seals, "entries": done.entries}
