"""Help with costs: never for whom it is not meant, never twice, never more than there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.safe_use.copay import (
    CENTS,
    Claim,
    CopayPlan,
    Cost,
    CostHelp,
    Coverage,
    Enrolled,
    Judged,
    Reason,
    judge_claim,
    reasons_against,
)

ON = date(2025, 5, 1)
PLAN = CopayPlan(
    code="copay",
    source="test",
    consent="copay-support",
    helps=(
        CostHelp(code="drug-help", source="test", cost=Cost.DRUG),
        CostHelp(
            code="infusion-help",
            source="test",
            cost=Cost.INFUSION,
            most_dollars=100,
            not_in=("MA", "MI", "MN", "RI"),
        ),
    ),
)
INSURED = Coverage(True, False, "NY")
ENROLLED = Enrolled(ON - timedelta(days=30), INSURED, True)


def judged(claim: Claim, enrolled: Enrolled | None = ENROLLED, plan: CopayPlan = PLAN) -> Judged:
    return judge_claim(plan, enrolled, claim, infusions=[ON], claimed=[])


def test_the_drug_costs_nothing_and_a_day_of_infusion_up_to_a_hundred_dollars_less() -> None:
    assert judged(Claim(Cost.DRUG, ON, 1_234_567)) == Judged(1_234_567, ())
    assert judged(Claim(Cost.INFUSION, ON, 9_999)) == Judged(9_999, ())
    assert judged(Claim(Cost.INFUSION, ON, 10_001)) == Judged(10_000, (Reason.OVER_THE_MOST,))


@pytest.mark.parametrize("state", ["MA", "MI", "MN", "RI"])
def test_in_four_states_the_infusion_is_not_helped_with_and_the_drug_is(state: str) -> None:
    there = ENROLLED._replace(coverage=INSURED._replace(state=state))
    assert judged(Claim(Cost.INFUSION, ON, 100), there) == Judged(0, (Reason.STATE_WITHOUT_HELP,))
    assert judged(Claim(Cost.DRUG, ON, 100), there) == Judged(100, ())


@pytest.mark.parametrize(
    ("coverage", "reason"),
    [
        (Coverage(False, False, "NY"), Reason.NO_COMMERCIAL_INSURANCE),
        (Coverage(True, True, "NY"), Reason.GOVERNMENT_COVERAGE),
        (Coverage(None, False, "NY"), Reason.COVERAGE_NOT_KNOWN),
        (Coverage(True, None, "NY"), Reason.COVERAGE_NOT_KNOWN),
    ],
)
def test_other_coverage_has_no_help_with_anything(coverage: Coverage, reason: Reason) -> None:
    for cost in Cost:
        assert reasons_against(PLAN, cost, coverage, ON) == (reason,)


def test_a_home_nobody_knows_counts_only_where_it_matters() -> None:
    nowhere = INSURED._replace(state="")
    assert reasons_against(PLAN, Cost.INFUSION, nowhere, ON) == (Reason.STATE_NOT_KNOWN,)
    assert reasons_against(PLAN, Cost.DRUG, nowhere, ON) == ()


def test_every_reason_is_said_at_once() -> None:
    claim = Claim(Cost.DRUG, ON, 100)
    no_consent = ENROLLED._replace(since=ON + timedelta(days=1), has_consent=False)
    found = judge_claim(PLAN, no_consent, claim, infusions=[], claimed=[(Cost.DRUG, ON)])
    assert found == Judged(
        0,
        (
            Reason.NO_CONSENT,
            Reason.BEFORE_ENROLLMENT,
            Reason.NO_INFUSION,
            Reason.CLAIMED_ALREADY,
        ),
    )
    assert judged(claim, None) == Judged(0, (Reason.NOT_ENROLLED,))


def test_help_that_ended_covers_what_was_before() -> None:
    over = replace(PLAN, ended_on=ON)
    before = ENROLLED._replace(since=ON - timedelta(days=90))
    claim = Claim(Cost.DRUG, ON - timedelta(days=1), 100)
    found = judge_claim(over, before, claim, infusions=[claim.infusion_on], claimed=[])
    assert found == Judged(100, ())
    assert judged(Claim(Cost.DRUG, ON, 100), plan=over).reasons == (Reason.ENDED,)
    only_drug = replace(PLAN, helps=PLAN.helps[:1])
    assert judged(Claim(Cost.INFUSION, ON, 100), plan=only_drug).reasons == (Reason.ENDED,)


KNOWN = st.sampled_from([True, False, None])
CLAIMS = st.builds(Claim, st.sampled_from(Cost), st.just(ON), st.integers(-10, 10**9))


@given(CLAIMS, KNOWN, KNOWN, st.sampled_from(["", "NY", "MN"]), st.booleans())
def test_nothing_is_granted_that_anything_speaks_against(
    claim: Claim, commercial: bool | None, government: bool | None, state: str, consent: bool
) -> None:
    enrolled = Enrolled(ON, Coverage(commercial, government, state), consent)
    found = judged(claim, enrolled)
    assert 0 <= found.cents <= max(0, claim.cents)
    is_for = commercial is True and government is False and consent
    if claim.cost is Cost.INFUSION:
        is_for = is_for and state == "NY"
        assert found.cents <= 100 * CENTS
    assert (found.cents > 0) == (is_for and claim.cents > 0)
    assert is_for or found.reasons


def test_no_cost_of_a_day_is_helped_with_twice() -> None:
    for cost, other in product(Cost, Cost):
        found = judge_claim(
            PLAN, ENROLLED, Claim(cost, ON, 100), infusions=[ON], claimed=[(other, ON)]
        )
        assert (found.reasons == (Reason.CLAIMED_ALREADY,)) == (cost is other)
