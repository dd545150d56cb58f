"""What verification finds wrong, and where."""

from __future__ import annotations

from typing import Any, NamedTuple

from etasu.registry.audit.chain import Cursor, Seal
from etasu.registry.audit.comparison import DELETED, INSERTED, REORDERED, Difference

ENTRY, SEAL, TRAIL = "entry", "seal", "trail"


class Problem(NamedTuple):
    """One thing that is not as it was sealed.

    `part` is entry, seal or trail; `kind` is edited, deleted, inserted, reordered, unconfirmed
    (a seal that cannot be checked because the one before it is wrong), truncated or replaced (the
    trail against an exported head). `position` counts the entries of the seal from 1.
    """

    part: str
    kind: str
    said: str
    sequence: int | None = None
    cursor: Cursor | None = None
    position: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON; transaction and id as `xid` and `id`."""
        xid, entry_id = self.cursor or (None, None)
        named = self._asdict()
        named.pop("cursor")
        return {**named, "xid": xid, "id": entry_id}


def of_entry(difference: Difference, seal: Seal, position: int | None) -> Problem:
    """A difference in words; `position` counts the seal's leaves from 0."""
    if difference.kind == INSERTED or position is None:
        return inserted(difference, seal.sequence)
    if difference.kind == DELETED:
        return _deleted(difference, seal, position)
    cursor = difference.entry.cursor if difference.entry else None
    what = "holds another entry's contents" if difference.kind == REORDERED else "was edited"
    said = f"Entry {cursor}, number {position + 1} of seal {seal.sequence}, {what}."
    return Problem(ENTRY, difference.kind, said, seal.sequence, cursor, position + 1)


def inserted(difference: Difference, sequence: int | None) -> Problem:
    """An entry that was never sealed, at a place that is."""
    cursor = difference.entry.cursor if difference.entry else None
    where = f"within seal {sequence}" if sequence else "among sealed entries"
    return Problem(ENTRY, INSERTED, f"Entry {cursor} was inserted {where}.", sequence, cursor)


def _deleted(difference: Difference, seal: Seal, position: int) -> Problem:
    ends = {0: seal.first, seal.entries - 1: seal.last}
    cursor = ends.get(position)
    named = f"Entry {cursor}, number" if cursor else "The entry that was number"
    after = f", after {difference.before}" if not cursor and difference.before else ""
    said = f"{named} {position + 1} of seal {seal.sequence}{after}, was deleted."
    return Problem(ENTRY, DELETED, said, seal.sequence, cursor, position + 1)
