"""The standing of a participant: every state, its first and its last day."""

import dataclasses
from datetime import date, timedelta

import pytest

from etasu.safe_use.certification import (
    CertificationFacts,
    Certified,
    Standing,
    StandingState,
    Stopped,
    certified_period,
    covering,
    next_certification,
    standing,
)
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.program import Party, Step, StepKind
from tests.safe_use.building import days, months

LEARN = Step(code="learned", source="invented", name="Learn", kind=StepKind.REVIEW)
SIGN = Step(code="signed", source="invented", name="Sign", kind=StepKind.SIGN)
FACILITY = Party(
    code="facility",
    source="invented",
    name="Facility",
    steps=(LEARN, SIGN),
    renew_every=Span(2, Unit.YEARS),
    remind_before=(days(30), days(90), days(60)),
    has_representative=True,
    representative_grace=days(10),
)
PRESCRIBER = Party(code="prescriber", source="invented", name="Prescriber", steps=(LEARN, SIGN))
DONE = {"learned": date(2025, 2, 1), "signed": date(2025, 3, 1)}
LAST = date(2027, 2, 28)
CERTIFIED = CertificationFacts(DONE, [Certified(date(2025, 3, 1), LAST)])


def state(facts, on, party=FACILITY):
    return standing(party, facts, on).state


def test_a_participant_who_did_nothing_has_not_started():
    expected = Standing(StandingState.NOT_STARTED, None, None, (LEARN, SIGN))
    assert standing(FACILITY, CertificationFacts({}), date(2025, 3, 1)) == expected


@pytest.mark.parametrize(
    ("on", "expected", "left"),
    [
        (date(2025, 1, 31), StandingState.NOT_STARTED, (LEARN, SIGN)),
        (date(2025, 2, 1), StandingState.IN_PROGRESS, (SIGN,)),
        (date(2025, 3, 1), StandingState.IN_PROGRESS, ()),
    ],
)
def test_a_step_counts_from_its_day(on, expected, left):
    facts = CertificationFacts(DONE)
    assert standing(FACILITY, facts, on) == Standing(expected, None, None, left)


def test_a_certification_to_come_is_not_one_yet():
    facts = CERTIFIED._replace(certifications=[Certified(date(2025, 3, 2))])
    assert state(facts, date(2025, 3, 1)) is StandingState.IN_PROGRESS
    assert state(facts, date(2025, 3, 2)) is StandingState.CERTIFIED


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 3, 1), StandingState.CERTIFIED),
        (LAST - timedelta(days=91), StandingState.CERTIFIED),
        (LAST - timedelta(days=90), StandingState.RENEWAL_DUE),
        (LAST, StandingState.RENEWAL_DUE),
        (LAST + timedelta(days=1), StandingState.LAPSED),
    ],
)
def test_a_certification_of_two_years_ends_the_day_before_the_anniversary(on, expected):
    expected_standing = Standing(expected, date(2025, 3, 1), LAST, ())
    assert standing(FACILITY, CERTIFIED, on) == expected_standing


def test_two_years_hold_from_every_day_until_2060():
    day, two_years = date(2015, 1, 1), Span(2, Unit.YEARS)
    while day <= date(2060, 12, 31):
        given = next_certification(FACILITY, CertificationFacts({}), day)
        facts = CertificationFacts({}, [given])
        begins, ends = certified_period(FACILITY, facts)
        assert begins == day
        assert ends + timedelta(days=1) == two_years.after(day)
        assert state(facts, ends) is StandingState.RENEWAL_DUE
        assert state(facts, ends + timedelta(days=1)) is StandingState.LAPSED
        day += timedelta(days=1)


def test_a_certification_without_renewal_has_no_last_day():
    expected = Standing(StandingState.CERTIFIED, date(2025, 3, 1), None, ())
    given = next_certification(PRESCRIBER, CertificationFacts({}), date(2025, 3, 1))
    facts = CertificationFacts(DONE, [given])
    assert standing(PRESCRIBER, facts, date(2099, 1, 1)) == expected


def test_without_reminders_a_renewal_is_never_announced():
    party = dataclasses.replace(FACILITY, remind_before=())
    assert state(CERTIFIED, LAST, party) is StandingState.CERTIFIED


def test_a_reminder_may_be_counted_in_months():
    party = dataclasses.replace(FACILITY, remind_before=(months(3),))
    assert state(CERTIFIED, date(2026, 11, 27), party) is StandingState.CERTIFIED
    assert state(CERTIFIED, date(2026, 11, 28), party) is StandingState.RENEWAL_DUE


