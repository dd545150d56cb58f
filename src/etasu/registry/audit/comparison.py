"""What was sealed against what is there: entries edited, deleted, inserted, exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from etasu.registry.audit.chain import Cursor, entry_text, leaf_of
from etasu.registry.audit.trail import Entry

EDITED, DELETED, INSERTED, REORDERED = "edited", "deleted", "inserted", "reordered"
# Exchanged contents are looked for among so many edited entries of a batch.
MOST_TO_EXCHANGE = 64


class Difference(NamedTuple):
    """One entry that is not as sealed.

    `position` counts the sealed leaves from 0, None for an inserted entry; `found_as` counts the
    entries found, None for a deleted one, `before` being where the entry before the gap is.
    """

    kind: str
    position: int | None
    found_as: int | None
    entry: Entry | None
    before: Cursor | None


def differences(sealed: Sequence[bytes], found: Sequence[Entry]) -> list[Difference]:
    """Every difference between sealed leaves and the entries found, in the entries' order.

    Between two entries that are as sealed, a leaf without entry and an entry without leaf are
    taken for one edited entry.
    """
    kept, lost = _matched(sealed, found)
    added = _unmatched_after(found, kept)
    result = [
        _difference(position, index, found, gap)
        for gap in sorted({*lost, *added})
        for position, index in zip_longest(lost.get(gap, ()), added.get(gap, ()))
    ]
    return _with_exchanges(result, sealed)


def last_as_sealed(sealed: Sequence[bytes], found: Sequence[Entry]) -> int:
    """The index of the last entry whose leaf was sealed; -1 when there is none."""
    leaves = set(sealed)
    return max((i for i, entry in enumerate(found) if entry.leaf in leaves), default=-1)


def _matched(
    sealed: Sequence[bytes], found: Sequence[Entry]
) -> tuple[set[int], dict[int, list[int]]]:
    """Indexes of entries as sealed, and positions of the other leaves by the index before."""
    places = {entry.leaf: index for index, entry in enumerate(found)}
    kept: set[int] = set()
    lost: dict[int, list[int]] = {}
    gap = -1
    for position, leaf in enumerate(sealed):
        index = places.get(leaf)
        if index is None or index in kept:
            lost.setdefault(gap, []).append(position)
        else:
            kept.add(index)
            gap = index
    return kept, lost


def _unmatched_after(found: Sequence[Entry], kept: set[int]) -> Mapping[int, list[int]]:
    added: dict[int, list[int]] = {}
    gap = -1
    for index in range(len(found)):
        if index in kept:
            gap = index
        else:
            added.setdefault(gap, []).append(index)
    return added


def _difference(
    position: int | None, index: int | None, found: Sequence[Entry], gap: int
) -> Difference:
    before = found[gap].cursor if gap >= 0 else None
    if index is None:
        return Difference(DELETED, position, None, None, before)
    kind = INSERTED if position is None else EDITED
    return Difference(kind, position, index, found[index], before)


def _with_exchanges(result: list[Difference], sealed: Sequence[bytes]) -> list[Difference]:
    """The same, with entries that carry another edited entry's contents called reordered."""
    edited = [each for each in result if each.kind == EDITED]
    if not 1 < len(edited) <= MOST_TO_EXCHANGE:
        return result
    moved = {
        index
        for place, other in _pairs(edited)
        if _leaf_at(place.entry, other.entry) == sealed[place.position or 0]
        for index in (place.found_as, other.found_as)
    }
    return [
        each._replace(kind=REORDERED) if each.kind == EDITED and each.found_as in moved else each
        for each in result
    ]


def _pairs(edited: Sequence[Difference]) -> Iterator[tuple[Difference, Difference]]:
    return ((one, other) for one in edited for other in edited if one is not other)


def _leaf_at(place: Entry | None, contents: Entry | None) -> bytes | None:
    """The leaf of one entry's contents at another entry's place."""
    if place is None or contents is None:
        return None
    return leaf_of(entry_text([*place.columns[:2], *contents.columns[2:]]))
