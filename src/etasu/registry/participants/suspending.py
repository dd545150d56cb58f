"""Stopping a participant: suspensions, each kept, and taking a certification away.

The gates read one span from the participant. It covers every suspension that runs or comes, so
that no day of any of them ever reads as free; the nightly recheck narrows it as they end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.participants.changing import change, locked_row
from etasu.registry.participants.models import Participant, Suspension
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.safe_use.certification import Stopped, covering

# How long ahead a certification may be taken away: time to prepare, and none to forget it in.
DECERTIFY_WITHIN = timedelta(days=90)


class DayNotPossible(ValueError):
    """The day cannot be one on which a participant is stopped; `first` and `last` can."""

    def __init__(self, first: date, last: date | None = None) -> None:
        super().__init__(f"{first} to {last or 'any later day'}")
        self.first, self.last = first, last


def suspend_participant(
    participant: Participant,
    *,
    since: date,
    until: date | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> Participant:
    """Suspend from one day, through another or until lifted. Every gate sees it at once.

    Those that run or are to come already stay as they are.
    """
    with transaction.atomic():
        locked = _with_its_own(participant)
        Suspension.objects.create(
            participant=locked,
            since=since,
            until=until,
            reason=reason,
            suspended_at=at,
            suspended_by=by.number,
        )
        told = {"since": since, "through": until or "", **_planned(locked, since, at)}
        return _change(locked, ("participant.suspended", reason, by, at), told)


def lift_suspension(
    participant: Participant,
    *,
    reason: str,
    by: Actor,
    at: datetime,
    which: int | None = None,
) -> Participant:
    """End a suspension that runs or is to come; all of them when it is not said which."""
    with transaction.atomic():
        locked = _with_its_own(participant)
        found = suspensions_to_lift(locked, _today(locked, at))
        if which is not None:
            found = found.filter(pk=which)
        if not found.update(lifted_at=at, lifted_by=by.number, lifted_because=reason):
            return locked
        return _change(locked, ("participant.suspension_lifted", reason, by, at))


def decertify_participant(
    participant: Participant, *, on: date, reason: str, by: Actor, at: datetime
) -> Participant:
    """Take the certification away from that day on; until it comes, another day may be set."""
    story = ("participant.decertified", reason, by, at)
    return change(participant, {"decertified_on": on}, story, _planned(participant, on, at))


def take_back_decertification(
    participant: Participant, *, reason: str, by: Actor, at: datetime
) -> Participant:
    """Leave the certification as it is after all, while the day has not come; later, nothing."""
    with transaction.atomic():
        locked = locked_row(participant)
        if not may_take_back(locked, _today(locked, at)):
            return locked
        story = ("participant.decertification_taken_back", reason, by, at)
        return change(locked, {"decertified_on": None}, story, {"taken_back": "decertification"})


def may_take_back(participant: Participant, on: date) -> bool:
    """Whether the certification is to be taken away on a day that has not come yet."""
    return participant.decertified_on is not None and participant.decertified_on > on


def check_day_of_suspension(participant: Participant, since: date) -> None:
    """Raise DayNotPossible for a day on which the participant was not in the program yet."""
    zone = ZoneInfo(participant.time_zone)
    first = participant.registered_at.astimezone(zone).date()
    if participant.certified_from is not None:
        # One that was certified elsewhere before it came here could be suspended there too.
        first = min(first, participant.certified_from)
    if since < first:
        raise DayNotPossible(first)


def check_day_of_decertification(participant: Participant, on: date, at: datetime) -> None:
    """Raise DayNotPossible for a day that is over, or too far ahead."""
    today = _today(participant, at)
    if not today <= on <= today + DECERTIFY_WITHIN:
        raise DayNotPossible(today, today + DECERTIFY_WITHIN)


def suspensions_of(participant: Participant) -> QuerySet[Suspension]:
    """Every suspension there ever was, the newest first."""
    return participant.suspensions.order_by("-since", "-pk")


def suspensions_to_lift(participant: Participant, on: date) -> QuerySet[Suspension]:
    """The suspensions that run on the day or are to come, the earliest first."""
    found = participant.suspensions.filter(lifted_at__isnull=True)
    return found.filter(Q(until__isnull=True) | Q(until__gte=on)).order_by("since", "pk")


def span_now(participant: Participant, on: date) -> tuple[date | None, date | None]:
    """What the gates read about suspensions from that day on."""
    return span_of(participant, list(participant.suspensions.all()), on)


def span_of(
    participant: Participant, suspensions: Sequence[Suspension], on: date
) -> tuple[date | None, date | None]:
    """What the gates read, given every suspension of the participant.

    One brought over with its standing has what it came with, until somebody changes it here.
    """
    if not suspensions:
        return participant.suspended_from, participant.suspended_until
    known = [Stopped(each.since, each.until) for each in suspensions if each.lifted_at is None]
    span = covering(known, on)
    return (span.since, span.until) if span else (None, None)


def _change(
    locked: Participant,
    story: tuple[str, str, Actor, datetime],
    told: Mapping[str, object] | None = None,
) -> Participant:
    since, until = span_now(locked, day_of_the_clock(story[3]))
    changes = {"suspended_from": since, "suspended_until": until}
    return change(locked, changes, story, told)


def _with_its_own(participant: Participant) -> Participant:
    """The participant held, with a suspension it was brought over with written down."""
    locked = locked_row(participant)
    if locked.suspended_from is not None and not locked.suspensions.exists():
        Suspension.objects.create(
            participant=locked,
            since=locked.suspended_from,
            until=locked.suspended_until,
            suspended_at=locked.standing_as_of or locked.registered_at,
            suspended_by=PLATFORM.number,
        )
    return locked


def _planned(participant: Participant, day: date, at: datetime) -> dict[str, str]:
    """What a message says when the day is yet to come."""
    return {"planned": "yes"} if day > _today(participant, at) else {}


def _today(participant: Participant, at: datetime) -> date:
    return at.astimezone(ZoneInfo(participant.time_zone)).date()
