"""How an appointment for tests stands, on every day around it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.lab_program import (
    AppointmentStage,
    LabProgram,
    LabWay,
    Visited,
    WayKind,
    WayWords,
    missing_tests,
    stage_of,
)

DAY = date(2025, 6, 3)
WITHIN = 7
TWO = ("tsh", "creatinine")
SET = Visited(TWO, DAY)
BOTH = {("tsh", DAY), ("creatinine", DAY + timedelta(days=WITHIN))}
S = AppointmentStage


@pytest.mark.parametrize(
    ("visited", "resulted", "days_after", "expected"),
    [
        (Visited(TWO, None), BOTH, 0, S.REQUESTED),
        (SET, (), -1, S.CONFIRMED),
        (SET, (), 0, S.CONFIRMED),
        (SET, (), 1, S.AWAITING_RESULTS),
        (SET._replace(done_on=DAY), (), 0, S.AWAITING_RESULTS),
        (SET, (), WITHIN, S.AWAITING_RESULTS),
        (SET, (), WITHIN + 1, S.NO_RESULTS),
        (SET, BOTH, 1, S.RESULTS_IN),
        (SET, {("tsh", DAY)}, WITHIN + 1, S.NO_RESULTS),
        # Collected the day before, or too long after: another visit's.
        (SET, {(test, DAY - timedelta(days=1)) for test in TWO}, WITHIN + 1, S.NO_RESULTS),
        (SET, {(test, DAY + timedelta(days=8)) for test in TWO}, WITHIN + 1, S.NO_RESULTS),
        (SET._replace(done_on=DAY, day=DAY - timedelta(days=2)), BOTH, 0, S.RESULTS_IN),
        (Visited(TWO, None, done_on=DAY), BOTH, 0, S.RESULTS_IN),
        (SET._replace(is_missed=True), BOTH, 9, S.MISSED),
        (SET._replace(is_canceled=True), BOTH, 9, S.CANCELED),
    ],
)
def test_its_stage_follows_from_what_is_on_record(
    visited: Visited, resulted: set[tuple[str, date]], days_after: int, expected: S
) -> None:
    on = DAY + timedelta(days=days_after)
    assert stage_of(visited, resulted, on=on, within_days=WITHIN) is expected


def test_what_is_missing_is_named_and_all_of_it_before_there_is_a_day() -> None:
    assert missing_tests(SET, {("tsh", DAY)}, WITHIN) == ("creatinine",)
    assert missing_tests(Visited(TWO, None), BOTH, WITHIN) == TWO


def test_a_way_is_said_in_the_language_asked_for_or_in_english() -> None:
    words = (WayWords("en", "At home", "Nothing"), WayWords("es", "En casa", "Nada"))
    way = LabWay(code="home", source="s", kind=WayKind.VISIT, says=words)
    span = Span(30, Unit.DAYS)
    plan = LabProgram(
        code="p", source="s", consent="c", tests=TWO, ways=(way,), due_within_days=14,
        results_within_days=7, order=span, standing_order=span,
    )  # fmt: skip
    assert [way.said(each).name for each in ("es-mx", "fr", None)] == [
        *("En casa", "At home", "At home")
    ]
    assert plan.way("home") is way and plan.way("office") is None
