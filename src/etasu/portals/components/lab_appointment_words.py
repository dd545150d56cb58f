"""Appointments for tests in words: how they stand, where and when they are, who pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from etasu.portals.components.dates import day as day_in_words
from etasu.portals.components.dates import time_of_day
from etasu.programs import library
from etasu.safe_use.lab_program import AppointmentStage, LabProgram, PartOfDay, WayWords
from etasu.safe_use.monitoring_plan import TestDefinition

Words = str | Promise

PARTS: Mapping[PartOfDay, Words] = {
    PartOfDay.MORNING: gettext_lazy("In the morning, before 11 AM"),
    PartOfDay.MIDDAY: gettext_lazy("Around noon, 11 AM to 2 PM"),
    PartOfDay.AFTERNOON: gettext_lazy("In the afternoon, after 2 PM"),
}
# How an appointment stands, as a tag shows it.
STAGES: Mapping[AppointmentStage, Words] = {
    AppointmentStage.REQUESTED: gettext_lazy("Asked for"),
    AppointmentStage.CONFIRMED: gettext_lazy("Confirmed"),
    AppointmentStage.AWAITING_RESULTS: gettext_lazy("Waiting for results"),
    AppointmentStage.RESULTS_IN: gettext_lazy("Results are in"),
    AppointmentStage.NO_RESULTS: gettext_lazy("Results are missing"),
    AppointmentStage.MISSED: gettext_lazy("Missed"),
    AppointmentStage.CANCELED: gettext_lazy("Canceled"),
}
# What a patient reads about it.
SAID: Mapping[AppointmentStage, Words] = {
    AppointmentStage.REQUESTED: gettext_lazy(
        "We have your request. You get a message once the time is set."
    ),
    AppointmentStage.CONFIRMED: gettext_lazy("The time is set. Bring a photo ID and your order."),
    AppointmentStage.AWAITING_RESULTS: gettext_lazy(
        "Nothing is left for you to do. We are waiting for the laboratory."
    ),
    AppointmentStage.RESULTS_IN: gettext_lazy("Every result came in. Your prescriber sees them."),
    AppointmentStage.NO_RESULTS: gettext_lazy(
        "Not every result came in. We ask the laboratory, and call you if you must come again."
    ),
    AppointmentStage.MISSED: gettext_lazy(
        "You could not keep it. Your tests are still due: ask for another time."
    ),
    AppointmentStage.CANCELED: gettext_lazy("It was called off."),
}


def plan_of(program: str, label: str) -> LabProgram | None:
    """The lab program of the version an appointment was made under."""
    version = library.current().version(program, label)
    return version.lab_program if version is not None else None


def way_words(plan: LabProgram | None, code: str) -> WayWords:
    """What a way is called in the language of the page; the code where it is known no more."""
    way = plan.way(code) if plan is not None else None
    return way.said(get_language()) if way is not None else WayWords("en", code, "")


def site_line(site: Any) -> str:
    """A draw site in one line."""
    return f"{site.name}, {site.street}, {site.city}, {site.state} {site.zip_code}"


def place_line(row: Any, site: Any) -> str:
    """Where an appointment is, in one line, at its site as listed now; empty for the practice."""
    if site is not None:
        return site_line(site)
    if row.street:
        return f"{row.street}, {row.city}, {row.state} {row.zip_code}"
    return ""


def when_line(row: Any) -> str:
    """When an appointment is, with its weekday; empty before it is set."""
    if row.day is None:
        return ""
    begins, ends = time_of_day(row.begins), time_of_day(row.ends)
    said = {"day": day_in_words(row.day), "from": begins, "until": ends}
    return _("%(day)s, between %(from)s and %(until)s") % said


def wished_line(row: Any) -> str:
    """When it was wished for."""
    part = PARTS[PartOfDay(row.wished_part)]
    return _("%(day)s. %(part)s") % {"day": day_in_words(row.wished_on), "part": part}


def tests_of(tests: Sequence[str], program: str, label: str) -> list[TestDefinition]:
    """The tests an appointment is for, as the version has them under which it was made."""
    version = library.current().version(program, label)
    known = version.tests if version is not None else {}
    return [known[each] for each in tests if each in known]
