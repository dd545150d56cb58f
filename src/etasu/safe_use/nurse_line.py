"""What a program says of its nurses' line, why somebody is called first, and which words tell.

A help beside the program: no decision about the drug looks at any of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

from etasu.safe_use.entries import Entry
from etasu.safe_use.program import ENGLISH
from etasu.safe_use.rota import OfficeHours
from etasu.safe_use.safety import names_of
from etasu.safe_use.safety_plan import EventOfInterest, ExpectedReaction


class Line(NamedTuple):
    """Words to be said, in one language."""

    language: str
    text: str


class Moment(StrEnum):
    """When in a call a script is for."""

    OPENING = "opening"
    CAUTION = "caution"
    EMERGENCY = "emergency"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording(Entry):
    """What a nurse says, word by word, in each language."""

    says: tuple[Line, ...]

    def said(self, language: str) -> Line:
        """The words in the language, in English where there are none in it."""
        known = {each.language: each for each in self.says}
        return known.get(language, known[ENGLISH])


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdentifier(Wording):
    """One thing a caller is asked for, to be compared with what is on record."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script(Wording):
    """What a nurse says at one moment of a call."""

    moment: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTopic(Entry):
    """What a call may be about, and the answers of the program that help with it."""

    name: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NurseLine(Entry):
    """Nurses whom patients reach at every hour, for whoever gave the consent.

    Calls are taken in `office_hours`; outside them, whoever is on duty answers. A message is late
    after `answer_within_hours`. Hours without anybody on duty are told of `rota_days` ahead. Of
    the `identifiers`, a caller gives `identifiers_needed`. An entry of `event_words` that ends in
    `*` is the beginning of a word; any of them makes a nurse say whether it is a side effect.
    """

    consent: str
    time_zone: str
    office_hours: tuple[OfficeHours, ...]
    answer_within_hours: int
    rota_days: int
    identifiers_needed: int
    identifiers: tuple[CallerIdentifier, ...]
    scripts: tuple[Script, ...] = ()
    topics: tuple[CallTopic, ...] = ()
    event_words: tuple[str, ...] = ()


class CallRank(IntEnum):
    """Why somebody is called first; the lower, the sooner."""

    EMERGENCY_SYMPTOM = 1
    EMERGENCY_SIGNAL = 2
    CALLBACK_LATE = 3
    POSSIBLE_EVENT = 4
    UNANSWERED_SIGNAL = 5
    URGENT_SIGNAL = 6
    SYMPTOM = 7
    CALLBACK_NOW = 8
    MESSAGE_LATE = 9
    ANSWER_UNTOLD = 10
    ESCALATED = 11
    MESSAGE = 12
    ROUTINE_SIGNAL = 13
    OVERDUE = 14
    CALLBACK_AHEAD = 15
    DUE = 16


_WORD = re.compile(r"[^\W_]+")


def event_words_in(
    words: str,
    known: Iterable[str],
    listed: Iterable[ExpectedReaction | EventOfInterest] = (),
) -> tuple[str, ...]:
    """The words that may tell of a side effect, as they stand there, each once and in order.

    `known` are the program's own; `listed` is called by any of its names. It is a hint, and asks a
    person; what it does not find may be one all the same.
    """
    spoken = [(plain(each), each) for each in _WORD.findall(_as_read(words))]
    wanted = [_WORD.findall(plain(each)) for each in known]
    begins = [each.endswith("*") for each in known]
    names = [_WORD.findall(plain(name)) for each in listed for name in names_of(each)]
    # By their first letter, so that long texts are not held against everything there is.
    sought: dict[str, list[tuple[list[str], bool]]] = {}
    for parts, is_beginning in (*zip(wanted, begins, strict=True), *((n, False) for n in names)):
        if parts:
            sought.setdefault(parts[0][0], []).append((parts, is_beginning))
    found: dict[str, str] = {}
    for place, (first, _typed) in enumerate(spoken):
        for parts, is_beginning in sought.get(first[:1], ()):
            here = spoken[place : place + len(parts)]
            if _is_said([each for each, _ in here], parts, is_beginning=is_beginning):
                said = " ".join(as_typed for _, as_typed in here)
                found.setdefault(said.casefold(), said)
    return tuple(found.values())


def plain(text: str) -> str:
    """The text in small letters, without accents."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def _as_read(words: str) -> str:
    """The words without what nobody sees in them, such as a hyphen for the end of a line."""
    whole = unicodedata.normalize("NFKC", words)
    return "".join(each for each in whole if unicodedata.category(each) != "Cf")


def _is_said(here: list[str], parts: list[str], *, is_beginning: bool) -> bool:
    if len(here) < len(parts) or here[:-1] != parts[:-1]:
        return False
    return here[-1].startswith(parts[-1]) if is_beginning else here[-1] == parts[-1]
