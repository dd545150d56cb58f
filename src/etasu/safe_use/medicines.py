"""What a patient takes: which of it a clinician should look at, and why.

A short list is looked through, so nothing found says nothing. No decision about the drug looks at
any of it. Source: a program's `medicines.yaml`; domain 3.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.dates import Span
from etasu.safe_use.entries import Entry
from etasu.safe_use.nurse_line import Wording, event_words_in
from etasu.safe_use.requirement_base import EVERYONE, AppliesTo


class MedicineKind(StrEnum):
    """What sort of thing somebody takes."""

    PRESCRIPTION = "prescription"
    OVER_THE_COUNTER = "over_the_counter"
    VITAMIN = "vitamin"
    HERBAL = "herbal"
    VACCINE = "vaccine"


class Concern(StrEnum):
    """Why a medicine is watched for."""

    WEAKENS_DEFENSES = "weakens_defenses"
    LIVE_VACCINE = "live_vaccine"


class Because(StrEnum):
    """What of its days makes a watched medicine a flag."""

    IN_USE = "in_use"
    BEFORE_COURSE = "before_course"
    WAIT = "wait"
    AFTER_COURSE = "after_course"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedMedicine(Wording):
    """Medicines by any of their `names`, and in plain words why they are watched for."""

    concern: Concern
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicinePlan(Entry):
    """What is watched for in a patient's list, and how long before a course no live vaccine is."""

    live_vaccine_before: Span
    watched: tuple[WatchedMedicine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PregnancyAdvice(Wording):
    """How long after an infusion pregnancy is to be avoided, and by whom."""

    after_infusion: Span
    applies_to: AppliesTo = EVERYONE


class Taken(NamedTuple):
    """One line of a list: its name as somebody wrote it, and its days; None for what is not known.

    A vaccine's day is the day it began.
    """

    name: str
    kind: MedicineKind
    started_on: date | None = None
    stopped_on: date | None = None


class Flag(NamedTuple):
    """Something to look at: what is watched for, why now, and the day it matters until.

    `until` is the first day a course could begin, where that is the matter.
    """

    watched: WatchedMedicine
    because: Because
    until: date | None = None


def flags_of(
    plan: MedicinePlan, taken: Taken, courses: Sequence[date], on: date
) -> tuple[Flag, ...]:
    """Why a clinician should look at one line; `courses` are the first infusion days on record."""
    return tuple(_flags(plan, taken, courses, on))


def _flags(plan: MedicinePlan, taken: Taken, courses: Sequence[date], on: date) -> Iterator[Flag]:
    for watched in plan.watched:
        if not event_words_in(taken.name, watched.names):
            continue
        if watched.concern is Concern.LIVE_VACCINE:
            yield from _of_vaccine(plan, watched, taken.started_on, courses, on)
        elif taken.stopped_on is None or taken.stopped_on > on:
            yield Flag(watched, Because.IN_USE)


def _of_vaccine(
    plan: MedicinePlan,
    watched: WatchedMedicine,
    given_on: date | None,
    courses: Sequence[date],
    on: date,
) -> Iterator[Flag]:
    """A live vaccine on a day nobody knows may have been on the worst one."""
    if given_on is None:
        yield Flag(watched, Because.AFTER_COURSE if courses else Because.WAIT)
        return
    free_on = plan.live_vaccine_before.after(given_on)
    if any(day <= given_on for day in courses):
        yield Flag(watched, Because.AFTER_COURSE)
    if any(given_on < day < free_on for day in courses):
        yield Flag(watched, Because.BEFORE_COURSE, free_on)
    elif not courses and on < free_on:
        yield Flag(watched, Because.WAIT, free_on)


def avoid_pregnancy_until(
    advice: PregnancyAdvice,
    attributes: Mapping[str, str],
    infusions: Sequence[date],
    on: date,
) -> date | None:
    """The last day on which somebody who could become pregnant avoids it; None when not now.

    It is said to whoever it may apply to: only somebody known to be of another group is left out.
    """
    known = attributes.get(advice.applies_to.attribute or "")
    is_another = bool(known) and known != advice.applies_to.value
    if is_another or not infusions:
        return None
    until = advice.after_infusion.after(max(infusions))
    return until if on <= until else None
