"""Keeping the nurses' rota, and what one shift leaves to the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from etasu.registry.accounts.access import ADMINISTRATOR, SUPPORT_NURSE
from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.appointing import appointed_for
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.telling import program_people
from etasu.registry.patient_support.rota_models import NurseShift, ShiftNote
from etasu.safe_use import rota
from etasu.safe_use.nurse_line import NurseLine
from etasu.safe_use.rota import Gap, Shift, Weekly

# As many shifts as are put into a rota at once: a year of days.
MOST_SHIFTS = 370
# Shifts that began earlier than this are over.
_LOOK_BACK = rota.LONGEST


class TooManyShifts(ValueError):
    """More shifts than a year has days."""


class OtherEnd(ValueError):
    """A shift of the same nurse begins at that moment already, and ends at another."""


class NotANurse(LookupError):
    """Nobody of that number works on the program's nurses' line."""


def may_keep_rota(asker: Asker) -> bool:
    """Whether they keep the rota: administrators, and the nurse who was appointed first."""
    if asker.role == ADMINISTRATOR:
        return True
    lead = appointed_for(asker.program, SUPPORT_NURSE).first()
    return asker.role == SUPPORT_NURSE and lead is not None and lead.user.number == asker.user


def nurses_of(program: str) -> list[User]:
    """The program's nurses, as they are appointed now."""
    return list(program_people(program, SUPPORT_NURSE))


def nurse_by_number(program: str, number: str) -> User:
    """The nurse of that number; raises NotANurse."""
    found = next((each for each in nurses_of(program) if each.number == number), None)
    if found is None:
        raise NotANurse(number)
    return found


def add_shifts(
    program: str, weekly: Weekly, line: NurseLine, *, by: Actor, at: datetime
) -> list[NurseShift]:
    """Put each shift of it into the rota; one that is there already is the one.

    Raises NotANurse, TooManyShifts, and OtherEnd, and then puts in nothing.
    """
    nurse = nurse_by_number(program, weekly.nurse)
    wanted = list(rota.shifts_of(weekly, line.time_zone))
    if len(wanted) > MOST_SHIFTS:
        raise TooManyShifts(len(wanted))
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=nurse.pk)
        held = NurseShift.objects.filter(program=program, nurse=nurse, removed_at__isnull=True)
        known = dict(held.values_list("begins", "ends"))
        if other := [each for each in wanted if known.get(each.begins, each.ends) != each.ends]:
            raise OtherEnd(other[0].begins)
        made = NurseShift.objects.bulk_create(
            NurseShift(
                program=program,
                nurse=nurse,
                begins=each.begins,
                ends=each.ends,
                added_at=at,
                added_by=by.number,
            )
            for each in wanted
            if each.begins not in known
        )
        detail = {"shifts": len(made), "nurse": nurse.number}
        _note("rota.added", program, detail, by=by, at=at)
    return made


def remove_shift(shift: NurseShift, *, by: Actor, at: datetime) -> NurseShift:
    """Take a shift out of the rota; one that is out stays so."""
    with transaction.atomic():
        locked = NurseShift.objects.select_for_update(no_key=True).get(pk=shift.pk)
        if locked.removed_at is None:
            locked.removed_at, locked.removed_by = at, by.number
            locked.save(update_fields=["removed_at", "removed_by"])
            _note("rota.removed", locked.program, {"shift": locked.number}, by=by, at=at)
    return locked


def leave_note(program: str, words: str, *, by: Actor, at: datetime) -> ShiftNote:
    """Leave a note to whoever is on duty next."""
    with transaction.atomic():
        made = ShiftNote.objects.create(program=program, words=words, left_at=at, left_by=by.number)
        _note("shift_note.left", program, {"note": made.number}, by=by, at=at)
    return made


def take_note_over(note: ShiftNote, *, by: Actor, at: datetime) -> ShiftNote:
    """Note who took it over; the first one counts, and nobody takes over their own."""
    with transaction.atomic():
        locked = ShiftNote.objects.select_for_update(no_key=True).get(pk=note.pk)
        if locked.taken_at is None and locked.left_by != by.number:
            locked.taken_at, locked.taken_by = at, by.number
            locked.save(update_fields=["taken_at", "taken_by"])
            _note("shift_note.taken", locked.program, {"note": locked.number}, by=by, at=at)
    return locked


def shift_by_number(program: str, number: str) -> NurseShift | None:
    """The shift of that number, in the rota or taken out of it."""
    found = NurseShift.objects.filter(program=program, number=number)
    return found.select_related("nurse").first()


def note_by_number(program: str, number: str) -> ShiftNote | None:
    """The note of that number."""
    return ShiftNote.objects.filter(program=program, number=number).first()


def shifts_between(program: str, begins: datetime, ends: datetime) -> QuerySet[NurseShift]:
    """Every shift of somebody who is a nurse still, any part of it between the two moments."""
    found = NurseShift.objects.filter(
        program=program,
        removed_at__isnull=True,
        begins__lt=ends,
        ends__gt=begins,
        nurse__in=[each.pk for each in nurses_of(program)],
    )
    return found.select_related("nurse").order_by("begins", "nurse__full_name", "pk")


def on_duty_at(program: str, at: datetime) -> list[User]:
    """The nurses on duty at the moment, whoever came first before the others."""
    rows = list(shifts_between(program, at, at + timedelta(microseconds=1)))
    people = {each.nurse.number: each.nurse for each in rows}
    return [people[number] for number in rota.on_duty(as_shifts(rows), at)]


def next_on_duty(program: str, at: datetime) -> NurseShift | None:
    """The shift that begins next, within a week."""
    ahead = shifts_between(program, at, at + timedelta(days=7))
    return ahead.filter(begins__gt=at).first()


def gaps_ahead(program: str, line: NurseLine, on: date) -> tuple[Gap, ...]:
    """When nobody is on duty, from that day on, as far as the program looks ahead."""
    first = rota.at_wall(on, rota.MIDNIGHT, line.time_zone)
    last = first + timedelta(days=line.rota_days + 1)
    found = as_shifts(shifts_between(program, first - _LOOK_BACK, last))
    return rota.gaps_ahead(found, on, line.rota_days, line.time_zone)


def notes_to_take_over(program: str, at: datetime) -> list[ShiftNote]:
    """What was left lately and whatever nobody took over: that first, then the newest."""
    is_new = Q(left_at__gte=at - ShiftNote.SHOWN_FOR)
    found = ShiftNote.objects.filter(is_new | Q(taken_at__isnull=True), program=program)
    return sorted(found.order_by("-left_at", "-pk"), key=lambda each: each.taken_at is not None)


def as_shifts(rows: Iterable[NurseShift]) -> list[Shift]:
    """Rows as the values the rota is reckoned with."""
    return [Shift(each.nurse.number, each.begins, each.ends) for each in rows]


def _note(verb: str, program: str, detail: dict[str, object], *, by: Actor, at: datetime) -> None:
    audit.record(verb, subject=("program", program), by=by, at=at, detail=detail)
