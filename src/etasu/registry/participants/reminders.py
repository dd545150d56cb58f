"""What the clock has to say about certifications that end, each thing once and in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.notices import actions as notices
from etasu.registry.participants.facts import certification_facts
from etasu.registry.participants.models import Participant
from etasu.registry.participants.telling import (
    Occasion,
    audiences,
    reminder_key,
    tell_audience,
)
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.renewal import REMINDED, Reminder, reminders

# American Samoa: when a day is over there, it is over in all of the United States.
WESTERNMOST = ZoneInfo("Pacific/Pago_Pago")
_AT_ONCE = 1000


def day_of_the_clock(at: datetime) -> date:
    """The day it is in the westernmost time zone: every day before it is over everywhere."""
    return at.astimezone(WESTERNMOST).date()


def participants_to_remind(program: str, on: date) -> list[int]:
    """The ids of participants with something to say by that day, longest overdue first."""
    found = Participant.objects.filter(program=program, next_reminder_on__lte=on)
    return list(found.order_by("next_reminder_on", "pk").values_list("pk", flat=True))


def remind(
    participant_id: int, version: ProgramVersion, *, on: date, by: Actor, at: datetime
) -> int:
    """Say what fell due since the last time; how many messages were queued to be sent.

    After an outage only the newest of what fell due about one thing is sent. The ones before are
    kept as canceled, so that the record shows what was missed.
    """
    with transaction.atomic():
        found = Participant.objects.select_for_update(no_key=True).get(pk=participant_id)
        since = found.next_reminder_on
        if since is None or since > on:
            return 0
        known = _all(found, version)
        fallen_due = [each for each in known if since <= each.due_on <= on]
        sent = sum(
            _say(each, found, version, by, at, is_newest=_is_newest(each, fallen_due))
            for each in fallen_due
        )
        found.next_reminder_on = _first_after(known, on)
        found.save(update_fields=["next_reminder_on"])
    return sent


def set_up_reminders(version: ProgramVersion, on: date) -> int:
    """Set the next reminder of participants brought in without one; for how many.

    It is computed from the record and kept for speed, so it leaves no trace of its own.
    """
    waiting = Participant.objects.filter(
        program=version.program.code,
        kind__in=version.parties,
        next_reminder_on__isnull=True,
        certified_until__gte=on,
    )
    count = last = 0
    # Those without a day to come go on waiting, so what was looked at is told by its id.
    while some := list(waiting.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        last = some[-1].pk
        for each in some:
            day = next_reminder_on(each, version, on)
            if day is not None:
                known = Participant.objects.filter(pk=each.pk, next_reminder_on__isnull=True)
                count += known.update(next_reminder_on=day)
    return count


def next_reminder_on(participant: Participant, version: ProgramVersion, on: date) -> date | None:
    """The first day after `on` on which there is something to say; None when there never is."""
    return _first_after(_all(participant, version), on)


def note_next_reminder(participant: Participant, version: ProgramVersion, on: date) -> None:
    """Set on the participant, not saved, when the clock looks at it next.

    What fell due and was not said yet is left to be said.
    """
    waits = participant.next_reminder_on
    if waits is None or waits > on:
        participant.next_reminder_on = next_reminder_on(participant, version, on)


def _all(participant: Participant, version: ProgramVersion) -> list[Reminder]:
    facts = certification_facts(participant)
    party = version.parties[participant.kind]
    return reminders(version.notices.values(), party, facts, audiences(participant))


def _first_after(known: Sequence[Reminder], on: date) -> date | None:
    return min((each.due_on for each in known if each.due_on > on), default=None)


def _is_newest(one: Reminder, fallen_due: Sequence[Reminder]) -> bool:
    """Whether nothing newer fell due about the same thing for the same people."""
    same = [
        each
        for each in fallen_due
        if each.notice.audience == one.notice.audience
        and REMINDED[each.notice.event] == REMINDED[one.notice.event]
    ]
    return one is same[-1]


def _say(
    reminder: Reminder,
    participant: Participant,
    version: ProgramVersion,
    by: Actor,
    at: datetime,
    *,
    is_newest: bool,
) -> int:
    last_day = reminder.event_on
    if reminder.notice.event == "certification_lapsed":
        last_day -= timedelta(days=1)
    occasion = Occasion(
        reminder.notice.event,
        reminder_key(reminder.event_on, reminder.offset),
        {"until": last_day.isoformat(), "offset": reminder.offset},
    )
    queued = tell_audience(reminder.notice, occasion, participant, version, by=by, at=at)
    if is_newest:
        return len(queued)
    for each in queued:
        notices.cancel(each, reason="a later reminder took its place", by=by, at=at)
    return 0
