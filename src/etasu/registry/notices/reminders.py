"""The reminders' way out: queued in bulk, claimed by one sender at a time, and each one settled.

Whoever claimed a reminder and died loses it to the next after a few minutes. The next one hands it
to the same provider under the same number, which knows it and sends it once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import Told, insert_all, record_all
from etasu.registry.notices.models import Reminder
from etasu.registry.notices.outbox import AT_ONCE, CLAIMED_FOR, MOST_ATTEMPTS, pause_after
from etasu.safe_use.reminding import DAYS_OF_A_WEEK, SMS

State = Reminder.State
# What a claim answers, for doors, which do not import models.
Claimed = Reminder
# Signed with it, so that nobody can stop what others get by guessing.
STOP_SALT = "etasu.reminders.stop"
# Rules or other things with their due days, as a reminder covers them.
Covers = list[list[str]]
# Why a reminder ended or waits, as codes.
LATER_ONE, NO_ADDRESS = "a-later-one", "no-address"
QUIET_HOURS, TOO_MANY = "quiet-hours", "too-many-text-messages"
_OPEN = (State.WAITING, State.SENDING)


class ReceiptTooEarly(Exception):
    """A receipt about a number nobody noted yet, while that provider is being handed something."""


class Address(NamedTuple):
    """Where and how one reminder goes: the address, the words' language, and the local day."""

    address: str
    language: str
    on: date


def queue_all(rows: Sequence[Reminder], *, by: Actor, at: datetime) -> int:
    """Queue these, each once however often it is asked; how many are new.

    What still waits for the same people as the same notice is taken back: the newer one says it,
    and covers all that the older ones did. Call it in the transaction of what brought them up.
    """
    with transaction.atomic():
        found = Reminder.objects.filter(
            person__in={each.person for each in rows}, due_on__in={each.due_on for each in rows}
        )
        known = set(found.values_list("person", "code", "due_on", "offset_days", "occasion"))
        fresh = [each for each in rows if key_of(each) not in known]
        for code in sorted({each.code for each in fresh}):
            mine = [each for each in fresh if each.code == code]
            waited = _take_back(code, {each.person for each in mine}, by, at)
            for each in mine:
                each.covers = _both(each.covers, waited.get(each.person, []))
        insert_all(fresh)
        record_all(map(_told, fresh), by=by, at=at)
    return len(fresh)


def claim(*, at: datetime, limit: int = AT_ONCE) -> list[Reminder]:
    """The next reminders due, longest waiting first, claimed so that no other sender has them."""
    with transaction.atomic():
        waiting = Reminder.objects.filter(state__in=_OPEN, next_try__lte=at)
        chosen = waiting.order_by("next_try", "id").select_for_update(skip_locked=True)[:limit]
        found = [each.pk for each in chosen]
        Reminder.objects.filter(pk__in=found).update(
            state=State.SENDING, attempts=F("attempts") + 1, next_try=at + CLAIMED_FOR
        )
    return list(Reminder.objects.filter(pk__in=found).order_by("queued_at", "id"))


def put_off(reminder: Reminder, until: datetime, reason: str) -> bool:
    """Let it wait for its time, as in quiet hours; the attempt does not count."""
    attempts = reminder.attempts - 1
    return _change(reminder, state=State.WAITING, next_try=until, reason=reason, attempts=attempts)


def note_failure(
    reminder: Reminder, reason: str, *, at: datetime, decided_at: datetime | None = None
) -> bool:
    """Note that nobody took it this time; False when it was the last try, and nothing is noted.

    However long the pause, it is tried again when it is decided whether another channel is used.
    The day of a text message stays taken, for a provider may have sent it without saying so.
    """
    if reminder.attempts >= MOST_ATTEMPTS:
        return False
    wait = at + pause_after(reminder.attempts)
    if decided_at is not None and decided_at > at:
        wait = min(wait, decided_at)
    return _change(reminder, state=State.WAITING, next_try=wait, reason=reason)


def address_to(reminder: Reminder, to: Address, *, at: datetime) -> bool:
    """Note where it goes before it goes; False when the person had a text message that day."""
    day = to.on if reminder.channel == SMS else None
    where = {"address": to.address, "language": to.language, "sms_day": day}
    try:
        with transaction.atomic():
            noted = _change(reminder, first_try=Coalesce("first_try", at), **where)
    except IntegrityError:
        return False
    reminder.first_try = reminder.first_try or at
    return noted


def ask_first(reminder: Reminder, provider: str) -> bool:
    """Note which provider is asked now and may have it, so that another attempt asks it first."""
    reminder.provider = provider
    return _change(reminder, provider=provider)


def note_handed_over(
    reminder: Reminder, provider_number: str = "", *, by: Actor, at: datetime
) -> bool:
    """Note that it is out of the house, and under which number a provider has it."""
    moment = {"handed_over_at": at, "handed_over_by": by.number, "reason": ""}
    with transaction.atomic():
        noted = _change(
            reminder, state=State.HANDED_OVER, provider_number=provider_number, **moment
        )
        return noted and _note("reminder.handed_over", reminder, by, at, reminder.channel)


def cancel(reminder: Reminder, reason: str, *, by: Actor, at: datetime) -> bool:
    """Take it back before it went, as when there is nothing to say any more."""
    return _end(reminder, State.CANCELED, reason, by, at)


