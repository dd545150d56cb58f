"""Saying what falls due: to patients, each in one reminder, and to those who look after them.

What was brought up to the day and what is said about it are one transaction: killed anywhere in
between, neither happened, and the next run does both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from etasu.programs import library
from etasu.programs.messages import is_reminder, says
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.reminding_staff import tell_staff
from etasu.registry.monitoring.watches import Due, advance
from etasu.registry.notices.models import Reminder
from etasu.registry.notices.reminders import NO_ADDRESS, State, queue_all
from etasu.registry.notices.wishes import OPTED_OUT, Wish, stopped_among
from etasu.registry.patients.models import Patient
from etasu.registry.patients.wishing import wishes_of_patients
from etasu.safe_use.program import Notice, ProgramVersion
from etasu.safe_use.reminding import Quiet, address_by, in_order, not_before

PATIENTS_AT_ONCE = 5_000
NOT_WANTED = "not-wanted"


class Reminded(NamedTuple):
    """How much was due, and how many reminders and messages to staff are new."""

    due: int
    patients: int
    staff: int


class Reach(NamedTuple):
    """How somebody can be reached: by these channels in this order; why not, when by none."""

    channels: tuple[str, ...]
    reason: str = ""


def say_what_falls_due(on: date, *, by: Actor, at: datetime) -> Reminded:
    """Bring every obligation up to the day, and queue everything there is to say about it."""
    with transaction.atomic():
        return remind(advance(on), on=on, by=by, at=at)


def remind(due: Sequence[Due], *, on: date, by: Actor, at: datetime) -> Reminded:
    """Queue what there is to say about all this; the same a second time is nothing new.

    What is due for one patient on one day is one reminder, worded like the most pressing of it.
    """
    by_patient: defaultdict[int, list[Due]] = defaultdict(list)
    for each in due:
        by_patient[each.patient_id].append(each)
    told = staff = 0
    ids = sorted(by_patient)
    with transaction.atomic():
        for start in range(0, len(ids), PATIENTS_AT_ONCE):
            batch = Patient.objects.in_bulk(ids[start : start + PATIENTS_AT_ONCE])
            told += _remind_patients(batch, by_patient, on, by, at)
        staff = tell_staff(by_patient, on, by=by, at=at)
    return Reminded(len(due), told, staff)


def reach_of(
    telephone: str,
    email: str,
    offered: Sequence[str],
    wanted: Wish,
    stopped: Mapping[tuple[str, str], str],
) -> Reach:
    """The channels by which somebody can be reminded, in the order they are tried."""
    wished = in_order(wanted.channels, offered)
    if not wished:
        return Reach((), NOT_WANTED)
    places = {each: address_by(each, telephone=telephone, email=email) for each in wished}
    there = [(channel, address) for channel, address in places.items() if address]
    open_ = tuple(channel for channel, address in there if (channel, address) not in stopped)
    if open_:
        return Reach(open_)
    whys = {stopped[each] for each in there}
    return Reach((), "" if not whys else OPTED_OUT if OPTED_OUT in whys else whys.pop())


def addresses_of(patients: Iterable[Patient]) -> set[tuple[str, str]]:
    """Every way to reach these patients, as channels and addresses."""
    found = {
        (channel, address_by(channel, telephone=each.telephone, email=each.email))
        for each in patients
        for channel in ("sms", "email")
    }
    return {(channel, address) for channel, address in found if address}


def _remind_patients(
    patients: Mapping[int, Patient],
    due: Mapping[int, list[Due]],
    on: date,
    by: Actor,
    at: datetime,
) -> int:
    programs: dict[str, _Program | None] = {}
    found = {}
    for patient in patients.values():
        if patient.program not in programs:
            programs[patient.program] = _program(patient.program, on)
        program = programs[patient.program]
        said = _said(program, due[patient.pk]) if program is not None else None
        if said is not None:
            found[patient.pk] = said
    return queue_said(patients, said_anew(patients, found, on), by=by, at=at)


def said_anew(
    patients: Mapping[int, Patient], found: Mapping[int, Said], on: date
) -> dict[int, Said]:
    """The same, where some of it was said before under the same lead as another time."""
    known: defaultdict[tuple[str, str, date, int], set[tuple[str, ...]]] = defaultdict(set)
    numbers = {patients[each].number for each in found}
    days = {said.lead.due_on for said in found.values()}
    for row in Reminder.objects.filter(person__in=numbers, due_on__in=days):
        known[row.person, row.code, row.due_on, row.offset_days].update(map(tuple, row.covers))
    again = {}
    for each, said in found.items():
        lead = said.lead
        key = patients[each].number, said.notice.code, lead.due_on, lead.offset_days
        covered = {(due.code, due.due_on.isoformat()) for due in said.covered}
        is_more = key in known and not covered <= known[key]
        again[each] = said._replace(occasion=f"again on {on}") if is_more else said
    return again


def queue_said(
    patients: Mapping[int, Patient], found: Mapping[int, Said], *, by: Actor, at: datetime
) -> int:
    """Queue what there is to say to each of these patients, as they wish; how many are new."""
    wishes = wishes_of_patients([patients[each] for each in found])
    stopped = stopped_among(addresses_of(patients[each] for each in found))
    rows = []
    for each, said in found.items():
        patient, channels = patients[each], said.notice.channels
        wanted = wishes.get(patient.number, Wish())
        reach = reach_of(patient.telephone, patient.email, channels, wanted, stopped)
        rows.append(_row(patient, said, reach, wanted, by, at))
    return queue_all(rows, by=by, at=at)


def is_on_its_way(patient: Patient, said: Said) -> bool:
    """Whether what is said to a patient waits to go, or went, by any channel."""
    mine = Reminder.objects.filter(
        person=patient.number,
        code=said.notice.code,
        due_on=said.lead.due_on,
        offset_days=said.lead.offset_days,
        occasion=said.occasion,
    )
    return mine.exclude(state__in=[State.FAILED, State.CANCELED]).exists()


class _Program(NamedTuple):
    """A program in force, and those of its notices that remind patients."""

    version: ProgramVersion
    notices: tuple[Notice, ...]


def _program(code: str, on: date) -> _Program | None:
    version = library.current().effective(code, on)
    if version is None:
        return None
    return _Program(version, tuple(filter(is_reminder, version.notices.values())))


class Said(NamedTuple):
    """What is said to one patient on one day: as which notice, and about what.

    What may happen again on the same day says by its `occasion` that this is another time.
    """

    version: ProgramVersion
    notice: Notice
    covered: Sequence[Due]
    lead: Due
    occasion: str = ""


def _said(program: _Program, due: Sequence[Due]) -> Said | None:
    """All there is to say to a patient, as the notice of the most pressing; None for nothing."""
    found = [
        (notice, each)
        for notice in program.notices
        for each in due
        if says(notice, each.code, each.offset_days, program.version)
    ]
    if not found:
        return None
    notice, lead = max(found, key=lambda pair: (pair[1].offset_days, pair[1].code))
    return Said(program.version, notice, [each for _, each in found], lead)


def _row(
    patient: Patient,
    said: Said,
    reach: Reach,
    wanted: Wish,
    by: Actor,
    at: datetime,
) -> Reminder:
    quiet = Quiet(patient.time_zone, wanted.quiet_from, wanted.quiet_until)
    first = next(iter(reach.channels or in_order(None, said.notice.channels)))
    ended: dict[str, Any] = {}
    if not reach.channels:
        # Whoever wants nothing gets nothing; whoever cannot be reached is for somebody to look at.
        state = State.CANCELED if reach.reason in (NOT_WANTED, OPTED_OUT) else State.FAILED
        reason = reach.reason or NO_ADDRESS
        ended = {"state": state, "reason": reason, "closed_at": at, "closed_by": by.number}
    return Reminder(
        program=patient.program,
        program_version=said.version.label,
        code=said.notice.code,
        person=patient.number,
        due_on=said.lead.due_on,
        offset_days=said.lead.offset_days,
        occasion=said.occasion,
        covers=sorted([each.code, each.due_on.isoformat()] for each in said.covered),
        channel=first,
        next_try=not_before(at, quiet),
        queued_at=at,
        queued_by=by.number,
        **ended,
    )
