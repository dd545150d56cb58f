"""How a patient is, by their own account: what to do now about what they notice, and by when.

What is not answered, or not sure, is never taken for "nothing". No decision about the drug looks
at any of it. Source: a program's `self_check.yaml`; domain 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from etasu.safe_use.dates import Span, add_business_days
from etasu.safe_use.entries import Entry
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.nurse_line import Wording
from etasu.safe_use.signals import weight

# How soon somebody who is not sure what they notice talks with a clinician, at the latest.
UNSURE = Urgency.URGENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom(Wording):
    """One thing a patient may notice, in plain words, and how soon a clinician must hear of it."""

    urgency: Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Wording):
    """A part of the body to look at, with what may be noticed there."""

    symptoms: tuple[Symptom, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheckPlan(Entry):
    """How often patients look at themselves, and at what, in order."""

    every: Span
    regions: tuple[Region, ...]

    def region(self, code: str) -> Region | None:
        """The region of that code."""
        return next((each for each in self.regions if each.code == code), None)

    def symptom(self, code: str) -> Symptom | None:
        """The symptom of that code, in whichever region."""
        known = (each for region in self.regions for each in region.symptoms)
        return next((each for each in known if each.code == code), None)


class Noticed(NamedTuple):
    """What was said of one region: the codes of symptoms, and whether somebody is not sure.

    Nothing noticed by somebody who is sure is a no to all of them.
    """

    symptoms: frozenset[str]
    is_unsure: bool = False


class Told(NamedTuple):
    """Something a clinician has to hear of: a symptom, or a region somebody is not sure of."""

    code: str
    urgency: Urgency
    is_unsure: bool = False


class Outcome(NamedTuple):
    """What a self-check came to: everything told, most pressing first, and the regions left.

    `urgency` is None where nothing was noticed; it says nothing good while regions are `left`.
    """

    told: tuple[Told, ...]
    left: tuple[str, ...]

    @property
    def urgency(self) -> Urgency | None:
        """How soon somebody must act: that of the most pressing thing told."""
        return self.told[0].urgency if self.told else None

    @property
    def is_clear(self) -> bool:
        """Whether every region was looked at by somebody who is sure, and nothing was noticed."""
        return not self.told and not self.left


def told_of(region: Region, noticed: Noticed) -> tuple[Told, ...]:
    """What a clinician has to hear of one region; raises ValueError for a symptom it has not."""
    strange = noticed.symptoms - {each.code for each in region.symptoms}
    if strange:
        raise ValueError(f"{region.code}: {', '.join(sorted(strange))}")
    found = [
        Told(each.code, each.urgency) for each in region.symptoms if each.code in noticed.symptoms
    ]
    if noticed.is_unsure:
        found.append(Told(region.code, UNSURE, is_unsure=True))
    return tuple(found)


def outcome(plan: SelfCheckPlan, answers: Mapping[str, Noticed]) -> Outcome:
    """What the answers come to, by region; a region without an answer is left to look at."""
    told = [
        each
        for region in plan.regions
        if region.code in answers
        for each in told_of(region, answers[region.code])
    ]
    told.sort(key=lambda each: -weight(each.urgency))
    left = tuple(each.code for each in plan.regions if each.code not in answers)
    return Outcome(tuple(told), left)


def call_by(urgency: Urgency, on: date) -> date:
    """The last day on which a patient who notices something today calls their doctor.

    That is today for whatever is pressing, and the next business day for the rest.
    """
    is_pressing = weight(urgency) >= weight(Urgency.URGENT)
    return on if is_pressing else add_business_days(on, 1)


def due_on(plan: SelfCheckPlan, last_on: date | None, since: date) -> date:
    """The day of the next self-check: so long after the last one, or `since` without one."""
    return since if last_on is None else max(since, plan.every.after(last_on))


def fell_due_on(plan: SelfCheckPlan, since: date, on: date) -> date | None:
    """The newest day through `on` on which one fell due; None before the first.

    They fall due again and again, so long after `since` each, until another one is made.
    """
    newest, times = None, 1
    while (day := Span(plan.every.count * times, plan.every.unit).after(since)) <= on:
        newest, times = day, times + 1
    return newest
