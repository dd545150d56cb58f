"""Which course a question is about, and how many infusion days it has."""

import dataclasses
from datetime import date

import pytest

from etasu.safe_use.courses import course_in_question, doses_in
from tests.safe_use.building import FIRST_COURSE, LATER_COURSES, PLANS

ON = date(2025, 5, 1)


def april(*days):
    return [date(2025, 4, day) for day in days]


@pytest.mark.parametrize(
    ("course", "doses"), [(-1, None), (0, None), (1, 5), (2, 3), (3, 3), (10**9, 3)]
)
def test_each_course_has_the_days_of_its_plan(course, doses):
    assert doses_in(PLANS, course) == doses


def test_a_course_outside_every_plan_has_no_known_days():
    assert doses_in([], 1) is None
    assert doses_in([FIRST_COURSE], 2) is None
    assert doses_in([dataclasses.replace(LATER_COURSES, last_course=3)], 3) == 3
    assert doses_in([dataclasses.replace(LATER_COURSES, last_course=3)], 4) is None
    assert doses_in([dataclasses.replace(FIRST_COURSE, first_course=0, last_course=0)], 1) is None


def test_a_program_without_courses_asks_about_none():
    assert course_in_question([], {}, [], ON) is None


@pytest.mark.parametrize(
    ("infusions", "authorized", "course"),
    [
        ({}, [], 1),
        ({}, [1], 1),
        ({}, [1, 2], 2),
        ({1: april(30)}, [], 1),
        ({1: april(30)}, [2], 1),
        ({1: april(1)}, [], 1),
        ({1: [date(2025, 3, 31)]}, [], 2),
        ({1: [date(2025, 3, 31)]}, [1], 2),
        ({1: [date(2025, 3, 31)]}, [3], 3),
        ({1: april(26, 27, 28, 29, 30)}, [], 2),
        ({1: april(27, 28, 29, 30)}, [], 1),
        ({1: [*april(27, 28, 29, 30), date(2025, 5, 1)]}, [], 1),
        ({1: april(27, 27, 28, 29, 30)}, [], 1),
        ({1: april(1), 2: april(28, 29, 30)}, [], 3),
        ({1: april(1), 2: april(28, 29)}, [], 2),
        ({1: [date(2025, 5, 2)]}, [], 2),
        ({1: [date(2025, 5, 1)]}, [], 1),
        ({1: []}, [], 2),
        ({0: april(30)}, [], 1),
    ],
)
def test_a_running_course_comes_first_then_the_newest_authorized_then_the_next(
    infusions, authorized, course
):
    assert course_in_question(PLANS, infusions, authorized, ON) == course


def test_a_course_of_unknown_length_runs_only_on_its_own_days():
    plans = [LATER_COURSES]
    assert course_in_question(plans, {1: april(30)}, [], ON) == 2
    assert course_in_question(plans, {1: [ON]}, [], ON) == 1
