"""The arithmetic of seals: leaf, root, head. Pure, so that anybody can do it again elsewhere.

A *leaf* is the SHA-256 of byte 0 and one entry's text; a *root* joins a batch's leaves two by two,
each pair behind byte 1, an odd one out moving up as it is (the tree of RFC 9162); a *head* is the
SHA-256 of byte 2 and the text of a seal, which holds the head before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

import orjson

LEAF, NODE, HEAD = b"\x00", b"\x01", b"\x02"
HASH_BYTES = 32
# What the first seal has in place of the head before it.
START = bytes(HASH_BYTES)


class Cursor(NamedTuple):
    """The place of an entry: its transaction, and its id within the table."""

    xid: int
    id: int

    def __str__(self) -> str:
        return f"({self.xid}, {self.id})"


# PostgreSQL never gives a transaction the number 0.
BEFORE_ALL = Cursor(0, -(2**63))


class Seal(NamedTuple):
    """One seal as stored. `sealed_at` is microseconds since 1970 in UTC, as text.

    `highest_id` is the highest entry id in this and all earlier seals. A seal of no entries begins
    a new epoch: it is written when the database was moved to a server that counts transactions
    from lower numbers again. From there on only entries above its `highest_id` are sealed.
    """

    sequence: int
    first: Cursor
    last: Cursor
    entries: int
    highest_id: int
    sealed_at: str
    leaves: bytes
    root: bytes
    head: bytes

    @property
    def begins_epoch(self) -> bool:
        """Whether it seals no entry but marks that transactions are counted anew."""
        return self.entries == 0 and not self.leaves

    def leaf_list(self) -> list[bytes]:
        """Its leaves, one for each entry, in the entries' order; a broken rest is a leaf too."""
        return [
            self.leaves[start : start + HASH_BYTES]
            for start in range(0, len(self.leaves), HASH_BYTES)
        ]


def entry_text(columns: Sequence[str]) -> bytes:
    """The text of an entry that is hashed: its nine columns as a compact JSON list of strings."""
    return orjson.dumps(columns)


def leaf_of(text: bytes) -> bytes:
    """The hash of one entry's text."""
    return sha256(LEAF + text).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """One hash over a batch of leaves, in order; of no leaves, the hash of nothing."""
    level = list(leaves)
    if not level:
        return sha256(b"").digest()
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(NODE + left + right).digest() for left, right in pairs]
        level = above + level[len(above) * 2 :]
    return level[0]


def head_of(previous: bytes, seal: Seal) -> bytes:
    """The hash that binds a seal, its leaves through their root, to all that came before."""
    text = orjson.dumps(
        [
            previous.hex(),
            str(seal.sequence),
            seal.root.hex(),
            str(seal.entries),
            *map(str, (*seal.first, *seal.last)),
            str(seal.highest_id),
            seal.sealed_at,
        ]
    )
    return sha256(HEAD + text).digest()
