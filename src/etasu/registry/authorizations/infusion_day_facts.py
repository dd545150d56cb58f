"""Infusion days as a facility has them: who is here today, who may come, and what was noted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from etasu.programs import library
from etasu.registry.authorizations.announcing import is_step
from etasu.registry.authorizations.models import Authorization
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, records_behind
from etasu.registry.treatment.day_facts import entries_at, entries_of_day, noted_of_day
from etasu.registry.treatment.models import DayEntry, Infusion
from etasu.safe_use.courses import CoursePlan, doses_in
from etasu.safe_use.infusion_day import (
    CourseDay,
    DayStanding,
    Noted,
    is_unfinished,
    standing_of_day,
)
from etasu.safe_use.program import ProgramVersion

_A_DAY = timedelta(days=1)


class PatientDay(NamedTuple):
    """A patient's infusion day at a facility, under the number its page has.

    That is the authorization of the day; the infusion's own where it was given without one.
    """

    number: str
    patient: Patient
    facility: Participant
    version: ProgramVersion
    day: CourseDay
    course: int
    authorization: Authorization | None
    infusion: Infusion | None
    entries: tuple[DayEntry, ...]

    @property
    def noted(self) -> tuple[Noted, ...]:
        """What stands of the day, as `safe_use` reads it."""
        return noted_of_day(self.entries, self.infusion, self.facility.time_zone)

    def standing(self, now: datetime) -> DayStanding | None:
        """How the day stands; None where the program says nothing of infusion days."""
        rules = self.version.infusion_day
        if rules is None:
            return None
        return standing_of_day(rules, self.version.premedications, self.day, self.noted, now)

    def is_unfinished(self, now: datetime) -> bool:
        """Whether the patient may still be here, whatever day it is by now."""
        standing = self.standing(now)
        return standing is not None and is_unfinished(standing, self.noted, now)


class Expected(NamedTuple):
    """A patient whose course is authorized here, with days left, and nothing noted today."""

    patient: Patient
    course: int
    next_day: int
    days: int | None
    valid_until: date
    last_given: date | None


def day_by_number(number: str, asker: Asker) -> PatientDay | None:
    """A day of the asker's own facility, by its authorization or its infusion; None otherwise."""
    facility = facility_of(asker)
    if facility is None:
        return None
    known = _days_of(facility).filter(number=number).first()
    if known is not None:
        return _under(known, facility)
    found = Infusion.objects.filter(
        number=number, facility=facility, struck_at__isnull=True
    ).select_related("patient__merged_into")
    given = found.first()
    return _given(given, facility) if given is not None else None


def day_of_entry(entry: DayEntry, asker: Asker) -> PatientDay | None:
    """The day an entry of the asker's own facility belongs to."""
    facility = facility_of(asker)
    if facility is None or entry.facility_id != facility.pk:
        return None
    person = records_behind(answered_for(entry.patient))
    on = entry.given_on
    days = _days_of(facility).filter(patient__in=person, valid_from__lte=on, valid_until__gte=on)
    known = days.first()
    if known is not None:
        return _under(known, facility)
    infusion = _infusion_on(answered_for(entry.patient), on)
    return _given(infusion, facility) if infusion is not None else None


def facility_of(asker: Asker) -> Participant | None:
    """The facility somebody acts for, or None."""
    return Participant.objects.filter(
        pk=asker.participant_id or 0, kind="facility", program=asker.program
    ).first()


def days_at(facility: Participant, on: date) -> list[PatientDay]:
    """Everybody who is authorized for the day at the facility, was given it, or was noted here."""
    noted: dict[int, list[DayEntry]] = {}
    for each in entries_at(facility.pk, on):
        noted.setdefault(answered_for(each.patient).pk, []).append(each)
    found: dict[int, PatientDay] = {}
    for known in _days_of(facility).filter(valid_from__lte=on, valid_until__gte=on):
        owner = answered_for(known.patient).pk
        if owner not in found and (known.state in ("live", "used") or owner in noted):
            found[owner] = _under(known, facility, noted.get(owner, ()))
    given = Infusion.objects.filter(facility=facility, given_on=on, struck_at__isnull=True)
    for infusion in given.select_related("patient__merged_into").order_by("recorded_at", "id"):
        owner = answered_for(infusion.patient).pk
        if owner not in found:
            found[owner] = _given(infusion, facility, noted.get(owner, ()))
    return list(found.values())


