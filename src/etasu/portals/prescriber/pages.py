"""The pages of a question about a course: what each asks, and what the draft keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from etasu.portals.components.dates import day as us_day
from etasu.portals.components.forms import PortalForm
from etasu.portals.components.program_forms import ProgramForm
from etasu.portals.prescriber.asking import (
    COURSE,
    DAY,
    FACILITY,
    SECTION,
    STATEMENTS,
    TESTS,
    Asking,
    is_asked,
    statements_asked,
    tests_asked,
)
from etasu.portals.prescriber.forms import (
    CourseForm,
    DayForm,
    FacilityForm,
    StatementsForm,
    TestsForm,
)
from etasu.registry.participants.facts import (
    find_facilities,
    participant_by_number,
    standing_in_brief,
)
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.courses import doses_in
from etasu.safe_use.program import FormSection

Data = Mapping[str, Any] | None


class Page(NamedTuple):
    """One page: its question, a sentence that helps, its form, and how an answer is kept."""

    heading: str
    lead: str
    build: Callable[[Asking, Data], Any]
    keep: Callable[[Asking, Any], None]


def page(asking: Asking, code: str) -> Page:
    """The page of that code."""
    if code.startswith(SECTION):
        return _section_page(section_of(asking, code))
    heading, lead, build, keep = _PAGES[code]
    return Page(str(heading(asking)), str(lead(asking)), build, keep)


def section_of(asking: Asking, code: str) -> FormSection:
    """The section of the form a page is about."""
    sections = asking.form.sections if asking.form else ()
    return next(each for each in sections if f"{SECTION}{each.code}" == code)


class FacilityChoice(NamedTuple):
    """A facility to choose, with where it is and how it stands on the planned day."""

    number: str
    name: str
    place: str
    standing: str


def facilities_found(asking: Asking, words: str) -> list[FacilityChoice]:
    """The facilities to choose from, certified ones first, the one chosen before on top."""
    found = list(find_facilities(asking.asker.program, words, asking.day))
    chosen = participant_by_number(asking.draft.facility, asking.asker.program)
    if chosen is not None:
        found = [chosen, *(each for each in found if each.pk != chosen.pk)]
    party = asking.version.parties[FACILITY]
    return [
        FacilityChoice(
            number=each.number,
            name=each.name,
            place=", ".join(part for part in (each.city, each.state) if part),
            standing=standing_in_brief(each, party, asking.day).value,
        )
        for each in found
    ]


def _course_form(asking: Asking, data: Data) -> PortalForm:
    return CourseForm(data, initial={"course": asking.draft.course})


def _keep_course(asking: Asking, form: Any) -> None:
    asking.draft.course = form.cleaned_data["course"]


def _course_lead(asking: Asking) -> str:
    given = infusions_of(asking.patient)
    newest = max((each.course for each in given), default=0)
    if newest == 0:
        said = _("No infusion is on record for this patient, so this would be the first course.")
    else:
        last = max(each.given_on for each in given if each.course == newest)
        said = _("The last infusion on record was in course %(course)s, on %(day)s.") % {
            "course": newest,
            "day": us_day(last),
        }
    days = doses_in(asking.version.courses, asking.draft.course or newest + 1)
    if days is None:
        return said
    course = asking.draft.course or newest + 1
    planned = ngettext(
        "Course %(course)s has %(days)s infusion day.",
        "Course %(course)s has %(days)s infusion days.",
        days,
    )
    return f"{said} {planned % {'course': course, 'days': days}}"


def _day_form(asking: Asking, data: Data) -> PortalForm:
    return DayForm(asking.today, data, initial={"planned_on": asking.draft.planned_on or None})


def _keep_day(asking: Asking, form: Any) -> None:
    asking.draft.planned_on = form.cleaned_data["planned_on"].isoformat()


def _facility_form(asking: Asking, data: Data) -> PortalForm:
    # Whatever was found is checked, so that a search between showing and choosing does no harm.
    named = (data or {}).get("facility", "")
    chosen = participant_by_number(named, asking.asker.program) if named else None
    choices = [(chosen.number, chosen.name)] if chosen and chosen.kind == FACILITY else []
    return FacilityForm(choices, data, initial={"facility": asking.draft.facility})


def _keep_facility(asking: Asking, form: Any) -> None:
    asking.draft.facility = form.cleaned_data["facility"]


def _tests_form(asking: Asking, data: Data) -> PortalForm:
    asked = tests_asked(asking)
    initial: dict[str, Any] = {}
    for test in asked:
        said = asking.draft.tests.get(test.code)
        initial[f"{test.code}-on"] = said["on"] if said else test.on_file
        initial[f"{test.code}-value"] = said["value"] if said else test.value_on_file
    return TestsForm(asked, asking.today, data, initial=initial)


def _keep_tests(asking: Asking, form: Any) -> None:
    asking.draft.tests = form.tests()


def _statements_form(asking: Asking, data: Data) -> PortalForm:
    initial = dict.fromkeys(asking.draft.statements, True)
    return StatementsForm(statements_asked(asking), data, initial=initial)


def _keep_statements(asking: Asking, form: Any) -> None:
    asking.draft.statements = form.statements()


def _section_page(section: FormSection) -> Page:
    asked = [field for field in section.fields if is_asked(field)]

    def build(asking: Asking, data: Data) -> PortalForm:
        return ProgramForm(asked, data, initial=asking.draft.answers)

    def keep(asking: Asking, form: Any) -> None:
        codes = {field.code for field in asked}
        kept = {code: said for code, said in asking.draft.answers.items() if code not in codes}
        asking.draft.answers = kept | form.answers()

    return Page(section.title, "", build, keep)


_PAGES: dict[str, tuple[Any, Any, Any, Any]] = {
    COURSE: (
        lambda asking: _("Which course is this?"),
        _course_lead,
        _course_form,
        _keep_course,
    ),
    DAY: (
        lambda asking: (
            _("When is the first infusion planned?")
            if asking.is_for_course
            else _("From which day?")
        ),
        lambda asking: _("Everything is checked for this day; tests are counted back from it."),
        _day_form,
        _keep_day,
    ),
    FACILITY: (
        lambda asking: _("Where will treatment be given?"),
        lambda asking: _("The facility must be certified on the planned day."),
        _facility_form,
        _keep_facility,
    ),
    TESTS: (
        lambda asking: _("When were the tests collected?"),
        lambda asking: _(
            "Enter the day each sample was taken. Leave a test empty when it was not done."
        ),
        _tests_form,
        _keep_tests,
    ),
    STATEMENTS: (
        lambda asking: _("Before you decide"),
        lambda asking: "",
        _statements_form,
        _keep_statements,
    ),
}
