"""What each constraint refuses of what is noted on infusion days, of vials, and of courses."""

from __future__ import annotations

from etasu.registry.patients.models import Patient
from etasu.registry.treatment.models import CourseEnd, DayEntry, VialEntry
from tests.factories.teaching import AT
from tests.registry.getting_in import Attempt, a, both

INFUSING: dict[str, Attempt] = {
    "a_day_entry_is_of_a_known_kind": a(DayEntry, event="yawned"),
    "a_day_entry_belongs_to_a_course": a(DayEntry, course=0),
    "a_confirmed_entry_says_by_whom": a(DayEntry, confirmed_at=AT),
    "a_struck_entry_says_by_whom_and_why": a(DayEntry, struck_at=AT, struck_by="a"),
    "vials_came_were_used_wasted_or_returned": a(VialEntry, kind="lost"),
    "a_vial_entry_has_vials": a(VialEntry, vials=0),
    "a_struck_vial_entry_says_by_whom_and_why": a(VialEntry, struck_at=AT, struck_by="a"),
    "a_course_is_given_up_once": both(CourseEnd, patient=Patient, course=1),
    "a_course_given_up_was_stopped_or_not_given": a(CourseEnd, outcome="completed"),
    "a_struck_course_end_says_by_whom_and_why": a(CourseEnd, struck_at=AT, struck_by="a"),
}
