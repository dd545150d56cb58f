"""What every entry of a program's definition has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry has: a permanent code, where it comes from, and whether that was checked."""

    code: str
    source: str
    verified: bool = True
