"""The answers of a draft, shown once more before signing."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from etasu.portals.components.dates import day as us_day
from etasu.portals.components.dates import short_day
from etasu.portals.components.program_forms import YES_NO
from etasu.portals.components.records import SummaryRow
from etasu.portals.prescriber.asking import (
    COURSE,
    DAY,
    FACILITY,
    SECTION,
    STATEMENTS,
    TESTS,
    Asking,
    TestAsked,
    is_asked,
    pages,
    sections_asked,
    statements_asked,
    tests_asked,
)
from etasu.portals.prescriber.presenters import days_before
from etasu.registry.participants.facts import participant_by_number
from etasu.safe_use.courses import doses_in
from etasu.safe_use.program import FieldType, FormField, FormSection


class Part(NamedTuple):
    """Answers that belong together, under a heading."""

    heading: str
    rows: list[SummaryRow]


def parts_as_signed(asking: Asking) -> list[Part]:
    """Every answer as it is about to be signed."""
    return [
        Part(each.heading, [row._replace(change_url="") for row in each.rows])
        for each in parts(asking)
    ]


def parts(asking: Asking) -> list[Part]:
    """Every answer with the way to change it, in the order of the pages."""
    known = pages(asking)
    found = [Part(_("What is planned"), _about_plan(asking))]
    if TESTS in known:
        rows = [_test_row(asking, test) for test in tests_asked(asking)]
        found.append(Part(_("Tests"), rows))
    if statements_asked(asking):
        found.append(Part(_("What you state"), _statement_rows(asking)))
    for section in sections_asked(asking.form):
        found.append(Part(section.title, _section_rows(asking, section)))
    return found


def change(asking: Asking, page: str) -> str:
    """Where a page's answer is changed."""
    return reverse(
        "prescriber:authorize-page", args=[asking.patient.number, asking.gate.code, page]
    )


def facility_name(asking: Asking) -> str:
    """The facility chosen, by name and place."""
    found = participant_by_number(asking.draft.facility, asking.asker.program)
    if found is None:
        return _("None is chosen")
    return ", ".join(part for part in (found.name, found.city, found.state) if part)


def course_said(asking: Asking) -> str:
    """The course with its number of infusion days."""
    course = asking.draft.course
    days = doses_in(asking.version.courses, course) if course else None
    if days is None:
        return _("Course %(course)s") % {"course": course}
    said = ngettext(
        "Course %(course)s (%(days)s infusion day)",
        "Course %(course)s (%(days)s infusion days)",
        days,
    )
    return said % {"course": course, "days": days}


def _row(asking: Asking, page: str, label: str, value: str, at: str = "") -> SummaryRow:
    return SummaryRow(label, value, change(asking, page) + at, _("Change"))


def _about_plan(asking: Asking) -> list[SummaryRow]:
    rows = [_row(asking, DAY, _("Planned day"), us_day(asking.day))]
    if asking.is_for_course:
        rows.insert(0, _row(asking, COURSE, _("Course"), course_said(asking)))
    if "facility" in asking.gate.parties:
        rows.append(_row(asking, FACILITY, _("Facility"), facility_name(asking)))
    return rows


def _test_row(asking: Asking, test: TestAsked) -> SummaryRow:
    said, at = asking.draft.tests.get(test.code, {}), f"#id_{test.code}-on"
    if not said.get("on"):
        return _row(asking, TESTS, test.name, _("Not done"), at)
    on = date.fromisoformat(said["on"])
    value = f"{short_day(on)} ({days_before(on, asking.day)})"
    if said.get("value"):
        value = f"{said['value']} {test.unit or ''}, {value}"
    return _row(asking, TESTS, test.name, value, at)


def _statement_rows(asking: Asking) -> list[SummaryRow]:
    made = asking.draft.statements
    return [
        _row(asking, STATEMENTS, each.required, _("Yes") if each.statement in made else _("No"))
        for each in statements_asked(asking)
    ]


def _section_rows(asking: Asking, section: FormSection) -> list[SummaryRow]:
    answers = asking.draft.answers
    page = f"{SECTION}{section.code}"
    return [
        _row(asking, page, field.label, _said(field, answers.get(field.code, "")))
        for field in section.fields
        if is_asked(field) and (answers.get(field.code) or field.shown_when is None)
    ]


def _said(field: FormField, answer: str) -> str:
    if field.type in (FieldType.YES_NO, FieldType.CHECKBOX):
        return str(dict(YES_NO).get(answer, _("No")))
    return short_day(answer) if field.type is FieldType.DATE and answer else answer
