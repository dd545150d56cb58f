"""The draft of a question to sign for: kept in the session, outside the record, until signed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

DRAFTS = "drafts"


@dataclass
class Draft:
    """What was answered so far. `done` names the finished pages.

    `tests` has for each test the day as ISO text and a value, either empty when not given.
    """

    course: int | None = None
    planned_on: str = ""
    facility: str = ""
    tests: dict[str, dict[str, str]] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    @property
    def day(self) -> date | None:
        """The planned day, once it is given."""
        return date.fromisoformat(self.planned_on) if self.planned_on else None

    @property
    def digest(self) -> str:
        """A fingerprint of the answers, to tell that they are those the signer was shown."""
        said = asdict(self)
        del said["done"]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def open_draft(session: SessionBase, patient: str, gate: str) -> Draft:
    """The draft for a patient and a gate, or an empty one."""
    kept: dict[str, Any] = session.get(DRAFTS, {}).get(_place(patient, gate), {})
    return Draft(**kept)


def keep_draft(session: SessionBase, patient: str, gate: str, draft: Draft) -> None:
    """Keep the draft for the rest of the session."""
    session[DRAFTS] = session.get(DRAFTS, {}) | {_place(patient, gate): asdict(draft)}


def drop_draft(session: SessionBase, patient: str, gate: str) -> None:
    """Forget the draft."""
    drafts = dict(session.get(DRAFTS, {}))
    drafts.pop(_place(patient, gate), None)
    session[DRAFTS] = drafts


def _place(patient: str, gate: str) -> str:
    return f"{patient}/{gate}"