def left_on(day, **more):
    return CERTIFIED._replace(representative_left_on=day, **more)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 5, 31), StandingState.RENEWAL_DUE),
        (date(2025, 6, 1), StandingState.REPRESENTATIVE_CHANGE),
        (date(2025, 6, 10), StandingState.REPRESENTATIVE_CHANGE),
        (date(2025, 6, 11), StandingState.LAPSED),
    ],
)
def test_without_a_representative_a_certification_lasts_for_the_grace(on, expected):
    expected_standing = Standing(expected, date(2025, 3, 1), date(2025, 6, 10), ())
    assert standing(FACILITY, left_on(date(2025, 6, 1)), on) == expected_standing


def test_without_a_grace_it_ends_the_day_before_the_representative_left():
    party = dataclasses.replace(FACILITY, representative_grace=None)
    assert certified_period(party, left_on(date(2025, 6, 1))) == (
        date(2025, 3, 1),
        date(2025, 5, 31),
    )


def test_a_grace_never_prolongs_a_certification():
    assert certified_period(FACILITY, left_on(date(2027, 2, 25))) == (date(2025, 3, 1), LAST)
    assert certified_period(FACILITY, left_on(date(2027, 2, 18)))[1] == date(2027, 2, 27)


def test_a_grace_ends_a_certification_that_would_not_end():
    facts = left_on(date(2030, 1, 1), certifications=[Certified(date(2025, 3, 1))])
    assert certified_period(FACILITY, facts)[1] == date(2030, 1, 10)


def test_a_grace_used_up_before_the_certification_leaves_none():
    assert certified_period(FACILITY, left_on(date(2025, 2, 19))) == (None, None)
    assert certified_period(FACILITY, left_on(date(2025, 2, 20))) == (
        date(2025, 3, 1),
        date(2025, 3, 1),
    )
    assert state(left_on(date(2025, 2, 19)), date(2025, 3, 1)) is StandingState.IN_PROGRESS


def test_who_needs_no_representative_does_not_miss_one():
    facts = left_on(date(2025, 6, 1), certifications=[Certified(date(2025, 3, 1))])
    assert certified_period(PRESCRIBER, facts) == (date(2025, 3, 1), None)
    assert state(facts, date(2026, 1, 1), PRESCRIBER) is StandingState.CERTIFIED


@pytest.mark.parametrize(
    ("begins", "ends", "on", "expected"),
    [
        (date(2025, 6, 1), None, date(2025, 5, 31), StandingState.CERTIFIED),
        (date(2025, 6, 1), None, date(2025, 6, 1), StandingState.SUSPENDED),
        (date(2025, 6, 1), None, date(2030, 1, 1), StandingState.SUSPENDED),
        (date(2025, 6, 1), date(2025, 6, 9), date(2025, 6, 9), StandingState.SUSPENDED),
        (date(2025, 6, 1), date(2025, 6, 9), date(2025, 6, 10), StandingState.CERTIFIED),
        (None, date(2025, 6, 9), date(2025, 6, 5), StandingState.CERTIFIED),
    ],
)
def test_a_suspension_holds_from_its_first_through_its_last_day(begins, ends, on, expected):
    facts = CERTIFIED._replace(suspended_from=begins, suspended_until=ends)
    assert state(facts, on) is expected


def test_a_decertified_participant_stays_so():
    facts = CERTIFIED._replace(decertified_on=date(2025, 6, 1), suspended_from=date(2025, 5, 1))
    assert state(facts, date(2025, 5, 31)) is StandingState.SUSPENDED
    assert state(facts, date(2025, 6, 1)) is StandingState.DECERTIFIED
    again = facts._replace(certifications=[Certified(date(2026, 1, 1))])
    assert state(again, date(2026, 1, 2)) is StandingState.DECERTIFIED


def test_one_span_covers_every_suspension_that_is_not_over():
    day = date(2026, 3, 1)
    over = Stopped(date(2026, 1, 1), date(2026, 1, 31))
    now = Stopped(date(2026, 2, 1), date(2026, 3, 1))
    coming = Stopped(date(2026, 5, 1), date(2026, 5, 31))
    lasting = Stopped(date(2026, 4, 1))
    assert covering([], day) is None
    assert covering([over], day) == over
    assert covering([over, Stopped(date(2025, 1, 1), date(2025, 2, 1))], day) == over
    assert covering([over, now], day) == now
    assert covering([coming, now], day) == Stopped(date(2026, 2, 1), date(2026, 5, 31))
    assert covering([coming, lasting, over], day) == Stopped(date(2026, 4, 1), None)
