"""Noting what happens on an infusion day, as it happens. No gate is asked, nothing is refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.treatment.models import DayEntry
from etasu.safe_use.infusion_day import CHANGES, DayEvent


class Note(NamedTuple):
    """What is noted of a day of a course: what happened, when, and what else is to be said of it.

    `detail` holds codes, numbers, times in ISO form, and words of whoever notes it.
    """

    course: int
    given_on: date
    event: DayEvent
    moment: datetime
    detail: dict[str, Any] = {}


def note_day(
    patient: Patient,
    note: Note,
    *,
    facility: Participant | None,
    by: Actor,
    at: datetime,
    corrects: DayEntry | None = None,
) -> DayEntry:
    """Note one thing. Doors call the reaction `day_noted`, so that what follows is not left out."""
    with transaction.atomic():
        entry = DayEntry.objects.create(
            patient=patient,
            facility=facility,
            course=note.course,
            given_on=note.given_on,
            event=note.event.value,
            moment=note.moment,
            detail=note.detail,
            corrects=corrects,
            recorded_at=at,
            recorded_by=by.number,
        )
        _audit("infusion_day.noted", entry, by, at)
    return entry


def confirm_entry(entry: DayEntry, *, by: Actor, at: datetime) -> DayEntry:
    """Somebody looked at an unlikely entry once more, and it is right; the first time counts."""
    with transaction.atomic():
        locked = _locked(entry)
        if locked.confirmed_at is None:
            locked.confirmed_at, locked.confirmed_by = at, by.number
            locked.save(update_fields=["confirmed_at", "confirmed_by"])
            _audit("infusion_day.confirmed", locked, by, at)
    return locked


def strike_entry(entry: DayEntry, *, reason: str, by: Actor, at: datetime) -> DayEntry:
    """Take back a mistaken entry; it stays readable, with who and why. The first time counts."""
    with transaction.atomic():
        locked = _locked(entry)
        if locked.struck_at is None:
            locked.struck_at, locked.struck_by, locked.struck_reason = at, by.number, reason
            locked.save(update_fields=["struck_at", "struck_by", "struck_reason"])
            _audit("infusion_day.struck", locked, by, at)
    return locked


def correct_entry(
    entry: DayEntry,
    moment: datetime,
    detail: dict[str, Any],
    *,
    event: DayEvent | None = None,
    reason: str,
    by: Actor,
    at: datetime,
) -> DayEntry:
    """Put another entry in the place of one; the former stays readable, with who and why.

    One that was corrected before is not corrected again: what stands in its place is returned.
    A change of the infusion may have been another one: `event`. Anything else that did not happen
    is taken back instead. Raises ValueError for it.
    """
    former = DayEvent(entry.event)
    if event not in (None, former) and not {event, former} <= set(CHANGES):
        raise ValueError(f"{former} cannot be put right as {event}")
    with transaction.atomic():
        locked = _locked(entry)
        if locked.struck_at is not None:
            return DayEntry.objects.filter(corrects=locked).first() or locked
        strike_entry(locked, reason=reason, by=by, at=at)
        note = Note(locked.course, locked.given_on, event or former, moment, detail)
        return note_day(
            locked.patient, note, facility=locked.facility, by=by, at=at, corrects=locked
        )


def _locked(entry: DayEntry) -> DayEntry:
    rows = DayEntry.objects.select_for_update(of=("self",))
    return rows.select_related("patient", "facility").get(pk=entry.pk)


def _audit(verb: str, entry: DayEntry, by: Actor, at: datetime) -> None:
    detail = {
        "entry": entry.number,
        "event": entry.event,
        "course": entry.course,
        "on": entry.given_on.isoformat(),
        "moment": entry.moment.isoformat(),
        "corrects": entry.corrects.number if entry.corrects else None,
        "reason": entry.struck_reason,
    }
    said = {key: value for key, value in detail.items() if value is not None}
    audit.record(verb, subject=("patient", entry.patient.number), by=by, at=at, detail=said)
