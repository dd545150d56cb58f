"""What a facility still has to do about its courses: forms that are owed, vials that differ."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components import dates
from etasu.portals.components.records import Cell, Text, WorklistTable
from etasu.portals.requests import PortalRequest
from etasu.registry.authorizations.course_facts import CourseAt, courses_at
from etasu.registry.authorizations.infusion_day_facts import facility_of
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.patients.records import answered_for
from etasu.safe_use.course_end import CourseOutcome, VialCounts

OUTCOMES: dict[CourseOutcome, Text] = {
    CourseOutcome.RUNNING: gettext_lazy("Goes on"),
    CourseOutcome.STOPPED_EARLY: gettext_lazy("Stopped early"),
    CourseOutcome.NOT_GIVEN: gettext_lazy("Not given"),
    CourseOutcome.COMPLETED: gettext_lazy("Completed"),
}


def course_tasks(found: Iterable[CourseAt], on: date) -> WorklistTable:
    """Each course about which something is to be done, what falls due first on top."""
    return WorklistTable(
        caption=_("Courses to close"),
        columns=[_("Patient"), _("Course"), _("How it went"), _("Checklist"), _("Due"), _("Vials")],
        rows=[_row(each, on) for each in found],
        empty=_("No course waits for its checklist, and all vials are accounted for."),
    )


def still_owed(request: PortalRequest) -> list[str]:
    """What waits at the asker's facility, in a sentence or two; empty when nothing does."""
    facility, on = facility_of(request.asker), asked_on(request.asker, request.at)
    found = courses_at(facility, on) if facility is not None else []
    late = sum(form_status(each, on) == "overdue" for each in found)
    due = sum(each.owes_form for each in found) - late
    differ = sum(each.vials_differ for each in found)
    said = (
        (late, ngettext("%(n)s checklist is overdue.", "%(n)s checklists are overdue.", late)),
        (due, ngettext("%(n)s checklist is due.", "%(n)s checklists are due.", due)),
        (
            differ,
            ngettext(
                "The vials of %(n)s course do not add up.",
                "The vials of %(n)s courses do not add up.",
                differ,
            ),
        ),
    )
    return [words % {"n": count} for count, words in said if count]


def courses_given(infusions: Iterable[Any]) -> WorklistTable:
    """The courses of a patient with the way to each summary, the newest first."""
    days: dict[int, list[Any]] = {}
    for each in infusions:
        days.setdefault(each.course, []).append(each)
    return WorklistTable(
        caption=_("Courses given"),
        columns=[_("Course"), _("First infusion"), _("Last infusion"), _("Infusion days given")],
        rows=[
            [
                Cell(_("Course %(course)s") % {"course": course}, url=summary_of(given[0])),
                Cell(dates.short_day(given[0].given_on)),
                Cell(dates.short_day(given[-1].given_on)),
                Cell(str(len(given))),
            ]
            for course, given in sorted(days.items(), reverse=True)
        ],
        empty=_("No infusion is on record."),
    )


def summary_of(infusion: Any) -> str:
    """The address of the summary of the course an infusion belongs to."""
    patient = answered_for(infusion.patient)
    return reverse("courses:summary", args=[patient.number, infusion.course])


def form_status(found: CourseAt, on: date) -> str:
    """How the form about the course stands, as one of the obligations."""
    if found.signed_on is not None or found.due_on is None:
        return "met"
    if on > found.due_on:
        return "overdue"
    is_over = found.standing.ended_on is not None
    return "due" if is_over else "upcoming"


def vials_said(vials: VialCounts) -> str:
    """Whether vials add up, in words."""
    count = abs(vials.difference)
    if vials.difference > 0:
        said = ngettext(
            "%(n)s vial is not accounted for", "%(n)s vials are not accounted for", count
        )
        return said % {"n": count}
    if vials.difference < 0:
        said = ngettext("%(n)s vial more than came", "%(n)s vials more than came", count)
        return said % {"n": count}
    return _("They add up")


def _row(each: CourseAt, on: date) -> list[Cell]:
    there = reverse("facility:course", args=[each.patient.number, each.course])
    return [
        Cell(each.patient.full_name, url=there),
        Cell(str(each.course)),
        Cell(OUTCOMES[each.standing.outcome]),
        Cell(status=("obligation", form_status(each, on))),
        Cell(dates.short_day(each.due_on) if each.owes_form else ""),
        Cell(vials_said(each.vials) if each.standing.ended_on is not None else ""),
    ]
