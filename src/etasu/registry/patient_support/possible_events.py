"""What may tell of a side effect: asked about when it is heard, and answered by a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.nurse_models import (
    Callback,
    CallNote,
    LineMessage,
    PossibleEvent,
)
from etasu.registry.patient_support.nursing import note
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import ids_behind

Thing = LineMessage | Callback | CallNote
MESSAGE, CALLBACK, NOTE = "message", "callback", "note"
_SOURCES: dict[type[Thing], str] = {LineMessage: MESSAGE, Callback: CALLBACK, CallNote: NOTE}
_MODELS: dict[str, type[Thing]] = {source: model for model, source in _SOURCES.items()}


class NotAnswered(ValueError):
    """Nobody has said yet whether what is about to be closed tells of a side effect."""


class Heard(NamedTuple):
    """When it first reached anybody here, and whom."""

    at: datetime
    by: str


def suspect(
    thing: Thing, words_found: Sequence[str], heard: Heard, *, by: Actor, at: datetime
) -> PossibleEvent:
    """Keep the question whether it tells of a side effect; the same thing is asked about once."""
    with transaction.atomic():
        found, is_new = PossibleEvent.objects.get_or_create(
            source=_SOURCES[type(thing)],
            source_number=thing.number,
            defaults={
                "patient": thing.patient,
                "words_found": list(words_found),
                "heard_at": heard.at,
                "heard_by": heard.by,
            },
        )
        if is_new:
            detail: dict[str, object] = {"event": found.number, "source": found.source}
            note("possible_event.suspected", thing.patient, detail, by=by, at=at)
    return found


def answer_event(
    event: PossibleEvent, *, is_event: bool, case: str, by: Actor, at: datetime
) -> PossibleEvent:
    """Keep what somebody said: a side effect, with the number of its case, or none."""
    event.answered_at, event.answered_by = at, by.number
    event.is_event, event.case = is_event, case
    with transaction.atomic():
        event.save(update_fields=["answered_at", "answered_by", "is_event", "case"])
        detail: dict[str, object] = {"event": event.number, "is_event": is_event}
        note("possible_event.answered", event.patient, detail, by=by, at=at)
    return event


def lock_event(event: PossibleEvent) -> PossibleEvent:
    """The question, held until the transaction ends."""
    held = PossibleEvent.objects.select_for_update(no_key=True, of=("self",))
    whose = ("patient__prescriber", "patient__merged_into__prescriber")
    return held.select_related(*whose).get(pk=event.pk)


def thing_of(event: PossibleEvent) -> Thing:
    """What was said, as it was written down."""
    return _MODELS[event.source].objects.get(number=event.source_number)


def first_reported(event: PossibleEvent) -> PossibleEvent:
    """The oldest report of the same call where a note corrects others; else the one itself."""
    first, thing = event, thing_of(event)
    while isinstance(thing, CallNote) and thing.corrects is not None:
        thing = thing.corrects
        reported = PossibleEvent.objects.filter(source=NOTE, is_event=True)
        first = reported.filter(source_number=thing.number).first() or first
    return first


def thing_by_number(patient: Patient, source: str, number: str) -> Thing | None:
    """The patient's message, callback or note of that number."""
    model = _MODELS.get(source)
    if model is None:
        return None
    found = model.objects.filter(patient__in=ids_behind(patient), number=number)
    return found.select_related("patient__merged_into").first()


def waits_for_answer(things: Sequence[Thing]) -> bool:
    """Whether of any of these nobody has said yet whether it tells of a side effect."""
    numbers = [each.number for each in things]
    open_now = PossibleEvent.objects.filter(source_number__in=numbers, answered_at__isnull=True)
    return open_now.exists()
