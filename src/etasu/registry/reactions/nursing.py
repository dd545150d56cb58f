"""What follows when a nurse hears of something, or may no longer look after somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.call_notes import CARE_PARTNER, PATIENT, Call, keep_note
from etasu.registry.patient_support.callbacks import Outcome, call_again, close_callback
from etasu.registry.patient_support.models import CallNote, LineMessage, PossibleEvent
from etasu.registry.patient_support.nurse_facts import (
    assignments_of_merged_records,
    assignments_of_nurses_who_left,
    ended_without_word,
)
from etasu.registry.patient_support.nurse_telling import tell_prescriber
from etasu.registry.patient_support.nursing import (
    Why,
    assign_waiting,
    end_assignment,
    end_nurse_support,
    events_left_open,
)
from etasu.registry.patient_support.possible_events import (
    NOTE,
    Heard,
    NotAnswered,
    Thing,
    answer_event,
    first_reported,
    lock_event,
    suspect,
    thing_of,
)
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.safety.actions import Report, Statement, receive_report
from etasu.registry.safety.models import Source
from etasu.registry.safety.receiving import sponsor_day, version_at
from etasu.safe_use.rota import Window
from etasu.safe_use.safety_plan import CaseKind


class Noted(NamedTuple):
    """A call, the words in it that may tell of a side effect, and what the nurse says they are.

    `is_event` is None where nothing was found and nobody said anything. `window` is when the call
    is made again that did not reach the patient; without one, such a call stays promised.
    """

    call: Call
    words_found: Sequence[str] = ()
    is_event: bool | None = None
    window: Window | None = None


def call_noted(patient: Patient, noted: Noted, *, by: Actor, at: datetime) -> CallNote:
    """Keep the note, report what it tells of, and close or promise again the call it is about.

    Raises NotAnswered where words may tell of a side effect and nobody said whether they do, and
    what keeping a note and closing a callback raise.
    """
    if noted.words_found and noted.is_event is None:
        raise NotAnswered(", ".join(noted.words_found))
    call = noted.call
    if noted.window is None and call.caller not in (PATIENT, CARE_PARTNER):
        call = call._replace(callback=None)
    with transaction.atomic():
        kept = keep_note(patient, call, by=by, at=at)
        if noted.is_event is not None:
            heard = Heard(kept.heard_at, kept.heard_by)
            event = suspect(kept, noted.words_found, heard, by=by, at=at)
            possible_event_answered(event, is_event=noted.is_event, by=by, at=at)
        if call.callback is not None and noted.window is not None:
            call_again(call.callback, noted.window, by=by, at=at)
        elif call.callback is not None:
            close_callback(call.callback, Outcome.REACHED, by=by, at=at)
    return kept


def possible_event_answered(
    event: PossibleEvent, *, is_event: bool, by: Actor, at: datetime
) -> PossibleEvent:
    """Keep the answer. A side effect is a case from the day it was heard, told to the prescriber.

    One that is answered stays as it is, but for a yes after a no: better reported late than never.
    """
    with transaction.atomic():
        locked = lock_event(event)
        if locked.is_event or (locked.answered_at is not None and not is_event):
            return locked
        case = ""
        if is_event:
            case = receive_report(_report_of(locked), by=by, at=at).number
        answer_event(locked, is_event=is_event, case=case, by=by, at=at)
        if is_event:
            tell_prescriber(locked, version_at(locked.patient.program, at), by=by, at=at)
    return locked


def event_seen(thing: Thing, *, by: Actor, at: datetime) -> PossibleEvent:
    """Report a message, a callback or a note as a side effect, whatever words are in it."""
    with transaction.atomic():
        event = suspect(thing, (), _heard(thing), by=by, at=at)
        return possible_event_answered(event, is_event=True, by=by, at=at)


def nurse_support_ended(patient: Patient, *, by: Actor, at: datetime) -> None:
    """End all of it; what may tell of a side effect is reported, for no nurse will look again."""
    with transaction.atomic():
        for event in events_left_open(patient):
            possible_event_answered(event, is_event=True, by=by, at=at)
        end_nurse_support(patient, by=by, at=at)


def nurse_line_kept_up(program: str, *, by: Actor, at: datetime) -> int:
    """End what nobody allows any more or nobody is there for, and give nurses to those without.

    How many were changed. There is nothing to end but what ended by another way than
    `consent_withdrawn`, such as leaving the program.
    """
    changed = 0
    for patient in ended_without_word(program):
        nurse_support_ended(patient, by=by, at=at)
        changed += 1
    for held in assignments_of_nurses_who_left(program):
        end_assignment(held, Why.NURSE_LEFT, by=by, at=at)
        changed += 1
    for held in assignments_of_merged_records(program):
        end_assignment(held, Why.HANDED_ON, by=by, at=at)
        changed += 1
    return changed + assign_waiting(program, by=by, at=at)


def _heard(thing: Thing) -> Heard:
    if isinstance(thing, LineMessage):
        return Heard(thing.sent_at, thing.sent_by)
    if isinstance(thing, CallNote):
        return Heard(thing.heard_at, thing.heard_by)
    return Heard(thing.asked_at, thing.asked_by)


def _report_of(event: PossibleEvent) -> Report:
    """The report, in the words that were heard and counted from the day they were."""
    thing, patient = thing_of(event), answered_for(event.patient)
    version = version_at(patient.program, event.heard_at)
    clock = version.reporting_clock
    zone = ZoneInfo(clock.time_zone) if clock is not None else ZoneInfo(patient.time_zone)
    heard = event.heard_at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
    said = Statement(
        f"{thing.words}\n\nHeard by the nurses' line ({event.source}) on {heard}.",
        thing.caller if isinstance(thing, CallNote) else "patient",
        piece=f"nurse line {event.number}",
        received_on=sponsor_day(version, event.heard_at),
    )
    return Report(
        program=patient.program,
        source=Source.STAFF if event.source == NOTE else Source.MESSAGE,
        kind=CaseKind.ADVERSE_EVENT,
        said=said,
        patient=patient,
        occasion=f"nurse line {first_reported(event).number}",
    )
