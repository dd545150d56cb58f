"""The standing of a prescriber, facility or pharmacy, computed from what was done and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.program import Party, RenewalBegins, Step


class StandingState(StrEnum):
    """Where a participant stands with the program."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    CERTIFIED = "certified"
    RENEWAL_DUE = "renewal_due"
    REPRESENTATIVE_CHANGE = "representative_change"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    DECERTIFIED = "decertified"


# In these states a participant takes part. A prescriber has no representative who could change.
TAKES_PART = frozenset(
    {StandingState.CERTIFIED, StandingState.RENEWAL_DUE, StandingState.REPRESENTATIVE_CHANGE}
)


class Certified(NamedTuple):
    """One certification as it was given: first and last day, inclusive; None has no last day.

    How long it lasts was settled by the program version it was given under, and stays so when a
    later version says otherwise. One that renewed another in time counts `since` the first day of
    that one.
    """

    begins: date
    ends: date | None = None
    since: date | None = None

    @property
    def counts_from(self) -> date:
        """The first day of the time without a gap that it belongs to."""
        return self.since or self.begins


class Stopped(NamedTuple):
    """A suspension, from one day through another; without a last day, until it is lifted."""

    since: date
    until: date | None = None


def covering(suspensions: Sequence[Stopped], on: date) -> Stopped | None:
    """One span for all suspensions not over on the day; the last one when all are; None without.

    A day from then on that is in any of them is in it, whatever lies between: too much is stopped,
    never too little.
    """
    left = [each for each in suspensions if each.until is None or each.until >= on]
    if not left:
        return max(suspensions, key=lambda each: each.until or each.since, default=None)
    ends = [each.until for each in left if each.until is not None]
    until = max(ends) if len(ends) == len(left) else None
    return Stopped(min(each.since for each in left), until)


class CertificationFacts(NamedTuple):
    """What is on record about one participant.

    `steps_done` has the newest day of each step. `certifications` are all that were ever given, in
    any order. Without a representative, `representative_left_on` says since when. While `in_review`
    nothing certifies; whoever was let in is certified from `reviewed_on` at the earliest.
    """

    steps_done: Mapping[str, date]
    certifications: Sequence[Certified] = ()
    suspended_from: date | None = None
    suspended_until: date | None = None
    decertified_on: date | None = None
    representative_left_on: date | None = None
    in_review: bool = False
    reviewed_on: date | None = None


class Standing(NamedTuple):
    """The computed standing. `certified_until` is the last day, inclusive; None has no end."""

    state: StandingState
    certified_from: date | None
    certified_until: date | None
    steps_left: tuple[Step, ...]


def standing(party: Party, facts: CertificationFacts, on: date) -> Standing:
    """How the participant stands on the day, and the steps still to do.

    A decertified participant stays so; a lapsed one comes back by doing the steps again.
    Source: program `participants.yaml`; domain rules for certification and 2-year renewal.
    """
    left = tuple(step for step in party.steps if not _is_done(step, facts, on))
    begins, ends = certified_period(party, facts)
    return Standing(_state(party, facts, on, begins, ends, left), begins, ends, left)


def certified_period(party: Party, facts: CertificationFacts) -> tuple[date | None, date | None]:
    """First and last day of the certification; no last day where it needs no renewal.

    The newest certification says until when; one that renewed another in time counts from where
    that one did. A representative who left ends it after the grace the program allows.
    """
    known = newest(facts.certifications)
    if known is None or facts.in_review:
        return None, None
    begins, ends = known.counts_from, known.ends
    left_on = facts.representative_left_on
    if left_on is not None and party.has_representative:
        grace = party.representative_grace
        last = (grace.after(left_on) if grace else left_on) - timedelta(days=1)
        if last < begins:
            return None, None
        ends = last if ends is None else min(ends, last)
    return begins, ends


def newest(certifications: Sequence[Certified]) -> Certified | None:
    """The certification that begins last; None without any."""
    return max(certifications, key=lambda each: each.begins, default=None)


def next_certification(party: Party, facts: CertificationFacts, complete_on: date) -> Certified:
    """The certification that the last step, done on that day, gives.

    It begins that day; or, where the program says so, the day after the present one ends, for
    whoever renews when the renewal is open. A two-year certification from March 1, 2025 is good
    through February 28, 2027.
    """
    begins, since = complete_on, None
    counts_from, until = certified_period(party, facts)
    if counts_from is not None and until is not None and counts_from <= complete_on <= until:
        since = counts_from
        is_early = renewal_opens_on(party, until) <= complete_on
        if party.renewal_begins is RenewalBegins.AFTER_THE_OLD and is_early:
            begins = until + timedelta(days=1)
    ends = party.renew_every.after(begins) - timedelta(days=1) if party.renew_every else None
    return Certified(begins, ends, since)


def renewal_opens_on(party: Party, ends: date) -> date:
    """The first day on which a certification that ends then can be renewed.

    It is the day of the earliest reminder; without reminders, the last day itself.
    """
    day = ends
    while any(ends <= span.after(day - timedelta(days=1)) for span in party.remind_before):
        day -= timedelta(days=1)
    return day


def _state(
    party: Party,
    facts: CertificationFacts,
    on: date,
    begins: date | None,
    ends: date | None,
    left: tuple[Step, ...],
) -> StandingState:
    if facts.decertified_on is not None and facts.decertified_on <= on:
        return StandingState.DECERTIFIED
    if _is_suspended(facts, on):
        return StandingState.SUSPENDED
    if begins is None or begins > on:
        started = len(left) < len(party.steps)
        return StandingState.IN_PROGRESS if started else StandingState.NOT_STARTED
    if ends is not None and ends < on:
        return StandingState.LAPSED
    left_on = facts.representative_left_on
    if left_on is not None and left_on <= on and party.has_representative:
        return StandingState.REPRESENTATIVE_CHANGE
    return StandingState.RENEWAL_DUE if _renews_soon(party, ends, on) else StandingState.CERTIFIED


def _renews_soon(party: Party, ends: date | None, on: date) -> bool:
    return ends is not None and any(ends <= span.after(on) for span in party.remind_before)


def _is_suspended(facts: CertificationFacts, on: date) -> bool:
    if facts.suspended_from is None or facts.suspended_from > on:
        return False
    return facts.suspended_until is None or on <= facts.suspended_until


def _is_done(step: Step, facts: CertificationFacts, on: date) -> bool:
    done = facts.steps_done.get(step.code)
    return done is not None and done <= on
