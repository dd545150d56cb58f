"""What a seeding tells whoever started it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple, Protocol


class Progress(Protocol):
    """Told how far long work has come."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say that `done` of `total` of one kind of thing are finished."""


class SignIn(NamedTuple):
    """An invented person one can sign in as, and what to try as that person."""

    role: str
    name: str
    email: str
    password: str
    to_try: str


class DemoKey(NamedTuple):
    """An API key of an invented system; only its hash is in the database."""

    role: str
    system: str
    key: str


class SeedReport(NamedTuple):
    """What was made, for which day, and how to get in. `rows` counts the rows of each table."""

    program: str
    size: str
    seed: int
    on: date
    patients: int
    rows: Mapping[str, int]
    sign_ins: tuple[SignIn, ...]
    keys: tuple[DemoKey, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        said = self._asdict()
        said["on"] = self.on.isoformat()
        said["rows"] = dict(self.rows)
        said["sign_ins"] = [each._asdict() for each in self.sign_ins]
        said["keys"] = [each._asdict() for each in self.keys]
        return said


class CannotSeed(Exception):
    """The database is not one to put invented people into; says why, and what to do instead."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
