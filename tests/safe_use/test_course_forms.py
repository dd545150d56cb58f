"""Forms about one course: which course they can be about when they are begun."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from etasu.safe_use.course_forms import (
    comes_before_course,
    courses_to_write_about,
    is_about_course,
)
from etasu.safe_use.evidence import FormSigned
from etasu.safe_use.program import GateUnit
from etasu.safe_use.treatment_days import AuthorizedBy
from tests.safe_use.building import ON, PLANS, gate, requirement, version
from tests.safe_use.forms_built import field, form, section

BEFORE, ALSO, AFTER = "decision", "decision-2016", "checklist"
SIGNED = requirement(FormSigned, form=BEFORE, also=(ALSO,), for_course=True)
OPENING = gate(SIGNED, authorizes=GateUnit.COURSE)
VERSION = version(OPENING)
APRIL = date(2025, 4, 30)


def test_a_form_is_about_a_course_when_any_question_asks_which():
    course = field("number", known_as="course")
    assert is_about_course(form(section("one", field("a")), section("two", field("b"), course)))
    assert not is_about_course(form(section("one", field("course"), field("x", known_as="today"))))
    assert not is_about_course(form())


def test_what_the_gate_of_the_course_asks_for_comes_before_it():
    assert comes_before_course(VERSION, BEFORE)
    assert comes_before_course(VERSION, ALSO)
    assert not comes_before_course(VERSION, AFTER)
    assert not comes_before_course(version(), BEFORE)
    other = requirement(FormSigned, code="other", form="enrollment")
    both = version(gate(SIGNED, other, authorizes=GateUnit.COURSE))
    assert comes_before_course(both, BEFORE) and comes_before_course(both, "enrollment")


@pytest.mark.parametrize("unit", [each for each in GateUnit if each is not GateUnit.COURSE])
def test_no_other_gate_opens_a_course(unit):
    assert not comes_before_course(version(replace(OPENING, authorizes=unit)), BEFORE)


def test_a_gate_that_rests_on_an_authorization_opens_none():
    earlier = requirement(AuthorizedBy, gate="authorize", for_course=True)
    later = gate(earlier, SIGNED, authorizes=GateUnit.COURSE)
    assert not comes_before_course(version(later), BEFORE)
    assert not comes_before_course(version(gate(SIGNED, authorizes=None)), BEFORE)
    both = version(replace(later, code="later"), OPENING)
    assert comes_before_course(both, BEFORE)


@pytest.mark.parametrize(
    ("infusions", "authorized", "before", "after"),
    [
        ({}, [], (1,), ()),
        ({}, [1], (1,), (1,)),
        ({}, {2, 1}, (2,), (1, 2)),
        ({1: [date(2024, 3, 1)]}, [], (2,), (1,)),
        ({1: [date(2024, 3, 1)]}, [2], (2,), (1, 2)),
        ({1: [APRIL]}, [1], (1,), (1,)),
        ({2: [APRIL], 1: [date(2024, 3, 1)]}, [], (2,), (1, 2)),
        ({8: [date(2024, 3, 1)]}, [1], (9,), (1, 8)),
    ],
)
def test_which_courses_there_are_to_write_about(infusions, authorized, before, after):
    assert courses_to_write_about(VERSION, BEFORE, infusions, authorized, ON) == before
    assert courses_to_write_about(VERSION, AFTER, infusions, authorized, ON) == after


def test_a_program_without_courses_has_none_to_write_about():
    bare = replace(VERSION, courses=())
    assert courses_to_write_about(bare, BEFORE, {}, [], ON) == ()
    assert courses_to_write_about(replace(bare, courses=PLANS), BEFORE, {}, [], ON) == (1,)
