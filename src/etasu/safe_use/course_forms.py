"""Forms about one course of treatment: which course a form begun now can be about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from etasu.safe_use.courses import course_in_question
from etasu.safe_use.evidence import FormSigned
from etasu.safe_use.program import FormDefinition, Gate, GateUnit, ProgramVersion
from etasu.safe_use.treatment_days import AuthorizedBy

_COURSE = "course"


def is_about_course(form: FormDefinition) -> bool:
    """Whether the form asks which course it is about, and so counts for that course alone."""
    return any(field.known_as == _COURSE for part in form.sections for field in part.fields)


def comes_before_course(version: ProgramVersion, form: str) -> bool:
    """Whether the form is asked for before there is a course, by the gate that authorizes one.

    A gate that itself rests on an authorization comes later: its course is there already.
    """
    return any(_asks_for(gate, form) for gate in version.gates.values() if _opens_course(gate))


def courses_to_write_about(
    version: ProgramVersion,
    form: str,
    infusions: Mapping[int, Sequence[date]],
    authorized: Collection[int],
    on: date,
) -> tuple[int, ...]:
    """The courses a form begun on that day can be about, the first course first.

    One that comes before its course: the course in question. Any other: each course with an
    infusion or a live authorization. Empty while there is none to write about.
    """
    if comes_before_course(version, form):
        course = course_in_question(version.courses, infusions, sorted(authorized), on)
        return () if course is None else (course,)
    return tuple(sorted({*infusions, *authorized}))


def _opens_course(gate: Gate) -> bool:
    is_first = not any(isinstance(each, AuthorizedBy) for each in gate.requirements)
    return is_first and gate.authorizes is GateUnit.COURSE


def _asks_for(gate: Gate, form: str) -> bool:
    signed = [each for each in gate.requirements if isinstance(each, FormSigned)]
    return any(form in (each.form, *each.also) for each in signed)
