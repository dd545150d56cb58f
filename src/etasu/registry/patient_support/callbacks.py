"""Calls that are promised to patients, and what came of each: none is forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patient_support.nurse_facts import line_of, words_that_tell
from etasu.registry.patient_support.nurse_models import Callback
from etasu.registry.patient_support.nurse_telling import CALL, tell_waiting
from etasu.registry.patient_support.nursing import lock_with_nurses, note
from etasu.registry.patient_support.possible_events import (
    Heard,
    NotAnswered,
    suspect,
    waits_for_answer,
)
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, ids_behind
from etasu.safe_use.rota import Window

Outcome = Callback.Outcome


class TooLate(ValueError):
    """The time asked for is over."""


class Wanted(NamedTuple):
    """When somebody wants to be called, at which number, and what it is about or to be minded."""

    window: Window
    telephone: str = ""
    words: str = ""


def promise_callback(patient: Patient, wanted: Wanted, *, by: Actor, at: datetime) -> Callback:
    """Promise a call in that part of a day, in the place of one that was promised before.

    Raises NotAllowed, NoNurseLine, TooLate, and NotAnswered where the one before may tell of a
    side effect that nobody has looked at.
    """
    version, _line = line_of(patient.program, day_of_the_clock(at))
    if wanted.window.ends <= at:
        raise TooLate(wanted.window.ends)
    with transaction.atomic():
        patient = lock_with_nurses(patient)
        before = _promised(patient)
        if before is not None:
            if _is_same(before, wanted):
                return before
            _close(before, Outcome.NOT_WANTED, by=by, at=at)
        # A record merged since keeps what was promised on it: each is promised one call at most.
        whose = patient if before is None else before.patient
        made = _create(whose, wanted, before, by=by, at=at)
        if found := words_that_tell(wanted.words, version):
            suspect(made, found, Heard(at, by.number), by=by, at=at)
        tell_waiting(CALL, patient, made.number, version, by=by, at=at)
    return made


def close_callback(callback: Callback, outcome: str, *, by: Actor, at: datetime) -> Callback:
    """Note what came of it. One that is closed stays as it is.

    Raises NotAnswered while what was said with it may tell of a side effect: somebody says first
    whether it does.
    """
    with transaction.atomic():
        held = Callback.objects.select_for_update(no_key=True, of=("self",))
        locked = held.select_related("patient").get(pk=callback.pk)
        if locked.closed_at is None:
            if waits_for_answer([locked]):
                raise NotAnswered(locked.number)
            _close(locked, Outcome(outcome), by=by, at=at)
    return locked


def call_again(callback: Callback, window: Window, *, by: Actor, at: datetime) -> Callback:
    """Note that nobody was reached, and promise the call again, so that it is not lost.

    Raises TooLate, NotAllowed and NotAnswered.
    """
    if window.ends <= at:
        raise TooLate(window.ends)
    with transaction.atomic():
        lock_with_nurses(answered_for(callback.patient))
        locked = close_callback(callback, Outcome.NOT_REACHED, by=by, at=at)
        wanted = Wanted(window, locked.telephone, locked.words)
        return _create(locked.patient, wanted, locked, by=by, at=at)


def _promised(patient: Patient) -> Callback | None:
    found = Callback.objects.filter(patient__in=ids_behind(patient), closed_at__isnull=True)
    held = found.select_for_update(no_key=True, of=("self",)).select_related("patient")
    return held.order_by("-asked_at", "-id").first()


def _is_same(before: Callback, wanted: Wanted) -> bool:
    known = (before.begins, before.ends, before.telephone, before.words)
    return known == (wanted.window.begins, wanted.window.ends, wanted.telephone, wanted.words)


def _create(
    patient: Patient, wanted: Wanted, before: Callback | None, *, by: Actor, at: datetime
) -> Callback:
    made = Callback.objects.create(
        patient=patient,
        begins=wanted.window.begins,
        ends=wanted.window.ends,
        telephone=wanted.telephone,
        words=wanted.words,
        in_place_of=before,
        asked_at=at,
        asked_by=by.number,
    )
    note("callback.promised", patient, {"callback": made.number}, by=by, at=at)
    return made


def _close(callback: Callback, outcome: str, *, by: Actor, at: datetime) -> None:
    callback.closed_at, callback.closed_by, callback.outcome = at, by.number, outcome
    callback.save(update_fields=["closed_at", "closed_by", "outcome"])
    detail: dict[str, object] = {"callback": callback.number, "outcome": str(outcome)}
    note("callback.closed", callback.patient, detail, by=by, at=at)
