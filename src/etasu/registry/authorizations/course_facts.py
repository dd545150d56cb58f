"""Courses as a facility has them: how far they have come, what is owed about them, their vials."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from etasu.programs import library
from etasu.registry.authorizations.announcing import is_step
from etasu.registry.authorizations.models import Authorization
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, owners_of, records_behind
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.day_facts import (
    course_end_of,
    course_ends_at,
    course_ends_of,
    vial_counts,
    vial_counts_at,
)
from etasu.registry.treatment.facts import infusions_of_patients
from etasu.registry.treatment.models import CourseEnd, DayEntry, Infusion, VialEntry
from etasu.safe_use.course_end import (
    COURSE_END,
    CourseFacts,
    CourseStanding,
    VialCounts,
    form_due,
    standing_of_course,
)
from etasu.safe_use.courses import doses_in
from etasu.safe_use.monitoring_plan import Duty
from etasu.safe_use.program import ProgramVersion

_NEXT = timedelta(days=1)


class CourseAt(NamedTuple):
    """One course of a patient at a facility.

    `due_on` is when the form `duty` asks for falls due, None while there is nothing to write about;
    `signed_on` when it was signed. `unused` is an authorization nobody used.
    """

    patient: Patient
    course: int
    facts: CourseFacts
    standing: CourseStanding
    vials: VialCounts
    end: CourseEnd | None = None
    duty: Duty | None = None
    due_on: date | None = None
    signed_on: date | None = None
    unused: Authorization | None = None

    @property
    def owes_form(self) -> bool:
        """Whether the form about the course can be written, and is not signed."""
        return self.due_on is not None and self.signed_on is None

    @property
    def vials_differ(self) -> bool:
        """Whether the course is over and its vials do not add up."""
        return self.standing.ended_on is not None and not self.vials.add_up


def course_at(patient: Patient, course: int, facility: Participant, on: date) -> CourseAt | None:
    """One course at a facility; None where the facility has nothing to do with it."""
    version = library.current().effective(facility.program, on)
    if version is None or not _has_part(patient, course, facility):
        return None
    given = Infusion.objects.filter(
        patient__in=records_behind(patient), course=course, struck_at__isnull=True
    )
    mine = Q(patient__in=records_behind(patient), course=course)
    unused = next(iter(_unused(facility, mine)), None)
    end = course_end_of(patient, course)
    if unused is None and end is not None and not given.exists():
        unused = _live(facility, mine)
    return _course(
        _Known(patient, course, list(given), end, unused),
        version,
        vial_counts(patient, course, facility.pk),
        _signed(version, [patient]),
        on,
    )


def place_of_course(patient: Patient, course: int) -> Participant | None:
    """The facility a course was given at, or was to be given at; the newest, where it changed."""
    here = {"patient__in": records_behind(patient), "course": course}
    given = Infusion.objects.filter(**here, struck_at__isnull=True, facility__isnull=False)
    ends = CourseEnd.objects.filter(**here, struck_at__isnull=True, facility__isnull=False)
    for row in (
        given.select_related("facility").order_by("given_on", "id").last(),
        ends.select_related("facility").order_by("id").last(),
    ):
        if row is not None:
            return row.facility
    named = Authorization.objects.filter(**here, unit="course", names__has_key="facility")
    newest = named.exclude(state="reversed").order_by("id").last()
    number = newest.names["facility"] if newest is not None else ""
    return Participant.objects.filter(number=number, program=patient.program).first()


def courses_at(facility: Participant, on: date) -> list[CourseAt]:
    """The courses at a facility about which something is still to be done, the oldest first.

    Those another administrator saw to are left out.
    """
    version = library.current().effective(facility.program, on)
    if version is None:
        return []
    known = _known_at(facility, version)
    signed = _signed(version, [each.patient for each in known])
    vials = vial_counts_at(facility.pk)
    none = VialCounts()
    found = [
        _course(each, version, vials.get((each.patient.pk, each.course), none), signed, on)
        for each in known
    ]
    open_ones = [each for each in found if _waits(each, on) or each.vials_differ]
    return sorted(open_ones, key=_by_due_day)


def unused_at(number: str, asker: Asker) -> Authorization | None:
    """An authorization of a course that nobody used, at the asker's own facility; or None.

    It has ended, or somebody said that the course is not given.
    """
    found = Authorization.objects.filter(
        number=number,
        unit="course",
        names__facility=asker.participant or "",
        decision__program=asker.program,
        state__in=["live", "expired"],
    )
    known = found.select_related("patient__merged_into__prescriber", "decision").first()
    if known is None or asker.participant_id is None or not is_step(known.decision):
        return None
    patient = answered_for(known.patient)
    is_over = known.state == "expired" or course_end_of(patient, known.course or 0)
    return known if is_over else None


def duty_after_course(version: ProgramVersion) -> Duty | None:
    """The form the program wants about every course, if it wants one."""
    owed = [each for each in version.duties.values() if each.after == COURSE_END]
    return owed[0] if owed else None


class _Known(NamedTuple):
    patient: Patient
    course: int
    given: list[Infusion]
    end: CourseEnd | None
    unused: Authorization | None


def _course(
    known: _Known,
    version: ProgramVersion,
    vials: VialCounts,
    signed: Mapping[tuple[int, int], date],
    on: date,
) -> CourseAt:
    facts = CourseFacts(
        doses=doses_in(version.courses, known.course),
        given=tuple(sorted(each.given_on for each in known.given)),
        declared_on=known.end.ended_on if known.end else None,
        unused_until=known.unused.valid_until if known.unused else None,
    )
    duty = duty_after_course(version)
    return CourseAt(
        patient=known.patient,
        course=known.course,
        facts=facts,
        standing=standing_of_course(facts, on),
        vials=vials,
        end=known.end,
        duty=duty,
        due_on=form_due(duty, facts, on) if duty is not None else None,
        signed_on=signed.get((known.patient.pk, known.course)),
        unused=known.unused,
    )


def _known_at(facility: Participant, version: ProgramVersion) -> list[_Known]:
    """Every open course with an infusion, an end or an unused authorization at the facility."""
    patients: dict[int, Patient] = {}
    places: dict[tuple[int, int], Authorization | None] = {}
    for each in _open_infusions_at(facility, version):
        owner = answered_for(each.patient)
        patients[owner.pk] = owner
        places[owner.pk, each.course] = None
    for end in course_ends_at(facility.pk):
        owner = answered_for(end.patient)
        patients[owner.pk] = owner
        places[owner.pk, end.course] = None
    for lapsed in _unused(facility):
        if lapsed.course is not None:
            owner = answered_for(lapsed.patient)
            patients[owner.pk] = owner
            places[owner.pk, lapsed.course] = lapsed
    people = list(patients.values())
    given, ends = _given_to(people), course_ends_of(people)
    return [
        _Known(patients[who], course, given.get((who, course), []), ends.get((who, course)), lapsed)
        for (who, course), lapsed in places.items()
    ]


def _open_infusions_at(facility: Participant, version: ProgramVersion) -> QuerySet[Infusion]:
    """Those of courses whose form is not signed, or of which vials were counted.

    Whoever has a second record may have the form or the vials there: all of theirs are looked at.
    """
    same = {"patient": OuterRef("patient"), "course": OuterRef("course")}
    vials = VialEntry.objects.filter(facility=facility, struck_at__isnull=True, **same)
    duty = duty_after_course(version)
    signed = SignedForm.objects.filter(
        form=duty.form if duty else "",
        subject_kind="patient",
        subject_id=OuterRef("patient"),
        course=OuterRef("course"),
    )
    found = Infusion.objects.filter(facility=facility, struck_at__isnull=True)
    found = found.exclude(detail__has_key="carried_over_from")
    merged = Patient.objects.filter(merged_into=OuterRef("patient"))
    has_two = Q(patient__merged_into__isnull=False) | Exists(merged)
    return found.filter(~Exists(signed) | Exists(vials) | has_two).select_related(
        "patient__merged_into", "patient__prescriber"
    )


def _given_to(patients: Collection[Patient]) -> dict[tuple[int, int], list[Infusion]]:
    """Their infusions, wherever they were given, by patient and course."""
    found: dict[tuple[int, int], list[Infusion]] = {}
    for who, infusions in infusions_of_patients(patients).items():
        for each in infusions:
            found.setdefault((who, each.course), []).append(each)
    return found


def _unused(facility: Participant, among: Q | None = None) -> list[Authorization]:
    """Authorizations of a course here that ended before anything was given under them.

    The prescriber may have authorized the course anew since, or it may have been given elsewhere.
    """
    found = Authorization.objects.filter(
        among or Q(), unit="course", state="expired", names__facility=facility.number
    ).select_related("patient__merged_into", "decision")
    return [each for each in found.order_by("id") if is_step(each.decision) and _is_unused(each)]


def _live(facility: Participant, among: Q) -> Authorization | None:
    found = Authorization.objects.filter(
        among, unit="course", state="live", names__facility=facility.number
    ).select_related("decision")
    return next((each for each in found.order_by("id") if is_step(each.decision)), None)


def _is_unused(lapsed: Authorization) -> bool:
    person = records_behind(answered_for(lapsed.patient))
    given = Infusion.objects.filter(patient__in=person, course=lapsed.course)
    again = Authorization.objects.filter(
        patient__in=person, unit="course", course=lapsed.course, state__in=["live", "used"]
    )
    return not given.filter(struck_at__isnull=True).exists() and not any(
        is_step(each.decision) for each in again.select_related("decision")
    )


def _signed(version: ProgramVersion, patients: Collection[Patient]) -> dict[tuple[int, int], date]:
    """When the form about each course was first signed, on any record of the patient."""
    duty, owners = duty_after_course(version), owners_of(patients)
    if duty is None:
        return {}
    found = SignedForm.objects.filter(
        form=duty.form, subject_kind="patient", subject_id__in=owners, course__isnull=False
    )
    rows = found.order_by("-signed_on").values_list("subject_id", "course", "signed_on")
    return {(owners[who], course): day for who, course, day in rows if course is not None}


def _has_part(patient: Patient, course: int, facility: Participant) -> bool:
    person = records_behind(patient)
    here = {"patient__in": person, "course": course}
    kept = (Infusion, DayEntry, VialEntry, CourseEnd)
    if any(table.objects.filter(**here, facility=facility).exists() for table in kept):
        return True
    named = Authorization.objects.filter(**here, unit="course", names__facility=facility.number)
    return named.filter(state__in=["live", "used", "expired"]).exists()


def _waits(each: CourseAt, on: date) -> bool:
    """Whether somebody should write the form: not while the next day of the course may come."""
    goes_on = each.standing.ended_on is None and on <= max(each.facts.given, default=on) + _NEXT
    return each.owes_form and not goes_on


def _by_due_day(each: CourseAt) -> tuple[date, int, int]:
    return each.due_on or date.max, each.patient.pk, each.course
