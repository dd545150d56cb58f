"""The chain of seals: does each follow from the one before?"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from etasu.registry.audit.chain import BEFORE_ALL, START, Seal, head_of, root_of
from etasu.registry.audit.comparison import DELETED, EDITED, REORDERED
from etasu.registry.audit.problems import SEAL, Problem

UNCONFIRMED = "unconfirmed"
# Seals that changed places are looked for among so many wrong ones.
MOST_TO_EXCHANGE = 200


class Trust(Enum):
    """What of a seal can be believed."""

    WHOLE = "all of it"
    RANGE = "where it begins and ends, and its root"
    LEAVES = "where it begins and ends, and its leaves"
    NOTHING = "nothing by itself"


class _Wrong(NamedTuple):
    seal: Seal
    before: frozenset[bytes]
    place: int


class Links:
    """Takes the seals in order; knows the problems of the chain so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sequence = 0
        # Heads the next seal may follow; none known after a gap.
        self._before: frozenset[bytes] | None = frozenset({START})
        self._is_before_right = True
        self._reached = BEFORE_ALL
        self._wrong: list[_Wrong] = []

    def take(self, seal: Seal) -> Trust:
        """How far the next seal can be believed, noting what is wrong with it."""
        self._note_gap(seal)
        trust = self._trust(seal)
        if trust is not Trust.WHOLE:
            self._note_wrong(seal, trust)
        self._is_before_right = trust is Trust.WHOLE
        self._before = frozenset({seal.head, *(head_of(h, seal) for h in self._before or ())})
        self.sequence = seal.sequence
        if trust is not Trust.NOTHING:
            self._reached = seal.last
        return trust

    def finish(self) -> list[Problem]:
        """Every problem of the chain; seals that changed places are called reordered."""
        if len(self._wrong) > MOST_TO_EXCHANGE:
            return self.problems
        for at in self._wrong:
            for other in self._wrong:
                moved = other.seal._replace(sequence=at.seal.sequence)
                if at is not other and any(head_of(h, moved) == moved.head for h in at.before):
                    self._call_reordered(at, other)
        return self.problems

    def _note_gap(self, seal: Seal) -> None:
        first, last = self.sequence + 1, seal.sequence - 1
        if first > last:
            return
        said = (
            f"Seal {first} is missing."
            if first == last
            else f"Seals {first} through {last} are missing."
        )
        self.problems.append(Problem(SEAL, DELETED, said, first))
        self._before, self._is_before_right = None, False

    def _trust(self, seal: Seal) -> Trust:
        root = root_of(seal.leaf_list())
        are_leaves_right = root == seal.root and len(seal.leaf_list()) == seal.entries
        if self._follows(seal):
            return Trust.WHOLE if are_leaves_right else Trust.RANGE
        if self._before is not None and self._follows(seal._replace(root=root)):
            return Trust.LEAVES
        return Trust.NOTHING

    def _follows(self, seal: Seal) -> bool:
        # After a missing seal only its place and its own leaves speak for a seal.
        if self._before is None:
            return seal.begins_epoch or seal.first > self._reached
        return any(head_of(h, seal) == seal.head for h in self._before)

    def _note_wrong(self, seal: Seal, trust: Trust) -> None:
        said = {
            Trust.RANGE: f"The leaves of seal {seal.sequence} do not give its root.",
            Trust.LEAVES: f"The root of seal {seal.sequence} was edited.",
            Trust.NOTHING: f"The head of seal {seal.sequence} does not follow from its contents.",
            Trust.WHOLE: "",
        }[trust]
        kind = EDITED
        if trust is Trust.NOTHING and not self._is_before_right:
            kind = UNCONFIRMED
            said = (
                f"Seal {seal.sequence} cannot be confirmed: the one before it is wrong or missing."
            )
        self._wrong.append(
            _Wrong(seal._replace(leaves=b""), self._before or frozenset(), len(self.problems))
        )
        self.problems.append(Problem(SEAL, kind, said, seal.sequence))

    def _call_reordered(self, one: _Wrong, other: _Wrong) -> None:
        for wrong in (one, other):
            number = wrong.seal.sequence
            said = f"Seals {one.seal.sequence} and {other.seal.sequence} changed places."
            self.problems[wrong.place] = Problem(SEAL, REORDERED, said, number)
