"""What follows for appointments for tests once a day: those to come, and those with results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import transaction

from etasu.programs.messages import APPOINTMENT, APPOINTMENT_CHANGED
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.reminding import Said, is_on_its_way, queue_said
from etasu.registry.monitoring.watches import Due
from etasu.registry.patient_support.lab_actions import settle_appointment
from etasu.registry.patient_support.lab_facts import (
    day_of_visit,
    news_of,
    not_settled,
    on_days,
)
from etasu.registry.patient_support.models import LabAppointment
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.patients.today import day_of
from etasu.registry.reactions.lab_appointment_facts import standing_of
from etasu.registry.reactions.patient_message_facts import messages_about, version_saying
from etasu.safe_use.lab_program import AppointmentStage
from etasu.safe_use.program import Notice, ProgramVersion

RESULTS_IN = "results-in"
# So many at most are settled in one transaction.
AT_ONCE = 500

_log = structlog.get_logger("etasu.lab_appointments")


class Settled(NamedTuple):
    """How many appointments were settled, and how many could not be."""

    settled: int
    failed: int


def settle_with_results(program: str, *, by: Actor, at: datetime) -> Settled:
    """Settle every appointment whose results are all there; one that cannot be stops no other."""
    done: list[bool] = []
    rows = not_settled(program).filter(day__isnull=False) | not_settled(program).filter(
        done_on__isnull=False
    )
    ids = list(rows.values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        batch = rows.filter(pk__in=ids[start : start + AT_ONCE])
        with transaction.atomic():
            found = standing_of(batch, at.date())
            ready = [each.row for each in found if each.stage is AppointmentStage.RESULTS_IN]
            done += [_settle_one(each, by, at) for each in ready]
    return Settled(done.count(True), done.count(False))


def appointment_changed(act: Callable[[], LabAppointment], *, by: Actor, at: datetime) -> bool:
    """Do something about an appointment and tell the patient, both or neither.

    Whether a message is on its way; with none, somebody calls.
    """
    with transaction.atomic():
        row = act()
        patient, news = answered_for(row.patient), news_of(row)
        found = version_saying(APPOINTMENT_CHANGED, patient.program, day_of(patient, at))
        if found is None or not news:
            return False
        version, notice = found
        due = Due(patient.pk, news, day_of_visit(row), 0)
        said = Said(version, notice, [due], due, news)
        queue_said({patient.pk: patient}, {patient.pk: said}, by=by, at=at)
        return is_on_its_way(patient, said)


def remind_of_appointments(on: date, *, by: Actor, at: datetime) -> int:
    """Queue the reminders of appointments as many days ahead as the program says; how many."""
    found = messages_about(APPOINTMENT, on)
    return sum(_remind(version, notice, on, by, at) for version, notice in found)


def _settle_one(row: LabAppointment, by: Actor, at: datetime) -> bool:
    try:
        with transaction.atomic():
            settle_appointment(row, RESULTS_IN, by=by, at=at)
    except Exception as error:  # noqa: BLE001 - counted, told, and tried again the next day
        reason = type(error).__name__
        _log.error("could not be done", what="appointment", number=row.number, reason=reason)
        return False
    return True


def _remind(version: ProgramVersion, notice: Notice, on: date, by: Actor, at: datetime) -> int:
    """Each appointment is an occasion of its own: another on the same day is said as well."""
    patients: dict[int, Patient] = {}
    dues: defaultdict[int, list[Due]] = defaultdict(list)
    for offset in notice.offsets_days:
        # What was missed in an outage is made up for, but no reminder comes after the day.
        yesterday, last = on - timedelta(days=1), on - timedelta(days=offset)
        for row in on_days(version.program.code, yesterday, last):
            if row.day is not None:
                patient = answered_for(row.patient)
                patients[patient.pk] = patient
                dues[patient.pk].append(Due(patient.pk, row.number, row.day, offset))
    told = 0
    # One after another, so that the last one queued covers all that still wait.
    for turn in range(max(map(len, dues.values()), default=0)):
        found = {
            pk: Said(version, notice, [mine[turn]], mine[turn], mine[turn].code)
            for pk, mine in dues.items()
            if turn < len(mine)
        }
        told += queue_said(patients, found, by=by, at=at)
    return told