def fail(
    reminder: Reminder, reason: str, *, then: str = "", by: Actor, at: datetime
) -> Reminder | None:
    """Note that this channel leads nowhere; the one that takes its place by the channel `then`."""
    with transaction.atomic():
        if not _end(reminder, State.FAILED, reason, by, at) or not then:
            return None
        return _in_its_place(reminder, then, by, at)


def instead(
    reminder: Reminder, reason: str, then: str, *, by: Actor, at: datetime
) -> Reminder | None:
    """Send it by another channel, because this one may not be used now."""
    with transaction.atomic():
        if not _end(reminder, State.CANCELED, reason, by, at):
            return None
        return _in_its_place(reminder, then, by, at)


def note_receipt(
    provider: str, provider_number: str, reason: str = "", *, by: Actor, at: datetime
) -> Reminder | None:
    """Note what a provider says became of a text message: delivered, or not, and why.

    None when it is about none of ours, or nothing new; raises ReceiptTooEarly when it may become
    one of ours in a moment.
    """
    # Asked before the look for the number, which may be noted between the two.
    may_be_noted = Reminder.objects.filter(
        provider=provider, provider_number="", state__in=_OPEN
    ).exists()
    with transaction.atomic():
        held = Reminder.objects.select_for_update(no_key=True)
        found = held.filter(provider=provider, provider_number=provider_number).first()
        if found is None and may_be_noted:
            raise ReceiptTooEarly
        if found is None or found.state != State.HANDED_OVER:
            return None
        if reason:
            changes: dict[str, Any] = {"closed_at": at, "closed_by": by.number, "reason": reason}
            found.state = State.FAILED
        else:
            changes = {"delivered_at": at, "delivered_by": by.number}
            found.state = State.DELIVERED
        Reminder.objects.filter(pk=found.pk).update(state=found.state, **changes)
        _note(f"reminder.{found.state}", found, by, at, reason)
    return found


def in_place_of(reminder: Reminder, channel: str, *, by: Actor, at: datetime) -> Reminder | None:
    """The reminder by another channel, once a provider said that this one did not arrive."""
    with transaction.atomic():
        return _in_its_place(reminder, channel, by, at)


def sms_days(persons: Collection[str], on: date) -> dict[str, set[date]]:
    """The days around one on which each person had a text message, or is about to."""
    near = timedelta(days=DAYS_OF_A_WEEK)
    found = Reminder.objects.filter(person__in=persons, sms_day__range=(on - near, on + near))
    days: dict[str, set[date]] = {}
    for person, day in found.values_list("person", "sms_day"):
        if day is not None:
            days.setdefault(person, set()).add(day)
    return days


def key_of(row: Reminder) -> tuple[str, str, date, int, str]:
    """What makes it the same reminder, by whichever channel it goes."""
    return row.person, row.code, row.due_on, row.offset_days, row.occasion


def _told(row: Reminder) -> Told:
    detail = {"about": row.person, "code": row.code, "channel": row.channel}
    if row.reason:
        detail["reason"] = row.reason
    verb = "queued" if row.state == State.WAITING else row.state
    return Told(f"reminder.{verb}", "reminder", row.number, detail)


def _take_back(code: str, persons: Iterable[str], by: Actor, at: datetime) -> Mapping[str, Covers]:
    """Take back what waits to be said to these people; what it covered, by person."""
    waiting = list(
        Reminder.objects.select_for_update(no_key=True).filter(
            person__in=list(persons), code=code, state=State.WAITING
        )
    )
    Reminder.objects.filter(pk__in=[each.pk for each in waiting]).update(
        state=State.CANCELED, reason=LATER_ONE, closed_at=at, closed_by=by.number
    )
    told = (
        Told("reminder.canceled", "reminder", each.number, {"reason": LATER_ONE})
        for each in waiting
    )
    record_all(told, by=by, at=at)
    covered: defaultdict[str, Covers] = defaultdict(list)
    for each in waiting:
        covered[each.person] += each.covers
    return covered


def _both(mine: Covers, others: Covers) -> Covers:
    return [list(each) for each in sorted({(code, day) for code, day in [*mine, *others]})]


def _in_its_place(old: Reminder, channel: str, by: Actor, at: datetime) -> Reminder | None:
    if Reminder.objects.filter(Q(instead_of=old)).exists():
        return None
    fresh = Reminder(
        program=old.program,
        program_version=old.program_version,
        code=old.code,
        person=old.person,
        due_on=old.due_on,
        offset_days=old.offset_days,
        occasion=old.occasion,
        covers=old.covers,
        channel=channel,
        instead_of=old,
        next_try=at,
        queued_at=at,
        queued_by=by.number,
    )
    fresh.save()
    record_all([_told(fresh)], by=by, at=at)
    return fresh


def _end(reminder: Reminder, state: str, reason: str, by: Actor, at: datetime) -> bool:
    with transaction.atomic():
        moment = {"closed_at": at, "closed_by": by.number, "reason": reason}
        noted = _change(reminder, state=state, **moment)
        return noted and _note(f"reminder.{state}", reminder, by, at, reason)


def _change(reminder: Reminder, **changes: Any) -> bool:
    """Change what this sender claimed; False when it is somebody else's by now."""
    held = Reminder.objects.filter(pk=reminder.pk, state=State.SENDING, attempts=reminder.attempts)
    return bool(held.update(**changes))


def _note(verb: str, reminder: Reminder, by: Actor, at: datetime, detail: str) -> bool:
    said = {"about": reminder.person, "said": detail} if detail else {"about": reminder.person}
    audit.record(verb, subject=("reminder", reminder.number), by=by, at=at, detail=said)
    return True
