"""A program's laboratory tests beside its duties: where they are taken, and how one visit stands.

It is a help, never a duty: no decision about the drug looks at it. Source: a program's
`support.yaml`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.dates import Span
from etasu.safe_use.entries import Entry
from etasu.safe_use.program import ENGLISH


class WayKind(StrEnum):
    """Where specimens are taken: at a draw site, where the patient is, or at the practice."""

    SITE = "site"
    VISIT = "visit"
    OFFICE = "office"


class WayWords(NamedTuple):
    """What a way is called in one language, and who pays for what."""

    language: str
    name: str
    pays: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabWay(Entry):
    """One way to have tests taken."""

    kind: WayKind
    says: tuple[WayWords, ...]

    def said(self, language: str | None) -> WayWords:
        """The words in the language, in English where there are none in it."""
        known = {each.language: each for each in self.says}
        return known.get((language or ENGLISH)[:2], known[ENGLISH])


@dataclass(frozen=True, slots=True, kw_only=True)
class LabProgram(Entry):
    """What laboratories take and analyze for whoever gave the consent.

    An appointment is for what falls due within `due_within_days`, and its results are missed
    `results_within_days` after it. An order counts as long as `order` says, one for repeated
    tests as long as `standing_order`.
    """

    consent: str
    tests: tuple[str, ...]
    ways: tuple[LabWay, ...]
    due_within_days: int
    results_within_days: int
    order: Span
    standing_order: Span

    def way(self, code: str) -> LabWay | None:
        """The way of that code."""
        return next((each for each in self.ways if each.code == code), None)


class PartOfDay(StrEnum):
    """When in a day somebody wishes to come or to be visited."""

    MORNING = "morning"
    MIDDAY = "midday"
    AFTERNOON = "afternoon"


class AppointmentStage(StrEnum):
    """How an appointment stands."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    AWAITING_RESULTS = "awaiting_results"
    RESULTS_IN = "results_in"
    NO_RESULTS = "no_results"
    MISSED = "missed"
    CANCELED = "canceled"


# There is still something to happen before or on the day.
AHEAD = frozenset({AppointmentStage.REQUESTED, AppointmentStage.CONFIRMED})


class Visited(NamedTuple):
    """What is on record of an appointment: its tests, its day, and the day it was really kept."""

    tests: tuple[str, ...]
    day: date | None
    done_on: date | None = None
    is_missed: bool = False
    is_canceled: bool = False

    @property
    def since(self) -> date | None:
        """The day specimens were taken, or are to be."""
        return self.done_on or self.day


def missing_tests(
    visited: Visited, resulted: Collection[tuple[str, date]], within_days: int
) -> tuple[str, ...]:
    """The tests of an appointment of which nothing came in, collected on its day or soon after.

    A result collected later is another visit's. `resulted` are tests with the day of collection.
    """
    if visited.since is None:
        return visited.tests
    last = visited.since + timedelta(days=within_days)
    there = {test for test, day in resulted if visited.since <= day <= last}
    return tuple(each for each in visited.tests if each not in there)


def stage_of(
    visited: Visited, resulted: Collection[tuple[str, date]], *, on: date, within_days: int
) -> AppointmentStage:
    """How an appointment stands on a day. Nobody's word is needed for results that are there."""
    if visited.is_canceled:
        return AppointmentStage.CANCELED
    if visited.is_missed:
        return AppointmentStage.MISSED
    if visited.since is None:
        return AppointmentStage.REQUESTED
    if not missing_tests(visited, resulted, within_days):
        return AppointmentStage.RESULTS_IN
    if visited.done_on is None and on <= visited.since:
        return AppointmentStage.CONFIRMED
    if on <= visited.since + timedelta(days=within_days):
        return AppointmentStage.AWAITING_RESULTS
    return AppointmentStage.NO_RESULTS
