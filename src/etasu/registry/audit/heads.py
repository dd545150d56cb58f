"""The newest head, to keep outside the database: a trail cut off or rewritten differs from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import connection

from etasu.registry.audit.chain import BEFORE_ALL, Cursor
from etasu.registry.audit.trail import count_after, newest_seal, one_moment

SUMS = """
SELECT coalesce((SELECT sum(entries) FROM audit_seal), 0)::bigint,
    (SELECT to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        FROM audit_seal ORDER BY sequence DESC LIMIT 1)
"""


class UnreadableHead(ValueError):
    """A head file that is not one of ours; the text says what is wrong with it."""


class ExportedHead(NamedTuple):
    """The trail as it was at one moment. `sequence` is 0 while nothing was sealed."""

    sequence: int
    head: str
    entries: int
    last: Cursor | None
    sealed_at: str | None
    unsealed: int

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        return {**self._asdict(), "last": list(self.last) if self.last else None}


def newest_head() -> ExportedHead:
    """The newest seal's head, how many entries it stands for, and how many wait to be sealed."""
    with one_moment():
        seal = newest_seal()
        with connection.cursor() as db:
            db.execute(SUMS)
            sealed, sealed_at = db.fetchone()
        unsealed = count_after(seal.last if seal else BEFORE_ALL)
    if seal is None:
        return ExportedHead(0, "", 0, None, None, unsealed)
    return ExportedHead(seal.sequence, seal.head.hex(), sealed, seal.last, sealed_at, unsealed)


def read_head(text: str) -> ExportedHead:
    """The head a file holds; raises UnreadableHead."""
    try:
        found = json.loads(text)
        if not isinstance(found, Mapping):
            raise TypeError("a head is one JSON object")
        last = found["last"]
        head = ExportedHead(
            int(found["sequence"]),
            str(found["head"]),
            int(found["entries"]),
            Cursor(*map(int, last)) if last else None,
            found["sealed_at"],
            int(found["unsealed"]),
        )
        bytes.fromhex(head.head)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableHead(f"{type(error).__name__}: {error}") from error
    return head
