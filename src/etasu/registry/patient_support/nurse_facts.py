"""Nurse support as the doors read it. Whoever took the consent back is in none of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from etasu.programs import library
from etasu.registry.accounts.access import SUPPORT_NURSE
from etasu.registry.accounts.models import User
from etasu.registry.participants.visibility import patients_open_to
from etasu.registry.patient_support.nurse_models import (
    Callback,
    CallNote,
    LineMessage,
    NurseAssignment,
    PossibleEvent,
)
from etasu.registry.patient_support.rota import nurses_of, on_duty_at
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import ids_behind
from etasu.safe_use.nurse_line import NurseLine, event_words_in
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.rota import is_open, median_hours, whose_turn
from etasu.safe_use.safety_plan import EventOfInterest, ExpectedReaction

# Over how many days it is counted how soon messages are answered.
COUNTED_DAYS = 30


class NoNurseLine(ValueError):
    """The program in force has no nurses' line."""


class Answered(NamedTuple):
    """How soon messages were answered lately: how many, half of them within, and how many late."""

    answers: int
    median_hours: float | None
    late: int


class Waiting(NamedTuple):
    """What waits on the line for any nurse, by what it is; each of a patient who allows it.

    `untold` are answers to patients that nobody read and of which no e-mail told.
    """

    callbacks: list[Callback]
    messages: list[LineMessage]
    events: list[PossibleEvent]
    untold: list[LineMessage]


def line_of(program: str, on: date) -> tuple[ProgramVersion, NurseLine]:
    """The nurses' line of the program in force on the day; raises NoNurseLine."""
    version = library.current().effective(program, on)
    if version is None or version.nurse_line is None:
        raise NoNurseLine(program)
    return version, version.nurse_line


def has_nurse_line(program: str, on: date) -> bool:
    """Whether the program in force on the day has nurses to turn to."""
    version = library.current().effective(program, on)
    return version is not None and version.nurse_line is not None


def is_with_nurses(patient: Patient) -> bool:
    """Whether the patient allows the nurses to see the record, as of now."""
    return patients_with_nurses(patient.program).filter(pk=patient.pk).exists()


def patients_with_nurses(program: str) -> QuerySet[Patient]:
    """Everybody who allows it, as of now."""
    open_to = patients_open_to(program, SUPPORT_NURSE)
    return Patient.objects.filter(open_to, merged_into__isnull=True)


def of_patients_with_nurses(program: str) -> Q:
    """The condition that something is of somebody who allows it, on whichever of their records."""
    allowed = patients_with_nurses(program)
    return Q(patient__in=allowed) | Q(patient__merged_into__in=allowed)


def nurse_of(patient: Patient) -> User | None:
    """The nurse who looks after the patient; None without one, and for whoever allows it no more.

    One who works on the line no longer looks after nobody, whatever the assignment says.
    """
    if not is_with_nurses(patient):
        return None
    held = NurseAssignment.objects.filter(patient=patient, ended_at__isnull=True)
    row = held.select_related("nurse").first()
    mine = [] if row is None else nurses_of(patient.program)
    return row.nurse if row is not None and row.nurse in mine else None


def nurses_of_patients(patients: Collection[int]) -> dict[int, User]:
    """The nurse assigned to each of these patients, by patient id."""
    held = NurseAssignment.objects.filter(patient__in=patients, ended_at__isnull=True)
    return {each.patient_id: each.nurse for each in held.select_related("nurse")}


def assignments_of(patient: Patient) -> QuerySet[NurseAssignment]:
    """Every nurse the patient had, the newest first."""
    found = NurseAssignment.objects.filter(patient__in=ids_behind(patient))
    return found.select_related("nurse").order_by("-assigned_at", "-id")


def told_first(patient: Patient, line: NurseLine, at: datetime) -> list[User]:
    """The nurses who hear that the patient waits; nobody when the rota has a gap."""
    own, there = nurse_of(patient), on_duty_at(patient.program, at)
    is_office_open = is_open(line.office_hours, at, line.time_zone)
    people = {each.number: each for each in (*there, *([own] if own else []))}
    numbers = [each.number for each in there]
    turn = whose_turn(own.number if own else "", numbers, is_office_open=is_office_open)
    return [people[number] for number in turn]


def messages_of(patient: Patient) -> QuerySet[LineMessage]:
    """What the patient and the nurses wrote to each other, in order."""
    found = LineMessage.objects.filter(patient__in=ids_behind(patient))
    return found.order_by("sent_at", "id")


def callbacks_of(patient: Patient) -> QuerySet[Callback]:
    """Every callback that was promised, the newest first."""
    found = Callback.objects.filter(patient__in=ids_behind(patient))
    return found.order_by("-asked_at", "-id")


def callback_promised(patient: Patient) -> Callback | None:
    """The callback that is promised and not made yet."""
    return callbacks_of(patient).filter(closed_at__isnull=True).first()


