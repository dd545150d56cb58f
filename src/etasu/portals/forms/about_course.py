"""Which course a form about a course is begun for: the only one there is, or the one chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import short_day
from etasu.portals.components.forms import PortalForm
from etasu.registry.authorizations.facts import authorizations_of
from etasu.registry.participants.facts import Asker
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.course_forms import comes_before_course, courses_to_write_about
from etasu.safe_use.program import FormDefinition, Gate, GateUnit, ProgramVersion


class CourseChoice(NamedTuple):
    """A course a form can be about, and what tells it from the others."""

    course: int
    said: str


class CourseForm(PortalForm):
    """Which course. The only one there is need not be chosen, and is seen to be still that one."""

    course = forms.TypedChoiceField(
        label=gettext_lazy("Which course is it about?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose the course"),
            "invalid_choice": gettext_lazy("The courses have changed meanwhile. Choose again"),
        },
    )

    def __init__(self, choices: Sequence[CourseChoice], sent: QueryDict | None) -> None:
        only = choices[0].course if len(choices) == 1 else None
        if sent is not None and only is not None and not sent.get("course"):
            sent = sent.copy()
            sent["course"] = str(only)
        super().__init__(sent)
        self.fields["course"].choices = [(str(each.course), each.said) for each in choices]  # type: ignore[attr-defined]
        self.only = only if sent is None or sent.get("course") == str(only) else None


def course_choices(
    version: ProgramVersion, definition: FormDefinition, patient: Any, on: date
) -> list[CourseChoice]:
    """The courses the form can be about today, the first course first."""
    infusions: dict[int, list[date]] = {}
    for each in infusions_of(patient):
        infusions.setdefault(each.course, []).append(each.given_on)
    authorized = authorizations_of(patient).filter(
        unit=GateUnit.COURSE, state="live", valid_until__gte=on
    )
    live = {each.course: each for each in authorized if each.course is not None}
    found = courses_to_write_about(version, definition.code, infusions, list(live), on)
    return [CourseChoice(each, _said(each, infusions.get(each), live.get(each))) for each in found]


def known_of_course(
    version: ProgramVersion, definition: FormDefinition, patient: Any, course: int
) -> dict[str, object]:
    """What a form about the course can be filled in with: its number, and how it was authorized.

    A form that comes before its course says itself where and when the course shall be.
    """
    known: dict[str, object] = {
        "course": str(course),
        "first_course": "yes" if course == 1 else "no",
    }
    found = _resting_on(patient, course)
    if found is None or comes_before_course(version, definition.code):
        return known
    known["authorization_number"] = found.number
    if (facility := found.decision.facility) is not None:
        known |= {
            "facility_number": facility.number,
            "facility_name": facility.name,
            "facility_phone": facility.telephone,
        }
    return {key: value for key, value in known.items() if value}


def gates_to_a_course(version: ProgramVersion, asker: Asker) -> list[Gate]:
    """The gates at which somebody in this role authorizes a course."""
    return [
        gate
        for gate in version.gates.values()
        if gate.authorizes is GateUnit.COURSE and asker.role in gate.asked_by
    ]


def _resting_on(patient: Any, course: int) -> Any:
    """The authorization of the course, live or used: the first one, which the others rest on."""
    found = authorizations_of(patient).filter(
        unit=GateUnit.COURSE, course=course, state__in=("live", "used")
    )
    return found.select_related("decision__facility").order_by("id").first()


def _said(course: int, given: Sequence[date] | None, live: Any) -> str:
    if given:
        facts = {"course": course, "day": short_day(given[0])}
        return _("Course %(course)s, first infusion %(day)s") % facts
    if live is not None:
        facts = {"course": course, "day": short_day(live.valid_until)}
        return _("Course %(course)s, authorized through %(day)s") % facts
    return _("Course %(course)s") % {"course": course}