def unfinished_at(facility: Participant, on: date, now: datetime) -> list[PatientDay]:
    """Yesterday's days, seen from the day, that go on after midnight at the facility."""
    return [each for each in days_at(facility, on - _A_DAY) if each.is_unfinished(now)]


def expected_at(facility: Participant, on: date, here: Iterable[int]) -> list[Expected]:
    """Who may come on the day besides those who are `here` (ids of patients), by name."""
    version = library.current().effective(facility.program, on)
    found = Authorization.objects.filter(
        unit="course", state="live", names__facility=facility.number
    ).select_related("decision", "patient__merged_into")
    left_out, expected = set(here), []
    for known in found.order_by("id"):
        owner = answered_for(known.patient).pk
        is_new = owner not in left_out and known.course is not None
        if version is None or not is_new or not is_step(known.decision):
            continue
        left_out.add(owner)
        each = _expected(known, version.courses, on)
        expected += [each] if each is not None else []
    return sorted(expected, key=lambda each: (each.patient.full_name, each.patient.pk))


def _expected(known: Authorization, plans: Sequence[CoursePlan], on: date) -> Expected | None:
    patient, course = answered_for(known.patient), known.course or 0
    given = _given_days(patient, course)
    days = doses_in(plans, course)
    is_over = days is not None and len(given) >= days
    if is_over or on in given or (not given and on > known.valid_until):
        return None
    last = given[-1] if given else None
    return Expected(patient, course, len(given) + 1, days, known.valid_until, last)


def _days_of(facility: Participant) -> QuerySet[Authorization]:
    found = Authorization.objects.filter(
        unit="infusion_day",
        decision__asked_for=facility,
        decision__program=facility.program,
        state__in=["live", "used", "expired", "reversed"],
    )
    return found.select_related("patient__merged_into", "decision").order_by("-id")


def _under(
    known: Authorization, facility: Participant, entries: Sequence[DayEntry] | None = None
) -> PatientDay:
    patient = answered_for(known.patient)
    on, course = known.valid_from, known.course or 1
    infusion = _infusion_on(patient, on)
    days = _given_days(patient, course)
    return PatientDay(
        number=known.number,
        patient=patient,
        facility=facility,
        version=_version(facility, on),
        day=_course_day(days, on, known.day or len(days) + 1, facility, course),
        course=course,
        authorization=known,
        infusion=infusion,
        entries=tuple(entries_of_day(patient, on) if entries is None else entries),
    )


def _given(
    infusion: Infusion, facility: Participant, entries: Sequence[DayEntry] | None = None
) -> PatientDay:
    patient, on = answered_for(infusion.patient), infusion.given_on
    days = _given_days(patient, infusion.course)
    number = sum(1 for day in days if day <= on)
    return PatientDay(
        number=infusion.number,
        patient=patient,
        facility=facility,
        version=_version(facility, on),
        day=_course_day(days, on, number, facility, infusion.course),
        course=infusion.course,
        authorization=None,
        infusion=infusion,
        entries=tuple(entries_of_day(patient, on) if entries is None else entries),
    )


def _course_day(
    days: Sequence[date], on: date, number: int, facility: Participant, course: int
) -> CourseDay:
    before = max((day for day in days if day < on), default=None)
    plans = _version(facility, on).courses
    plan = [p for p in plans if p.first_course <= course <= (p.last_course or course)]
    in_a_row = plan[0].consecutive if plan else False
    return CourseDay(on, number, doses_in(plans, course), before, in_a_row)


def _version(facility: Participant, on: date) -> ProgramVersion:
    found = library.current().effective(facility.program, on)
    if found is None:
        raise LookupError(f"{facility.program} on {on}")
    return found


def _given_days(patient: Patient, course: int) -> list[date]:
    found = Infusion.objects.filter(
        patient__in=records_behind(patient), course=course, struck_at__isnull=True
    )
    return sorted(set(found.values_list("given_on", flat=True)))


def _infusion_on(patient: Patient, on: date) -> Infusion | None:
    found = Infusion.objects.filter(
        patient__in=records_behind(patient), given_on=on, struck_at__isnull=True
    )
    return found.select_related("facility").first()