def notes_of(patient: Patient) -> QuerySet[CallNote]:
    """Every note, the newest first, corrected ones too."""
    found = CallNote.objects.filter(patient__in=ids_behind(patient))
    found = found.select_related("corrects", "corrected_by", "callback")
    return found.order_by("-noted_at", "-id")


def note_by_number(patient: Patient, number: str) -> CallNote | None:
    """The patient's note of that number."""
    return notes_of(patient).filter(number=number).first()


def events_of(patient: Patient) -> QuerySet[PossibleEvent]:
    """What may tell of a side effect and what was found of it, the longest known first."""
    found = PossibleEvent.objects.filter(patient__in=ids_behind(patient))
    return found.order_by("heard_at", "id")


def event_by_number(patient: Patient, number: str) -> PossibleEvent | None:
    """The patient's possible event of that number, answered or not."""
    return events_of(patient).filter(number=number).first()


def words_that_tell(words: str, version: ProgramVersion) -> tuple[str, ...]:
    """The words that may tell of a side effect, by the program's own list and its label's."""
    line = version.nurse_line
    listed: list[ExpectedReaction | EventOfInterest] = [*version.expected_reactions.values()]
    listed += version.events_of_interest.values()
    return event_words_in(words, line.event_words if line else (), listed)


def waiting_on_line(program: str) -> Waiting:
    """Everything that waits on the line, the longest first."""
    open_to = of_patients_with_nurses(program)
    callbacks = Callback.objects.filter(open_to, closed_at__isnull=True)
    messages = LineMessage.objects.filter(open_to, is_from_patient=True, settled_at__isnull=True)
    events = PossibleEvent.objects.filter(open_to, answered_at__isnull=True)
    whose = "patient__merged_into"
    return Waiting(
        list(callbacks.select_related(whose).order_by("ends", "id")),
        list(messages.select_related(whose).order_by("sent_at", "id")),
        list(events.select_related(whose).order_by("heard_at", "id")),
        list(_untold().filter(open_to).select_related(whose).order_by("told_at", "id")),
    )


def _untold() -> QuerySet[LineMessage]:
    """Answers that no e-mail told of, nobody read, and no call with the patient came after."""
    whose = Q(patient=OuterRef("patient")) | Q(patient=OuterRef("patient__merged_into"))
    calls = CallNote.objects.filter(whose, caller="patient", noted_at__gte=OuterRef("told_at"))
    unread = LineMessage.objects.filter(
        is_from_patient=False, read_at__isnull=True, told_at__isnull=False
    )
    return unread.exclude(told_how__in=LineMessage.TOLD).exclude(Exists(calls))


def late_by(line: NurseLine) -> timedelta:
    """How long a message may wait."""
    return timedelta(hours=line.answer_within_hours)


def how_soon_answered(program: str, line: NurseLine, at: datetime) -> Answered:
    """How soon messages were answered lately; one that still waits counts once it is late."""
    since = at - timedelta(days=COUNTED_DAYS)
    found = LineMessage.objects.filter(
        patient__program=program, is_from_patient=True, sent_at__gte=since
    ).exclude(settled_how=LineMessage.Settled.NOT_ALLOWED)
    rows = list(found.values_list("sent_at", "settled_at"))
    took = [settled - sent for sent, settled in rows if settled is not None]
    still = [at - sent for sent, settled in rows if settled is None]
    late = sum(each > late_by(line) for each in (*took, *still))
    return Answered(len(took), median_hours(took), late)


def without_nurse(program: str) -> QuerySet[Patient]:
    """Those who allow nurses and have none of their own yet."""
    held = NurseAssignment.objects.filter(ended_at__isnull=True).values("patient")
    return patients_with_nurses(program).exclude(pk__in=held).order_by("pk")


def ended_without_word(program: str) -> list[Patient]:
    """The records on which something is open on the line, though it is allowed no more."""
    messages = LineMessage.objects.filter(is_from_patient=True, settled_at__isnull=True)
    open_now: set[int] = set()
    for rows in (
        NurseAssignment.objects.filter(ended_at__isnull=True),
        Callback.objects.filter(closed_at__isnull=True),
        messages,
        PossibleEvent.objects.filter(answered_at__isnull=True),
    ):
        found = rows.exclude(of_patients_with_nurses(program))
        open_now |= set(found.values_list("patient_id", flat=True))
    return list(Patient.objects.filter(pk__in=open_now, program=program).order_by("pk"))


def assignments_of_merged_records(program: str) -> QuerySet[NurseAssignment]:
    """Assignments of records that another one answers for, which has a nurse of its own."""
    merged = {"patient__program": program, "patient__merged_into__isnull": False}
    held = NurseAssignment.objects.filter(ended_at__isnull=True, **merged)
    return held.select_related("patient", "nurse").order_by("pk")


def assignments_of_nurses_who_left(program: str) -> QuerySet[NurseAssignment]:
    """Assignments of nurses who work here no more."""
    held = NurseAssignment.objects.filter(patient__program=program, ended_at__isnull=True)
    there = [each.pk for each in nurses_of(program)]
    return held.exclude(nurse__in=there).select_related("patient", "nurse").order_by("pk")
