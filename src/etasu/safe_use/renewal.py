"""What a participant does to stay certified, or to come back: no more than is asked for again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.certification import (
    CertificationFacts,
    certified_period,
    newest,
    renewal_opens_on,
)
from etasu.safe_use.program import Notice, Party, Step, StepKind

# What a person does, and nobody else can have done for them.
BY_THE_PERSON = frozenset(
    {StepKind.DESIGNATE, StepKind.REGISTER, StepKind.REVIEW, StepKind.ASSESS, StepKind.SIGN}
)


class Why(StrEnum):
    """Why steps are to be done again."""

    ENDS_SOON = "ends_soon"
    LAPSED = "lapsed"
    NEW_REPRESENTATIVE = "new_representative"


class Renewal(NamedTuple):
    """What the next certification takes. Without a `why` there is nothing to do yet.

    `opens_on` is the first day to renew on, `ends_on` the last day of the present certification.
    `steps` are all that belong to it, `left` those not done yet, both in the program's order.
    """

    why: Why | None
    opens_on: date | None
    ends_on: date | None
    steps: tuple[Step, ...]
    left: tuple[Step, ...]

    @property
    def is_open(self) -> bool:
        """Whether it can be done now."""
        return self.why is not None


def renewal(party: Party, facts: CertificationFacts, on: date) -> Renewal | None:
    """What the participant renews, and when; None for one never certified or decertified.

    A step the program asked for only later is among those to do, and so is one done for the last
    certification that the program wants again.
    """
    present = newest(facts.certifications)
    is_decertified = facts.decertified_on is not None and facts.decertified_on <= on
    if present is None or is_decertified:
        return None
    ends = certified_period(party, facts)[1]
    opens = renewal_opens_on(party, present.ends) if present.ends else None
    again = steps_again(party, facts)
    left = tuple(step for step in again if is_to_do(step, party, facts))
    return Renewal(_why(party, facts, opens, ends, on), opens, ends, again, left)


def steps_again(party: Party, facts: CertificationFacts) -> tuple[Step, ...]:
    """The steps the next certification takes, in the program's order; the first takes every one.

    After the representative left, whatever a person must do in person is done again by the next.
    """
    if not facts.certifications:
        return party.steps
    return tuple(
        step
        for step in party.steps
        if step.renews or step.code not in facts.steps_done or _is_the_next_ones(step, party, facts)
    )


def is_to_do(step: Step, party: Party, facts: CertificationFacts) -> bool:
    """Whether a step of the next certification has not been done for it."""
    done, present = facts.steps_done.get(step.code), newest(facts.certifications)
    if done is None:
        return True
    left_on = facts.representative_left_on
    if left_on is not None and _is_the_next_ones(step, party, facts):
        return done < left_on
    return present is not None and done <= present.begins


def complete_on(party: Party, facts: CertificationFacts) -> date | None:
    """The day on which everything for the next certification was done; None while a step is left.

    Somebody new who stands in for the representative in time takes over the certification as it
    is: that alone gives no new one before its renewal is open. Whoever was decertified by then, or
    may be another one on record, gets none, whatever they do.
    """
    again = steps_again(party, facts)
    if facts.in_review or not again or any(is_to_do(step, party, facts) for step in again):
        return None
    done_on = max(facts.steps_done[step.code] for step in again)
    done_on = max(done_on, facts.reviewed_on or done_on)
    if facts.decertified_on is not None and facts.decertified_on <= done_on:
        return None
    present, ends = newest(facts.certifications), certified_period(party, facts)[1]
    if facts.representative_left_on is not None and present and present.ends and ends:
        is_open = renewal_opens_on(party, present.ends) <= done_on
        if done_on <= ends and not is_open:
            return None
    return done_on


def _is_the_next_ones(step: Step, party: Party, facts: CertificationFacts) -> bool:
    """Whether the next representative does this step, as the one before left."""
    left = facts.representative_left_on is not None and party.has_representative
    return left and step.kind in BY_THE_PERSON


class Reminder(NamedTuple):
    """A message that falls due on a day, and the day of what it is about."""

    due_on: date
    event_on: date
    offset: int
    notice: Notice


# What each kind of event is about: of those due together, the newest of each kind is sent.
REMINDED = {
    "certification_ends": "certification",
    "certification_lapsed": "certification",
    "representative_left": "representative",
}


def reminders(
    notices: Iterable[Notice], party: Party, facts: CertificationFacts, audiences: Collection[str]
) -> list[Reminder]:
    """Every reminder of the participant's certification, in the order they fall due.

    Source: program `notices.yaml`, `offsets_days`.
    """
    if facts.decertified_on is not None:
        return []
    days = _event_days(party, facts)
    found = [
        Reminder(days[notice.event] + timedelta(days=offset), days[notice.event], offset, notice)
        for notice in notices
        if notice.event in days and notice.audience in audiences
        for offset in notice.offsets_days or (0,)
    ]
    return sorted(found, key=lambda each: (each.due_on, each.notice.code, each.offset))


def _event_days(party: Party, facts: CertificationFacts) -> dict[str, date]:
    ends = certified_period(party, facts)[1]
    days: dict[str, date] = {}
    if ends is not None:
        days["certification_ends"] = ends
        days["certification_lapsed"] = ends + timedelta(days=1)
    if facts.representative_left_on is not None and party.has_representative:
        days["representative_left"] = facts.representative_left_on
    return days


def _why(
    party: Party, facts: CertificationFacts, opens: date | None, ends: date | None, on: date
) -> Why | None:
    left_on = facts.representative_left_on
    if left_on is not None and left_on <= on and party.has_representative:
        return Why.NEW_REPRESENTATIVE
    if ends is not None and ends < on:
        return Why.LAPSED
    if opens is not None and opens <= on:
        return Why.ENDS_SOON
    return None
