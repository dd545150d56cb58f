"""What every entry of a program's definition has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry has: a permanent code, where it comes from, and whether that was checked."""

    code: str
    source: str
    verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a kind of participant, a step, a gate or a test is called in another language."""

    language: str
    name: str
    question: str = ""


class Named(Protocol):
    """What has a name, and may have others in other languages."""

    @property
    def name(self) -> str:
        """The name in English."""

    @property
    def spoken(self) -> tuple[Spoken, ...]:
        """The names in other languages."""
