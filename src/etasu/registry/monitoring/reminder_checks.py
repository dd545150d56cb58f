"""May this reminder go now? Asked again for each one right before it goes.

Between the day it was queued and the moment it goes, anything may have changed: the obligation
was met, the patient left or said stop, the address was found wrong, it is night where they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from etasu.programs import library
from etasu.registry.monitoring.models import Touch, Watch
from etasu.registry.monitoring.reminding import NOT_WANTED, addresses_of
from etasu.registry.notices.models import Reminder
from etasu.registry.notices.reminders import (
    NO_ADDRESS,
    QUIET_HOURS,
    TOO_MANY,
    Address,
    key_of,
    sms_days,
)
from etasu.registry.notices.wishes import OPTED_OUT, Wish, stopped_among
from etasu.registry.patients.models import Patient
from etasu.registry.patients.today import day_of, has_left
from etasu.registry.patients.wishing import wishes_of_patients
from etasu.safe_use.messages import Message, MessageText, Stage, stage_of
from etasu.safe_use.reminding import (
    SMS,
    Quiet,
    address_by,
    in_order,
    next_sms_day,
    not_before,
    start_of,
)

_A_MOMENT = timedelta(minutes=1)


class Answer(StrEnum):
    """What is to be done with a reminder now."""

    GO = "go"
    WAIT = "wait"
    ANOTHER_CHANNEL = "another_channel"
    DROP = "drop"


class Going(NamedTuple):
    """Where a reminder goes, and what it says."""

    to: Address
    words: MessageText


class Verdict(NamedTuple):
    """What is to be done, and why: with what goes, or until when to wait.

    `then` is the channel that may take its place, empty when there is none.
    """

    answer: Answer
    reason: str = ""
    then: str = ""
    until: datetime | None = None
    going: Going | None = None


class Known(NamedTuple):
    """What is on record about the people these reminders are for."""

    patients: Mapping[str, Patient]
    open_since: Mapping[tuple[int, str], date]
    untold: Collection[int]
    wishes: Mapping[str, Wish]
    stopped: Mapping[tuple[str, str], str]
    sms_days: Mapping[str, set[date]]
    tried: Mapping[str, set[str]]
    # What is ahead besides obligations, as other rooms know it: its number and its day.
    ahead: Collection[tuple[str, str]] = ()


def next_channel(reminder: Reminder, *, at: datetime) -> str:
    """The channel that takes the place of one that led nowhere; empty when there is none."""
    known = known_about([reminder], at=at)
    patient = known.patients.get(reminder.person)
    return _next(reminder, patient, known) if patient is not None else ""


def known_about(
    claimed: Sequence[Reminder], *, at: datetime, ahead: Collection[tuple[str, str]] = ()
) -> Known:
    """What is on record about the people these reminders are for, asked for all of them at once.

    `ahead` is what they have ahead besides obligations, by number and day.
    """
    persons = {each.person for each in claimed}
    patients = {each.number: each for each in Patient.objects.filter(number__in=persons)}
    ids = [each.pk for each in patients.values()]
    watches = Watch.objects.filter(patient__in=ids, open_due_on__isnull=False)
    tried: dict[str, set[str]] = {each.number: {each.channel} for each in claimed}
    by_thing = {key_of(each): each.number for each in claimed}
    same = Reminder.objects.filter(person__in=persons, due_on__in={each.due_on for each in claimed})
    for each in same:
        if number := by_thing.get(key_of(each)):
            tried[number].add(each.channel)
    return Known(
        patients,
        {
            (patient, code): day
            for patient, code, day in watches.values_list("patient_id", "code", "open_due_on")
            if day is not None
        },
        set(Touch.objects.filter(patient__in=ids).values_list("patient_id", flat=True)),
        wishes_of_patients(patients.values()),
        stopped_among(addresses_of(patients.values())),
        sms_days(persons, at.date()),
        tried,
        ahead,
    )


def look_at(reminder: Reminder, known: Known, *, at: datetime) -> Verdict:
    """What is to be done with a reminder now."""
    patient = known.patients.get(reminder.person)
    if patient is None or patient.merged_into_id is not None:
        return Verdict(Answer.DROP, "another-record-is-answered-for")
    local = day_of(patient, at)
    if has_left(patient, local):
        return Verdict(Answer.DROP, "enrollment-ended")
    if patient.pk in known.untold:
        # A result or form came in a moment ago and may be the very thing this is about.
        return Verdict(Answer.WAIT, "being-looked-at", until=at + _A_MOMENT)
    if not _still_open(reminder, patient, known):
        return Verdict(Answer.DROP, "done")
    reason = _no_way(reminder, patient, known)
    if reason:
        then = _next(reminder, patient, known)
        return Verdict(Answer.ANOTHER_CHANNEL, reason, then=then)
    return _when(reminder, patient, known, at)


def _when(reminder: Reminder, patient: Patient, known: Known, at: datetime) -> Verdict:
    wanted = known.wishes.get(patient.number, Wish())
    quiet = Quiet(patient.time_zone, wanted.quiet_from, wanted.quiet_until)
    moment = not_before(at, quiet)
    if moment > at:
        return Verdict(Answer.WAIT, QUIET_HOURS, until=moment)
    local = day_of(patient, at)
    # A day this very reminder took at an earlier try is its own.
    taken = known.sms_days.get(patient.number, set()) - {reminder.sms_day}
    if reminder.channel == SMS and (day := next_sms_day(local, taken)) > local:
        if then := _next(reminder, patient, known):
            return Verdict(Answer.ANOTHER_CHANNEL, TOO_MANY, then=then)
        return Verdict(Answer.WAIT, TOO_MANY, until=start_of(day, quiet))
    version = library.current().version(reminder.program, reminder.program_version)
    message = version.messages.get(reminder.code) if version is not None else None
    if message is None:
        return Verdict(Answer.ANOTHER_CHANNEL, "no-words")
    language = wanted.language or patient.language
    to = Address(_address(reminder.channel, patient), language, local)
    words = message.said(language, _stage(reminder, message, patient, known, local))
    return Verdict(Answer.GO, going=Going(to, words))


def _stage(reminder: Reminder, message: Message, patient: Patient, known: Known, on: date) -> Stage:
    """The stage on the day it goes of what presses most of all that is still open.

    It may go days after it was queued, and what it was first about may be done since. Where the
    message has no words for that stage, those it was queued for name no day.
    """
    due_on = min(_still_open(reminder, patient, known))
    stage = stage_of((on - due_on).days)
    return stage if stage in message.stages else stage_of(reminder.offset_days)


def _still_open(reminder: Reminder, patient: Patient, known: Known) -> list[date]:
    """The due days of what it covers and is still to be done."""
    return [
        date.fromisoformat(day)
        for code, day in reminder.covers
        if _is_open(patient.pk, code, day, known)
    ]


def _no_way(reminder: Reminder, patient: Patient, known: Known) -> str:
    """Why this channel cannot be used; empty when it can."""
    wanted = known.wishes.get(patient.number, Wish()).channels
    if wanted is not None and reminder.channel not in wanted:
        return NOT_WANTED
    address = _address(reminder.channel, patient)
    return known.stopped.get((reminder.channel, address), "") if address else NO_ADDRESS


def _next(reminder: Reminder, patient: Patient, known: Known) -> str:
    version = library.current().version(reminder.program, reminder.program_version)
    notice = version.notices.get(reminder.code) if version is not None else None
    if notice is None:
        return ""
    wanted = known.wishes.get(patient.number, Wish()).channels
    for channel in in_order(wanted, notice.channels):
        if channel not in known.tried[reminder.number]:
            address = _address(channel, patient)
            if address and (channel, address) not in known.stopped:
                return channel
    return ""


def is_by_choice(reason: str) -> bool:
    """Whether nothing goes because whoever it is for wants it so, which is no failure."""
    return reason in (NOT_WANTED, OPTED_OUT)


def _is_open(patient: int, code: str, due_on: str, known: Known) -> bool:
    if (code, due_on) in known.ahead:
        return True
    since = known.open_since.get((patient, code))
    return since is not None and since <= date.fromisoformat(due_on)


def _address(channel: str, patient: Patient) -> str:
    return address_by(channel, telephone=patient.telephone, email=patient.email)
