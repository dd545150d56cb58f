"""What follows when something is noted of an infusion day, of vials, or of the end of a course."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations.course_facts import CourseAt, course_at
from etasu.registry.monitoring.relooking import courses_changed
from etasu.registry.participants.models import Participant
from etasu.registry.patient_support.actions import take_claims_back
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.reactions.reporting import (
    report_reaction,
    report_taken_back,
    report_written_down,
)
from etasu.registry.reactions.treating import infusion_given
from etasu.registry.treatment import courses, infusion_days
from etasu.registry.treatment import telling as told
from etasu.registry.treatment.actions import AlreadyRecorded, strike_infusion
from etasu.registry.treatment.day_facts import (
    course_ends,
    entries_of_day,
    infusions_begun,
    times_of,
)
from etasu.registry.treatment.facts import infusions_of
from etasu.registry.treatment.infusion_days import Note
from etasu.registry.treatment.models import CourseEnd, DayEntry, Infusion, VialEntry
from etasu.safe_use.course_end import CourseOutcome, DeclaredEnd, is_given_after_all
from etasu.safe_use.infusion_day import DayEvent

GIVEN_AFTER_ALL = "given after all"


def day_noted(
    patient: Patient, note: Note, *, facility: Participant, by: Actor, at: datetime
) -> DayEntry:
    """Note it. A start records the infusion, authorized or not; leaving ends a complete course.

    A course that was given up, and is started, is given after all.
    """
    with transaction.atomic():
        if note.event is DayEvent.STARTED:
            # Somebody may have recorded it already, at this moment too.
            with suppress(AlreadyRecorded):
                infusion_given(
                    patient,
                    course=note.course,
                    given_on=note.given_on,
                    facility=facility,
                    by=by,
                    at=at,
                )
            _given_after_all(patient, note.course, note.given_on, note.moment, by, at)
        entry = infusion_days.note_day(patient, note, facility=facility, by=by, at=at)
        report_reaction(entry, by=by, at=at)
        if note.event is DayEvent.OBSERVED:
            _tell_if_over(patient, note.course, facility, by, at)
    return entry


def infusion_written_down(
    patient: Patient,
    *,
    course: int,
    given_on: date,
    facility: Participant | None,
    by: Actor,
    at: datetime,
    detail: dict[str, Any],
) -> Infusion:
    """Record an infusion that is over, as a whole; the end of a complete course is told.

    A course that was given up before it began is given after all. Raises AlreadyRecorded when the
    day is on record.
    """
    with transaction.atomic():
        infusion = infusion_given(
            patient,
            course=course,
            given_on=given_on,
            facility=facility,
            by=by,
            at=at,
            detail=detail,
        )
        zone = facility.time_zone if facility is not None else "UTC"
        began, _ = times_of(infusion, zone)
        # Without a time, nothing says that it began later than its day.
        began = began or datetime.combine(given_on, time(), ZoneInfo(zone))
        _given_after_all(patient, course, given_on, began, by, at)
        report_written_down(infusion, by=by, at=at)
        if facility is not None:
            _tell_if_over(patient, course, facility, by, at)
    return infusion


def day_entry_corrected(
    entry: DayEntry,
    moment: datetime,
    detail: dict[str, Any],
    *,
    event: DayEvent | None = None,
    reason: str,
    by: Actor,
    at: datetime,
) -> DayEntry:
    """Put it right; the infusion stays recorded, for it was given all the same.

    What is now said of a reaction is added to its case. `event` is one of the changes of an
    infusion that stands for another of them; None leaves what happened as it was.
    """
    with transaction.atomic():
        put = infusion_days.correct_entry(
            entry, moment, detail, event=event, reason=reason, by=by, at=at
        )
        report_reaction(put, by=by, at=at)
    return put


def day_entry_taken_back(entry: DayEntry, *, reason: str, by: Actor, at: datetime) -> DayEntry:
    """Take it back. Without any start left, the infusion it recorded was not given, and is struck.

    One that was written down as a whole, or carried over, stays. The day stays authorized: whoever
    starts after all uses it.
    """
    with transaction.atomic():
        struck = infusion_days.strike_entry(entry, reason=reason, by=by, at=at)
        report_taken_back(struck, by=by, at=at)
        if struck.event == DayEvent.STARTED and not _is_started(struck):
            for infusion in infusions_begun(struck.patient, struck.given_on):
                infusion_struck(infusion, reason=reason, by=by, at=at)
    return struck


def infusion_struck(infusion: Infusion, *, reason: str, by: Actor, at: datetime) -> Infusion:
    """Strike it: it was not given. What was granted for its costs is taken back.

    A course it had shown to go on is given up again, as it was said.
    """
    with transaction.atomic():
        struck = strike_infusion(infusion, reason=reason, by=by, at=at)
        _given_up_again(struck, by, at)
        day = (answered_for(struck.patient), struck.given_on)
        take_claims_back(*day, reason=reason, by=by, at=at)
        courses_changed(*day, by=by, at=at)
    return struck


def vials_counted(
    patient: Patient, vials: courses.Vials, *, facility: Participant, by: Actor, at: datetime
) -> VialEntry:
    """Keep the count; once the course is over, vials that differ are told of."""
    with transaction.atomic():
        entry = courses.count_vials(patient, vials, facility=facility, by=by, at=at)
        _tell_of_vials(_course(patient, vials.course, facility, at), facility, by, at)
    return entry


def course_given_up(
    patient: Patient,
    course: int,
    *,
    ended_on: date,
    reason: str,
    facility: Participant,
    by: Actor,
    at: datetime,
) -> CourseEnd:
    """Keep that the course goes no further, and tell the prescriber; vials are looked at."""
    with transaction.atomic():
        is_begun = infusions_of(patient).filter(course=course).exists()
        outcome = CourseOutcome.STOPPED_EARLY if is_begun else CourseOutcome.NOT_GIVEN
        end = courses.end_course(
            patient,
            course,
            outcome,
            ended_on=ended_on,
            reason=reason,
            facility=facility,
            by=by,
            at=at,
        )
        _tell_if_over(patient, course, facility, by, at)
    return end


def _given_after_all(
    patient: Patient, course: int, given_on: date, began: datetime, by: Actor, at: datetime
) -> None:
    """Strike what was said of the end of a course, wherever, where the infusion shows otherwise."""
    for end in course_ends(answered_for(patient), course):
        said = DeclaredEnd(CourseOutcome(end.outcome), end.ended_on, end.recorded_at)
        if is_given_after_all(said, given_on, began):
            courses.strike_course_end(end, reason=GIVEN_AFTER_ALL, by=by, at=at)


def _given_up_again(struck: Infusion, by: Actor, at: datetime) -> None:
    """Say again what the recording of the infusion took back, unless another end stands."""
    owner = answered_for(struck.patient)
    took_back = {"struck_at": struck.recorded_at, "struck_reason": GIVEN_AFTER_ALL}
    end = course_ends(owner, struck.course, stand=False).filter(**took_back).last()
    if end is not None and not course_ends(owner, struck.course).exists():
        courses.end_course(
            end.patient,
            end.course,
            CourseOutcome(end.outcome),
            ended_on=end.ended_on,
            reason=end.reason,
            facility=end.facility,
            by=by,
            at=at,
        )


def _tell_if_over(
    patient: Patient, course: int, facility: Participant, by: Actor, at: datetime
) -> None:
    found = _course(patient, course, facility, at)
    if found is None or found.standing.ended_on is None:
        return
    told.tell_course_ended(
        found.patient,
        course,
        on=found.standing.ended_on,
        outcome=found.standing.outcome.value,
        by=by,
        at=at,
    )
    _tell_of_vials(found, facility, by, at)


def _tell_of_vials(found: CourseAt | None, facility: Participant, by: Actor, at: datetime) -> None:
    if found is not None and found.vials_differ:
        told.tell_vials_differ(found.patient, found.course, facility, by=by, at=at)


def _course(patient: Patient, course: int, facility: Participant, at: datetime) -> CourseAt | None:
    today = at.astimezone(ZoneInfo(facility.time_zone)).date()
    return course_at(answered_for(patient), course, facility, today)


def _is_started(struck: DayEntry) -> bool:
    found = entries_of_day(answered_for(struck.patient), struck.given_on)
    return found.filter(event=DayEvent.STARTED.value, struck_at__isnull=True).exists()
