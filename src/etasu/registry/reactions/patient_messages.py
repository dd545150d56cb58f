"""What patients are told besides what falls due: enrollment, a self-check, sharing that ends.

All of it takes the same way out as reminders, with the same quiet hours and as few text messages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from etasu.programs.messages import ENROLLED, SELF_CHECK, SHARING_ENDS
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.models import Watch
from etasu.registry.monitoring.reminding import PATIENTS_AT_ONCE, Said, queue_said
from etasu.registry.monitoring.watches import Due
from etasu.registry.patient_support.copies import tell_of_end
from etasu.registry.patient_support.self_check_facts import days_fallen_due
from etasu.registry.patient_support.sharing_facts import Helping, sharing_until
from etasu.registry.patients.models import Patient
from etasu.registry.patients.today import day_of
from etasu.registry.reactions.patient_message_facts import (
    messages_about,
    news_of_enrollment,
    version_saying,
)
from etasu.safe_use.program import Notice, ProgramVersion

# What an outage kept from being said is made up for within a week, and then left alone.
MADE_UP_FOR = timedelta(days=6)


def tell_enrolled(patient: Patient, *, by: Actor, at: datetime) -> None:
    """Queue the word that the patient is enrolled and has a page, where the program has one."""
    found = version_saying(ENROLLED, patient.program, day_of(patient, at))
    if found is not None and patient.enrolled_on is not None:
        due = Due(patient.pk, news_of_enrollment(patient), patient.enrolled_on, 0)
        queue_said({patient.pk: patient}, {patient.pk: Said(*found, [due], due)}, by=by, at=at)


def remind_of_self_checks(on: date, *, by: Actor, at: datetime) -> int:
    """Queue a message to each treated patient whose self-check fell due; how many are new."""
    said = 0
    for version, notice in messages_about(SELF_CHECK, on):
        ids = _watched(version.program.code, on)
        for start in range(0, len(ids), PATIENTS_AT_ONCE):
            batch = Patient.objects.in_bulk(ids[start : start + PATIENTS_AT_ONCE])
            days = days_fallen_due(batch.values(), on)
            found = {}
            for pk, day in days.items():
                if day >= on - MADE_UP_FOR:
                    due = Due(pk, batch[pk].number, day, 0)
                    found[pk] = Said(version, notice, [due], due)
            said += queue_said(batch, found, by=by, at=at)
    return said


def tell_of_sharing_that_ends(on: date, *, by: Actor, at: datetime) -> int:
    """Tell patients and their care partners that what is shared ends soon; how many messages."""
    told = 0
    for version, notice in messages_about(SHARING_ENDS, on):
        last = on - timedelta(days=min(notice.offsets_days))
        with transaction.atomic():
            found = sharing_until(version.program.code, on, last, at)
            told += _tell_patients(version, notice, found, on, by, at)
            told += sum(
                tell_of_end(each, version.label, _offset(notice, each, on), by=by, at=at)
                for each in found
            )
    return told


def _watched(program: str, on: date) -> list[int]:
    """The patients of a program who are treated, and whose tests go on."""
    tested = Watch.objects.filter(open_due_on__isnull=False, patient__program=program)
    patients = Patient.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=on),
        pk__in=tested.values("patient"),
        merged_into__isnull=True,
    )
    return list(patients.order_by("pk").values_list("pk", flat=True))


def _tell_patients(
    version: ProgramVersion,
    notice: Notice,
    ending: Iterable[Helping],
    on: date,
    by: Actor,
    at: datetime,
) -> int:
    """One message for each end, which is about all of them: the last to be queued is sent."""
    patients: dict[int, Patient] = {}
    dues: defaultdict[int, list[Due]] = defaultdict(list)
    for each in ending:
        offset = _offset(notice, each, on)
        pk = each.patient.pk
        patients[pk] = each.patient
        dues[pk].append(Due(pk, each.number, each.sharing.ends_on, offset))
    told = 0
    for turn in range(max(map(len, dues.values()), default=0)):
        found = {
            pk: Said(version, notice, mine, mine[turn])
            for pk, mine in dues.items()
            if turn < len(mine)
        }
        told += queue_said(patients, found, by=by, at=at)
    return told


def _offset(notice: Notice, helping: Helping, on: date) -> int:
    """The newest of the notice's days that has come, counted from the end."""
    left = (helping.sharing.ends_on - on).days
    return max(each for each in notice.offsets_days if -each >= left)
