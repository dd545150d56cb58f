"""Messages between patients and nurses: written, read, answered, and told of by e-mail."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.notices.wishes import stopped_among
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patient_support.nurse_facts import is_with_nurses, line_of, words_that_tell
from etasu.registry.patient_support.nurse_models import LineMessage
from etasu.registry.patient_support.nurse_telling import WROTE, tell_waiting
from etasu.registry.patient_support.nursing import lock_with_nurses, note
from etasu.registry.patient_support.possible_events import (
    Heard,
    NotAnswered,
    suspect,
    waits_for_answer,
)
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, ids_behind
from etasu.registry.patients.wishing import wish_of
from etasu.safe_use.reminding import EMAIL, address_by

Settled = LineMessage.Settled
# An e-mail may be lost: for a later message another one is sent after so long.
_ONE_MAIL_FOR = timedelta(days=1)
# What a claim answers and whom it is about, for doors, which do not import models.
Claimed = LineMessage
APatient = Patient


def write_to_nurses(patient: Patient, words: str, *, by: Actor, at: datetime) -> LineMessage:
    """Keep what a patient writes, and tell whose turn it is. Raises NotAllowed and NoNurseLine.

    Words that may tell of a side effect make it a question that somebody has to answer.
    """
    version, _line = line_of(patient.program, day_of_the_clock(at))
    with transaction.atomic():
        patient = lock_with_nurses(patient)
        made = LineMessage.objects.create(
            patient=patient, is_from_patient=True, words=words, sent_at=at, sent_by=by.number
        )
        note("line_message.sent", patient, {"message": made.number}, by=by, at=at)
        if found := words_that_tell(words, version):
            suspect(made, found, Heard(at, by.number), by=by, at=at)
        tell_waiting(WROTE, patient, made.number, version, by=by, at=at)
    return made


def write_to_patient(
    patient: Patient, words: str, shown: Collection[str] | None = None, *, by: Actor, at: datetime
) -> LineMessage:
    """Keep what a nurse writes; it answers what the patient wrote: of it what was `shown`, or all.

    `shown` are numbers of messages; whatever came after the nurse looked stays open. Raises
    NotAllowed, and NotAnswered while one of those may tell of a side effect.
    """
    with transaction.atomic():
        patient = lock_with_nurses(patient)
        made = LineMessage.objects.create(
            patient=patient, is_from_patient=False, words=words, sent_at=at, sent_by=by.number
        )
        note("line_message.sent", patient, {"message": made.number}, by=by, at=at)
        _settle(patient, Settled.ANSWERED, shown, by=by, at=at)
    return made


def settle_messages(
    patient: Patient, how: str, shown: Collection[str] | None = None, *, by: Actor, at: datetime
) -> int:
    """Note that what the patient wrote was settled otherwise than by writing; how many messages.

    `shown` are the numbers of those the nurse looked at; None stands for all of them.
    Raises NotAnswered while one of them may tell of a side effect.
    """
    with transaction.atomic():
        return _settle(lock_with_nurses(patient), Settled(how), shown, by=by, at=at)


def read_messages(patient: Patient, *, is_patient: bool, by: Actor, at: datetime) -> int:
    """Note that one side read what the other wrote; the first time counts. How many are new."""
    with transaction.atomic():
        new = LineMessage.objects.filter(
            patient__in=ids_behind(patient), is_from_patient=not is_patient, read_at__isnull=True
        )
        count = new.update(read_at=at, read_by=by.number)
        if count:
            note("line_messages.read", patient, {"count": count}, by=by, at=at)
    return count


def email_of(patient: Patient) -> tuple[str, str]:
    """Where the patient is told by e-mail that a nurse wrote, and, where nowhere, why as a code."""
    wanted = wish_of(patient)
    if wanted.channels is not None and EMAIL not in wanted.channels:
        return "", "not-wanted"
    to = address_by(EMAIL, telephone="", email=patient.email)
    if not to:
        return "", "no-address"
    why = stopped_among({(EMAIL, to)}).get((EMAIL, to), "")
    return ("", why) if why else (to, "")


def next_to_tell(
    deal: Callable[[LineMessage], str], after: int, *, by: Actor, at: datetime
) -> LineMessage | None:
    """Deal with the next message of which its patient is to be told, and keep how; None when none.

    `deal` says how it went as a code, empty to try again later. No other sender has it meanwhile.
    One that was read already, and one before another, is told of with it.
    """
    with transaction.atomic():
        waiting = LineMessage.objects.filter(
            is_from_patient=False, told_at__isnull=True, pk__gt=after
        )
        held = waiting.select_for_update(skip_locked=True, no_key=True, of=("self",))
        found = held.select_related("patient__merged_into").order_by("pk").first()
        if found is None:
            return None
        how = _needs_no_telling(found, at) or deal(found)
        if how:
            LineMessage.objects.filter(pk=found.pk).update(
                told_at=at, told_by=by.number, told_how=how
            )
            detail: dict[str, object] = {"message": found.number, "how": how}
            note("line_message.told", found.patient, detail, by=by, at=at)
    return found


def _needs_no_telling(message: LineMessage, at: datetime) -> str:
    """Why nobody is told of it: it is not allowed, was read, or one lately told of waits unread."""
    patient = answered_for(message.patient)
    if not is_with_nurses(patient):
        return "not-allowed"
    if message.read_at is not None:
        return "read-already"
    unread = LineMessage.objects.filter(
        patient__in=ids_behind(patient), is_from_patient=False, read_at__isnull=True
    )
    lately = unread.filter(told_how=LineMessage.SENT, told_at__gte=at - _ONE_MAIL_FOR)
    return LineMessage.WITH_ANOTHER if lately.exists() else ""


def _settle(
    patient: Patient, how: str, shown: Collection[str] | None, *, by: Actor, at: datetime
) -> int:
    found = LineMessage.objects.select_for_update(no_key=True).filter(
        patient__in=ids_behind(patient), is_from_patient=True, settled_at__isnull=True
    )
    open_now = list(found if shown is None else found.filter(number__in=shown))
    if waits_for_answer(open_now):
        raise NotAnswered(patient.number)
    for each in open_now:
        each.settled_at, each.settled_by, each.settled_how = at, by.number, how
        each.save(update_fields=["settled_at", "settled_by", "settled_how"])
        detail: dict[str, object] = {"message": each.number, "how": str(how)}
        note("line_message.settled", patient, detail, by=by, at=at)
    return len(open_now)
