"""Is the trail as it was sealed? Everything is computed again, and each difference is located.

The seals are read in order, and with them the entries they stand for. A seal that follows from the
one before says which entries are its own. Where seals are wrong or missing, the entries up to the
next right seal are compared with all the leaves of the wrong ones together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from etasu.registry.audit.chain import Cursor, Seal, head_of, root_of
from etasu.registry.audit.comparison import differences, last_as_sealed
from etasu.registry.audit.heads import ExportedHead
from etasu.registry.audit.links import Links, Trust
from etasu.registry.audit.problems import TRAIL, Problem, inserted, of_entry
from etasu.registry.audit.trail import (
    Entry,
    Limits,
    entries,
    first_unknown_xid,
    one_moment,
    seals,
)

TRUNCATED, REPLACED = "truncated", "replaced"
MOST_PROBLEMS = 10_000


class Verification(NamedTuple):
    """What was found: `entries` counts the sealed ones, `unsealed` those that wait.

    `ahead` of the unsealed name a transaction this server has not had: they came with a database
    moved here before everything was sealed, or are forged. `more` problems were found than listed.
    """

    entries: int
    unsealed: int
    ahead: int
    seals: int
    sequence: int
    head: str
    problems: tuple[Problem, ...]
    more: int

    @property
    def is_clean(self) -> bool:
        """Whether everything is as it was sealed."""
        return not self.problems


def verify(heads: Iterable[ExportedHead] = ()) -> Verification:
    """Compute every seal again, and compare with heads exported before. Changes nothing."""
    with one_moment():
        examination = _Examination({known.sequence: known for known in heads})
        for seal in seals():
            examination.take(seal)
        return examination.finish()


class _Entries:
    """The entries of one epoch in order, taken piece by piece."""

    def __init__(self, limits: Limits) -> None:
        self._found: Iterator[Entry] = entries(limits)
        self._next = next(self._found, None)

    def through(self, place: Cursor) -> list[Entry]:
        """The entries up to a place, and the one at it."""
        taken: list[Entry] = []
        entry = self._next
        while entry is not None and entry.cursor <= place:
            taken.append(entry)
            entry = next(self._found, None)
        self._next = entry
        return taken

    def before(self, place: Cursor) -> list[Entry]:
        """The entries before a place."""
        return self.through(Cursor(place.xid, place.id - 1))

    def rest(self) -> Iterator[Entry]:
        """All that are left."""
        if self._next is not None:
            yield self._next
            yield from self._found
        self._next = None


class _Examination:
    """One reading of the trail from its first seal to its end."""

    def __init__(self, heads: dict[int, ExportedHead]) -> None:
        self.links = Links()
        self.problems: list[Problem] = []
        self.heads = heads
        self.sealed = self.seals = self.unsealed = self.ahead = self.more = 0
        self.head = b""
        self._floors = list(_floors())
        self._entries = self._open_epoch(None)
        self._wrong: list[Seal] = []
        self._has_gap = False

    def take(self, seal: Seal) -> None:
        """Examine the next seal and the entries before and in it."""
        self._has_gap |= seal.sequence != self.links.sequence + 1
        trust = self.links.take(seal)
        self._compare_head(seal)
        self.seals, self.sealed, self.head = self.seals + 1, self.sealed + seal.entries, seal.head
        if trust is Trust.NOTHING:
            self._wrong.append(seal)
        elif seal.begins_epoch and seal.highest_id in self._floors:
            self._between(list(self._entries.rest()))
            self._entries = self._open_epoch(seal.highest_id)
        else:
            self._between(self._entries.before(seal.first))
            self._within(seal, trust, self._entries.through(seal.last))

    def finish(self) -> Verification:
        """Look at what is left after the last seal."""
        self._after_the_last()
        self._compare_end()
        found = (*self.links.finish(), *self.problems)
        return Verification(
            self.sealed,
            self.unsealed,
            self.ahead,
            self.seals,
            self.links.sequence,
            self.head.hex(),
            found,
            self.more,
        )

    def _note(self, problem: Problem) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
        else:
            self.more += 1

    def _open_epoch(self, above: int | None) -> _Entries:
        higher = [floor for floor in self._floors if above is None or floor > above]
        return _Entries(Limits(above, min(higher, default=None)))

    def _within(self, seal: Seal, trust: Trust, found: list[Entry]) -> None:
        """Compare a seal that says itself which entries are its own."""
        leaves = [entry.leaf for entry in found]
        if b"".join(leaves) == seal.leaves:
            return
        if trust is Trust.RANGE and root_of(leaves) == seal.root:
            return
        for each in differences(seal.leaf_list(), found):
            self._note(of_entry(each, seal, each.position))

    def _between(self, found: Sequence[Entry]) -> None:
        """Compare entries that no right seal claims with the wrong seals before here."""
        if self._wrong or found:
            self._compare_with_wrong(found)
        self._wrong, self._has_gap = [], False

    def _compare_with_wrong(self, found: Sequence[Entry], is_end: bool = False) -> int:
        """Note the differences; how many entries come after all that these seals covered.

        At the end of the trail such entries are not inserted, they wait to be sealed.
        """
        leaves_found = {entry.leaf for entry in found}
        placed = [seal for seal in self._wrong if not leaves_found.isdisjoint(seal.leaf_list())]
        # Entries of a seal that is missing or not in its place belong to nobody here.
        has_orphans = self._has_gap or len(placed) < len(self._wrong)
        owners = [(seal, place) for seal in placed for place in range(len(seal.leaf_list()))]
        sealed = [leaf for seal in placed for leaf in seal.leaf_list()]
        last = last_as_sealed(sealed, found) if is_end else len(found)
        waiting = 0
        for each in differences(sealed, found):
            if each.position is not None:
                self._note(of_entry(each, *owners[each.position]))
            elif (each.found_as or 0) > last:
                waiting += 1
            elif not has_orphans:
                self._note(inserted(each, None))
        return waiting

    def _after_the_last(self) -> None:
        unknown = first_unknown_xid()
        rest = self._entries.rest()
        if self._wrong:
            found = list(rest)
            self.unsealed = self._compare_with_wrong(found, is_end=True)
            rest = iter(found)
        for entry in rest:
            self.unsealed += not self._wrong
            self.ahead += entry.cursor.xid >= unknown

    def _compare_head(self, seal: Seal) -> None:
        known = self.heads.pop(seal.sequence, None)
        if known is not None and known.head != seal.head.hex():
            said = f"Seal {seal.sequence} is not the one whose head was exported."
            self._note(Problem(TRAIL, REPLACED, said, seal.sequence))

    def _compare_end(self) -> None:
        """Heads that were exported and are not met on the way name seals that were cut off."""
        newest = max(self.heads, default=0)
        if newest <= self.links.sequence:
            return
        known, first = self.heads[newest], self.links.sequence + 1
        lost = known.entries - self.sealed
        said = (
            f"The trail ends with seal {first - 1}, but the head of seal {newest} was exported: "
            f"{lost} sealed entries are no longer sealed."
        )
        self._note(Problem(TRAIL, TRUNCATED, said, first))


def _floors() -> Iterator[int]:
    """The highest ids of the epochs that are over, of seals that follow from the one before."""
    found = seals(
        "entries = 0 OR sequence + 1 IN (SELECT sequence FROM audit_seal WHERE entries = 0)"
    )
    for before, seal in pairwise(found):
        as_made = seal._replace(root=root_of(()))
        is_first_known = before.sequence + 1 != seal.sequence
        if seal.begins_epoch and (is_first_known or head_of(before.head, as_made) == seal.head):
            yield seal.highest_id
