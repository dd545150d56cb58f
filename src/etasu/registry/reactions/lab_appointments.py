"""What follows for appointments for tests once a day: those to come, and those with results."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from etasu.programs import library
from etasu.programs.messages import APPOINTMENT, is_reminder
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.reminding import Said, queue_said
from etasu.registry.monitoring.watches import Due
from etasu.registry.patient_support.lab_actions import settle_appointment
from etasu.registry.patient_support.lab_facts import not_settled, on_days
from etasu.registry.patients.records import answered_for
from etasu.registry.reactions.lab_appointment_facts import standing_of
from etasu.safe_use.lab_program import AppointmentStage
from etasu.safe_use.program import Notice, ProgramVersion

RESULTS_IN = "results-in"
# So many at most are settled in one transaction.
AT_ONCE = 500


def settle_with_results(program: str, *, by: Actor, at: datetime) -> int:
    """Settle every appointment whose results are all there; how many."""
    settled = 0
    rows = not_settled(program).filter(day__isnull=False) | not_settled(program).filter(
        done_on__isnull=False
    )
    ids = list(rows.values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        batch = rows.filter(pk__in=ids[start : start + AT_ONCE])
        with transaction.atomic():
            for each in standing_of(batch, at.date()):
                if each.stage is AppointmentStage.RESULTS_IN:
                    settle_appointment(each.row, RESULTS_IN, by=by, at=at)
                    settled += 1
    return settled


def remind_of_appointments(on: date, *, by: Actor, at: datetime) -> int:
    """Queue the reminders of appointments as many days ahead as the program says; how many."""
    said = 0
    for program in sorted(library.current().programs):
        version = library.current().effective(program, on)
        if version is not None:
            for notice in filter(_is_about_appointments, version.notices.values()):
                said += _remind(version, notice, on, by, at)
    return said


def _is_about_appointments(notice: Notice) -> bool:
    return notice.event == APPOINTMENT and is_reminder(notice)


def _remind(version: ProgramVersion, notice: Notice, on: date, by: Actor, at: datetime) -> int:
    patients, found = {}, {}
    for offset in notice.offsets_days:
        # What was missed in an outage is made up for, but no reminder comes after the day.
        yesterday, last = on - timedelta(days=1), on - timedelta(days=offset)
        for row in on_days(version.program.code, yesterday, last):
            if row.day is not None:
                patient = answered_for(row.patient)
                due = Due(patient.pk, row.number, row.day, offset)
                patients[patient.pk], found[patient.pk] = patient, Said(version, notice, [due], due)
    return queue_said(patients, found, by=by, at=at)
