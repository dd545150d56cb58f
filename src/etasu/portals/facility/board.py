"""The board of the day: who is here and where each stands, who may come, and what is still owed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from etasu.portals.components import asking, dates
from etasu.portals.components.course_tasks import course_tasks
from etasu.portals.components.day_words import CAUTIONS, stage_words
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.facility.presenters import decisions_today
from etasu.portals.requests import PortalRequest
from etasu.registry.authorizations.course_facts import courses_at
from etasu.registry.authorizations.facts import DecisionFilter, decisions_asked
from etasu.registry.authorizations.infusion_day_facts import (
    Expected,
    PatientDay,
    days_at,
    expected_at,
    facility_of,
    unfinished_at,
)
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.participants.facts import Asker
from etasu.safe_use.infusion_day import Stage

A_PAGE = 100
_COURSES = "courses"


@require_safe
def today(request: PortalRequest) -> HttpResponse:
    """Everybody of today's infusions, and what is still to be done about courses."""
    asker = request.asker
    day = asked_on(asker, request.at)
    facility = facility_of(asker)
    here = days_at(facility, day) if facility is not None else []
    still = _still_here(facility, here, day, request.at) if facility is not None else []
    staying = [each for each in still if not _may_leave(each, request.at)]
    known = {each.patient.pk for each in (*here, *staying)}
    may_come = expected_at(facility, day, known) if facility is not None else []
    since = midnight(asker, request.at)
    wanted = DecisionFilter(since=since, before=since + timedelta(hours=36))
    can_ask = bool(asking.gates_of(asker, day))
    context = {
        "day": day,
        "here": _here([*here, *still], day, request.at),
        "expected": may_come,
        "expected_table": _expected(may_come) if not can_ask else None,
        "can_ask": can_ask,
        "tasks": _tasks(request, facility, day) if facility is not None else None,
        "decisions": decisions_today(decisions_asked(asker, wanted), asker.time_zone),
    }
    return render(request, "facility/today.html", context)


def _tasks(request: PortalRequest, facility: Any, day: date) -> WorklistTable:
    page = Paginator(courses_at(facility, day), A_PAGE).get_page(request.GET.get(_COURSES))
    table = course_tasks(page, day)
    return table.on(page, _COURSES) if page.has_other_pages() else table


def midnight(asker: Asker, at: datetime) -> datetime:
    """The moment the asker's present day began."""
    local = at.astimezone(ZoneInfo(asker.time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def day_of_course(number: int, days: int | None) -> str:
    """Day 2 of 5; only the number where the program does not say how many there are."""
    if days is None:
        return _("Day %(number)s") % {"number": number}
    return _("Day %(number)s of %(days)s") % {"number": number, "days": days}


class Here:
    """A patient who is here today as one card of the board; `began_on` names another day."""

    def __init__(self, day: PatientDay, today: date, now: datetime) -> None:
        standing = day.standing(now)
        zone = day.facility.time_zone
        self.url = reverse("facility:day", args=[day.number])
        self.name, self.number = day.patient.full_name, day.patient.number
        self.course, self.day = day.course, day_of_course(day.day.number, day.day.days)
        self.began_on = dates.day(day.day.on) if day.day.on != today else ""
        self.stage = stage_words(standing, zone) if standing else None
        self.cautions = [str(CAUTIONS[each]) for each in standing.cautions] if standing else []
        self.next_change = standing.leaves_from if standing else None
        self.is_unauthorized = day.authorization is None
        stages = list(Stage)
        order = stages.index(standing.stage) if standing else 0
        self.order = (standing is not None and standing.stage is Stage.DONE, -order, self.name)


def _here(found: Iterable[PatientDay], today: date, now: datetime) -> list[Here]:
    """Those who are furthest first, and last those who have left."""
    return sorted((Here(each, today, now) for each in found), key=lambda each: each.order)


def _still_here(
    facility: Any, here: Iterable[PatientDay], today: date, now: datetime
) -> list[PatientDay]:
    """Those of yesterday who did not leave yet; not whoever has begun another day."""
    begun = {each.patient.pk for each in here if each.noted}
    return [each for each in unfinished_at(facility, today, now) if each.patient.pk not in begun]


def _may_leave(day: PatientDay, now: datetime) -> bool:
    """Whether the patient may leave, and so may come again."""
    standing = day.standing(now)
    return standing is None or standing.may_leave


def _expected(found: Iterable[Expected]) -> WorklistTable:
    return WorklistTable(
        caption=_("May come today"),
        columns=[
            _("Patient"),
            _("Patient number"),
            _("Course"),
            _("Next"),
            _("Authorized through"),
        ],
        rows=[_expected_row(each) for each in found],
        empty="",
    )


def _expected_row(each: Expected) -> list[Any]:
    until: date = each.valid_until
    return [
        Cell(each.patient.full_name),
        Cell(each.patient.number, is_number=True),
        Cell(str(each.course)),
        Cell(day_of_course(each.next_day, each.days)),
        Cell(dates.short_day(until)),
    ]
