"""What patients notice: the most pressing first, and nothing left open taken for "nothing"."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from etasu.safe_use.dates import Span, Unit, months_between
from etasu.safe_use.monitoring_plan import Response, Urgency, answer_until
from etasu.safe_use.nurse_line import Line
from etasu.safe_use.self_check import (
    Noticed,
    Region,
    SelfCheckPlan,
    Symptom,
    Told,
    call_by,
    due_on,
    fell_due_on,
    outcome,
    told_of,
)

SAYS = (Line("en", "Chest"), Line("es", "Pecho"))


def symptom(code: str, urgency: Urgency) -> Symptom:
    return Symptom(code=code, urgency=urgency, says=SAYS, source="test")


def region(code: str, *symptoms: Symptom) -> Region:
    return Region(code=code, symptoms=symptoms, says=SAYS, source="test")


MOLE, SPOTS, PAIN = (
    symptom("mole", Urgency.ROUTINE),
    symptom("spots", Urgency.URGENT),
    symptom("pain", Urgency.EMERGENCY),
)
SKIN, CHEST = region("skin", MOLE, SPOTS), region("chest", PAIN)
PLAN = SelfCheckPlan(
    code="self-check", every=Span(1, Unit.MONTHS), regions=(SKIN, CHEST), source="test"
)
NO = Noticed(frozenset())


def test_the_most_pressing_comes_first_and_decides() -> None:
    found = outcome(PLAN, {"skin": Noticed(frozenset({"mole", "spots"})), "chest": NO})
    assert [each.code for each in found.told] == ["spots", "mole"]
    assert found.urgency is Urgency.URGENT and not found.is_clear and found.left == ()
    found = outcome(PLAN, {"skin": Noticed(frozenset({"mole"})), "chest": Noticed({"pain"})})
    assert found.urgency is Urgency.EMERGENCY


def test_only_a_whole_and_sure_no_is_clear() -> None:
    assert outcome(PLAN, {"skin": NO, "chest": NO}).is_clear
    for answers in ({}, {"skin": NO}, {"chest": NO}):
        half = outcome(PLAN, answers)
        assert half.left and not half.is_clear and half.urgency is None
    unsure = outcome(PLAN, {"skin": NO, "chest": Noticed(frozenset(), is_unsure=True)})
    assert unsure.told == (Told("chest", Urgency.URGENT, is_unsure=True),)
    assert not unsure.is_clear and unsure.urgency is Urgency.URGENT


def test_not_being_sure_takes_nothing_away_from_what_is_noticed() -> None:
    told = told_of(CHEST, Noticed(frozenset({"pain"}), is_unsure=True))
    assert [(each.code, each.is_unsure) for each in told] == [("pain", False), ("chest", True)]


def test_a_symptom_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="skin: pain"):
        told_of(SKIN, Noticed(frozenset({"pain"})))


def test_regions_and_symptoms_are_found_by_their_code() -> None:
    assert PLAN.region("chest") is CHEST and PLAN.region("head") is None
    assert PLAN.symptom("pain") is PAIN and PLAN.symptom("skin") is None


@pytest.mark.parametrize(
    ("urgency", "on", "by"),
    [
        (Urgency.EMERGENCY, date(2026, 11, 20), date(2026, 11, 20)),
        (Urgency.URGENT, date(2026, 11, 20), date(2026, 11, 20)),
        (Urgency.ROUTINE, date(2026, 11, 20), date(2026, 11, 23)),
        (Urgency.ROUTINE, date(2026, 11, 25), date(2026, 11, 27)),  # over Thanksgiving
    ],
)
def test_a_patient_calls_today_or_by_the_next_business_day(
    urgency: Urgency, on: date, by: date
) -> None:
    assert call_by(urgency, on) == by


def test_a_clinician_answers_within_the_shortest_time_the_program_sets() -> None:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    first = Response(
        code="r", urgency=Urgency.URGENT, within_hours=24, escalates_to=(), source="test"
    )
    responses = (first, replace(first, code="s", within_hours=8))
    assert answer_until(responses, Urgency.URGENT, at) == at + timedelta(hours=8)
    assert answer_until(responses, Urgency.EMERGENCY, at) is None


def test_the_next_check_is_so_long_after_the_last_and_never_before_today() -> None:
    today = date(2026, 11, 20)
    assert due_on(PLAN, None, today) == today
    assert due_on(PLAN, date(2026, 11, 1), today) == date(2026, 12, 1)
    assert due_on(PLAN, date(2026, 9, 1), today) == today


def test_they_fall_due_again_and_again_until_one_is_made() -> None:
    since = date(2026, 8, 31)
    newest = [fell_due_on(PLAN, since, date(2026, month, 30)) for month in (9, 10, 12)]
    assert newest == [date(2026, 9, 30), date(2026, 9, 30), date(2026, 11, 30)]
    assert fell_due_on(PLAN, since, date(2026, 9, 29)) is None


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2026, 1, 31), date(2026, 3, 30), 1),
        (date(2023, 8, 31), date(2027, 8, 31), 48),
        (date(2026, 5, 2), date(2026, 1, 1), 0),
    ],
)
def test_months_behind_are_whole_ones(start: date, end: date, months: int) -> None:
    assert months_between(start, end) == months
