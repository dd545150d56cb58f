"""A program's community: its boards and rules, and why a moderator reads something first.

A help beside the program: no decision about the drug looks at any of it. Source: a program's
`community.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from etasu.safe_use.entries import Entry
from etasu.safe_use.giveaways import giveaways_in
from etasu.safe_use.nurse_line import Wording, event_words_in
from etasu.safe_use.pseudonyms import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline(Wording):
    """What members are told before they join; a rule is also why something is hidden."""

    is_rule: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Community(Entry):
    """Where patients and those who help them write to each other, for whoever allows it.

    People choose among `boards` and answer with `nods`. What waits for a moderator is late after
    `decide_within_hours`, and what may be an emergency after `emergency_within_hours`; a suspension
    lasts `longest_suspension` days at most. Whoever answers with `agreeing_words` says that it is
    the same for them. A word that ends in `*` is the beginning of one.
    """

    consent: str
    boards: tuple[Wording, ...]
    guidelines: tuple[Guideline, ...]
    nods: tuple[Wording, ...]
    longest_title: int
    longest_post: int
    decide_within_hours: int
    emergency_within_hours: int
    longest_suspension: int
    agreeing_words: tuple[str, ...]
    emergency_words: tuple[str, ...]

    @property
    def rules(self) -> tuple[Guideline, ...]:
        """The guidelines that can be broken."""
        return tuple(each for each in self.guidelines if each.is_rule)

    def board(self, code: str) -> Wording | None:
        """The board of that code."""
        return next((each for each in self.boards if each.code == code), None)

    def rule(self, code: str) -> Guideline | None:
        """The rule of that code."""
        return next((each for each in self.rules if each.code == code), None)

    def nod(self, code: str) -> Wording | None:
        """The nod of that code."""
        return next((each for each in self.nods if each.code == code), None)

    def agrees(self, words: str) -> bool:
        """Whether somebody may say with the words that it is the same for them."""
        return bool(event_words_in(words, self.agreeing_words))

    def tells_of_emergency(self, words: str) -> bool:
        """Whether the words may tell of something that cannot wait."""
        return bool(event_words_in(words, self.emergency_words))


class HeldFor(StrEnum):
    """Why a moderator reads something before anybody else does."""

    FIRST_POST = "first_post"
    GIVEAWAY = "giveaway"
    EMERGENCY = "emergency"


def held_for(
    words: str, community: Community, owner: Owner, *, was_approved: bool
) -> tuple[HeldFor, ...]:
    """Why the words wait for a moderator; empty when everybody may read them at once."""
    found = {
        HeldFor.FIRST_POST: not was_approved,
        HeldFor.GIVEAWAY: bool(giveaways_in(words, owner)),
        HeldFor.EMERGENCY: community.tells_of_emergency(words),
    }
    return tuple(why for why, holds in found.items() if holds)
