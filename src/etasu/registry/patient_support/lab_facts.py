"""Appointments for laboratory tests and orders for them, as the doors read them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from etasu.programs import library
from etasu.registry.patient_support.facts import NotOffered
from etasu.registry.patient_support.models import LabAppointment, LabOrder
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, ids_behind
from etasu.registry.patients.today import day_of, has_left
from etasu.registry.submissions.facts import has_consent
from etasu.safe_use.lab_program import LabProgram, Visited
from etasu.safe_use.program import ProgramVersion

CONSENT_WITHDRAWN, ENROLLMENT_ENDED = "consent-withdrawn", "enrollment-ended"
BY_PATIENT = "by-patient"
# Called off for one of these, the lab program's people do not know of it by themselves.
WITHOUT_DESK = (BY_PATIENT, CONSENT_WITHDRAWN, ENROLLMENT_ENDED)
_STILL_OPEN = {
    "done_at__isnull": True,
    "missed_at__isnull": True,
    "canceled_at__isnull": True,
    "settled_at__isnull": True,
}


class CalendarEntry(NamedTuple):
    """An appointment as calendars are told of it; canceled, it stays so that they let go of it."""

    number: str
    begins: datetime
    ends: datetime
    holds: bool
    changes: int
    since: datetime


def lab_program_of(patient: Patient, on: date) -> tuple[ProgramVersion, LabProgram]:
    """The lab program of the program in force on the day; raises NotOffered."""
    version = library.current().effective(patient.program, on)
    if version is None or version.lab_program is None:
        raise NotOffered(patient.program)
    return version, version.lab_program


def has_lab_program(patient: Patient, on: date) -> bool:
    """Whether the program in force on the day has a lab program."""
    version = library.current().effective(patient.program, on)
    return version is not None and version.lab_program is not None


def is_lab_allowed(patient: Patient, plan: LabProgram, at: datetime) -> bool:
    """Whether the patient is enrolled, and the consent that the lab program needs stands."""
    if has_left(patient, day_of(patient, at)):
        return False
    return any(has_consent("patient", pk, plan.consent, at) for pk in ids_behind(patient))


def appointments_of(patient: Patient) -> QuerySet[LabAppointment]:
    """Everything the patient asked for, the newest first."""
    found = LabAppointment.objects.filter(patient__in=ids_behind(patient))
    return found.select_related("site").order_by("-requested_at", "-id")


def all_ahead(patient: Patient, on: date) -> QuerySet[LabAppointment]:
    """Those to come on the day or later: one of each record that is the patient's.

    A request nobody set a time for yet is to come, whatever day it was wished for.
    """
    found = appointments_of(patient).filter(**_STILL_OPEN).select_related("patient")
    return found.filter(Q(day__isnull=True) | Q(day__gte=on))


def appointment_by_number(program: str, number: str) -> LabAppointment | None:
    """The appointment of that number in the program."""
    found = LabAppointment.objects.filter(patient__program=program, number=number)
    return found.select_related("patient__prescriber", "patient__merged_into", "site").first()


def not_settled(program: str) -> QuerySet[LabAppointment]:
    """Appointments of which something may be left to do, the one asked for first at the top.

    One with a time that others than the desk called off is left: somebody may be on the way.
    """
    found = LabAppointment.objects.filter(patient__program=program, settled_at__isnull=True)
    to_tell = Q(confirmed_at__isnull=False, canceled_because__in=WITHOUT_DESK)
    kept = found.filter(Q(canceled_at__isnull=True) | to_tell)
    return kept.select_related("patient__merged_into", "site").order_by("requested_at", "id")


def is_to_be_told(appointment: LabAppointment) -> bool:
    """Whether it had a time, and others than the desk called it off: the laboratory is to know."""
    return (
        appointment.confirmed_at is not None
        and appointment.canceled_because in WITHOUT_DESK
        and appointment.settled_at is None
    )


def on_days(program: str, after: date, through: date) -> QuerySet[LabAppointment]:
    """Confirmed appointments ahead on days after one through another."""
    found = LabAppointment.objects.filter(**_STILL_OPEN, patient__program=program)
    return found.filter(day__gt=after, day__lte=through).select_related("patient__merged_into")


def news_of(appointment: LabAppointment) -> str:
    """What the desk did about it last that the patient is told of, and for which time; or nothing.

    So what was said of another hour, or of one that the patient called off since, is in vain.
    """
    row = appointment
    if row.settled_at is not None or row.done_at is not None:
        return ""
    if row.canceled_at is not None:
        return "" if row.canceled_because in WITHOUT_DESK else f"{row.number} off"
    if row.missed_at is not None:
        return f"{row.number} missed"
    return f"{row.number} set {row.changes}" if row.day is not None else ""


def day_of_visit(appointment: LabAppointment) -> date:
    """The day it is set for, or else the one it was wished for."""
    return appointment.day or appointment.wished_on


def still_to_come(persons: Collection[str], *, at: datetime) -> set[tuple[str, str]]:
    """What can be said to these patients about appointments, each with its day.

    The number of one that is set and ahead, and the news of one.
    """
    mine = Q(patient__number__in=persons) | Q(patient__merged_into__number__in=persons)
    found: set[tuple[str, str]] = set()
    for each in LabAppointment.objects.filter(mine, settled_at__isnull=True).select_related(
        "patient"
    ):
        day, news = day_of_visit(each), news_of(each)
        is_set = news.startswith(f"{each.number} set")
        if is_set and day < day_of(each.patient, at):
            continue
        found |= {(code, day.isoformat()) for code in (is_set and each.number, news) if code}
    return found


def calendar_entries(person: str) -> list[CalendarEntry]:
    """The confirmed appointments of the patient of that number, as calendars are told of them."""
    patient = Patient.objects.filter(number=person).select_related("merged_into").first()
    if patient is None:
        return []
    mine = patient.merged_into or patient
    zone = ZoneInfo(mine.time_zone)
    return [
        CalendarEntry(
            each.number,
            datetime.combine(each.day, each.begins, zone),
            datetime.combine(each.day, each.ends, zone),
            each.canceled_at is None,
            each.changes,
            max(filter(None, (each.confirmed_at, each.canceled_at))),
        )
        for each in appointments_of(mine).filter(day__isnull=False)
        if each.day is not None and each.begins is not None and each.ends is not None
    ]


def order_of(patient: Patient, on: date) -> LabOrder | None:
    """The order that counts on the day: the newest of whoever is the prescriber, in their name.

    None of a patient who takes part no longer, and none of a prescriber decertified by then.
    """
    now = answered_for(patient)
    if has_left(now, on):
        return None
    found = LabOrder.objects.filter(
        Q(prescriber__decertified_on__isnull=True) | Q(prescriber__decertified_on__gt=on),
        patient__in=ids_behind(patient),
        prescriber=now.prescriber_id,
        ended_at__isnull=True,
        through__gte=on,
    )
    return found.select_related("prescriber").order_by("-ordered_at", "-pk").first()


def visited(appointment: LabAppointment) -> Visited:
    """What is on record of it, as the rules read it."""
    return Visited(
        tuple(appointment.tests),
        appointment.day,
        appointment.done_on,
        appointment.missed_at is not None,
        appointment.canceled_at is not None,
    )
