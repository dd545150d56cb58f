"""Help with what an infusion costs a patient: for whom, with what, and how much of a claim.

It is a help, never a duty: no decision about the drug looks at it, and what is not known is never
taken for a yes. Source: a program's `support.yaml`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.entries import Entry

CENTS = 100


class Cost(StrEnum):
    """What a patient has to pay on an infusion day."""

    DRUG = "drug"
    INFUSION = "infusion"


class Reason(StrEnum):
    """Why there is no help, or no more of it."""

    ENDED = "ended"
    NO_CONSENT = "no-consent"
    NOT_ENROLLED = "not-enrolled"
    COVERAGE_NOT_KNOWN = "coverage-not-known"
    NO_COMMERCIAL_INSURANCE = "no-commercial-insurance"
    GOVERNMENT_COVERAGE = "government-coverage"
    STATE_NOT_KNOWN = "state-not-known"
    STATE_WITHOUT_HELP = "state-without-help"
    NO_INFUSION = "no-infusion"
    BEFORE_ENROLLMENT = "before-enrollment"
    CLAIMED_ALREADY = "claimed-already"
    OVER_THE_MOST = "over-the-most"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostHelp(Entry):
    """Help with one cost: all of it, or at most so many dollars an infusion day.

    `not_in` are the states whose residents have none of it.
    """

    cost: Cost
    most_dollars: int | None = None
    not_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopayPlan(Entry):
    """What a program helps with, for whoever has commercial insurance and no other.

    `consent` must be given first. From `ended_on` on there is no help for infusions of that day or
    later; what was granted before stays granted.
    """

    consent: str
    helps: tuple[CostHelp, ...]
    ended_on: date | None = None


class Coverage(NamedTuple):
    """What a patient said of their insurance and home; None and empty for what is not known."""

    has_commercial: bool | None
    has_government: bool | None
    state: str


class Claim(NamedTuple):
    """What somebody paid, in cents, for one cost of one infusion day."""

    cost: Cost
    infusion_on: date
    cents: int


class Enrolled(NamedTuple):
    """Since when somebody takes part and with what coverage; whether the consent still stands."""

    since: date
    coverage: Coverage
    has_consent: bool


class Judged(NamedTuple):
    """How much of a claim is granted, in cents, and why not all of it."""

    cents: int
    reasons: tuple[Reason, ...]


def reasons_against(
    plan: CopayPlan, cost: Cost, coverage: Coverage, on: date
) -> tuple[Reason, ...]:
    """Why there is no help with the cost of an infusion on that day; empty when there is."""
    found = next((each for each in plan.helps if each.cost is cost), None)
    return tuple(_against(plan, found, coverage, on))


def judge_claim(
    plan: CopayPlan,
    enrolled: Enrolled | None,
    claim: Claim,
    *,
    infusions: Collection[date],
    claimed: Collection[tuple[Cost, date]],
) -> Judged:
    """How much of the claim is granted.

    `infusions` are the infusion days on record, `claimed` the costs of days granted already. A
    claim for less than one cent is granted nothing, whatever speaks for it.
    """
    against = tuple(_against_claim(plan, enrolled, claim, infusions, claimed))
    if against:
        return Judged(0, against)
    most = next(each.most_dollars for each in plan.helps if each.cost is claim.cost)
    asked = max(claim.cents, 0)
    if most is not None and asked > most * CENTS:
        return Judged(most * CENTS, (Reason.OVER_THE_MOST,))
    return Judged(asked, ())


def _against_claim(
    plan: CopayPlan,
    enrolled: Enrolled | None,
    claim: Claim,
    infusions: Collection[date],
    claimed: Collection[tuple[Cost, date]],
) -> Iterator[Reason]:
    if enrolled is None:
        yield Reason.NOT_ENROLLED
    else:
        if not enrolled.has_consent:
            yield Reason.NO_CONSENT
        if claim.infusion_on < enrolled.since:
            yield Reason.BEFORE_ENROLLMENT
        yield from reasons_against(plan, claim.cost, enrolled.coverage, claim.infusion_on)
    if claim.infusion_on not in infusions:
        yield Reason.NO_INFUSION
    if (claim.cost, claim.infusion_on) in claimed:
        yield Reason.CLAIMED_ALREADY


def _against(
    plan: CopayPlan, found: CostHelp | None, coverage: Coverage, on: date
) -> Iterator[Reason]:
    if found is None or (plan.ended_on is not None and on >= plan.ended_on):
        yield Reason.ENDED
    if coverage.has_commercial is None or coverage.has_government is None:
        yield Reason.COVERAGE_NOT_KNOWN
    if coverage.has_commercial is False:
        yield Reason.NO_COMMERCIAL_INSURANCE
    if coverage.has_government:
        yield Reason.GOVERNMENT_COVERAGE
    if found is not None and found.not_in:
        if not coverage.state:
            yield Reason.STATE_NOT_KNOWN
        elif coverage.state in found.not_in:
            yield Reason.STATE_WITHOUT_HELP
