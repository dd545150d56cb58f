"""Where results come in: messages in, one outcome for each, kept before anybody is answered.

A batch is one transaction and a fixed number of questions to the database, however many messages
it has. Whatever breaks on one message is tried without its neighbors.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import OperationalError, transaction
from psycopg.errors import ProgramLimitExceeded

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.away import AWAY
from etasu.registry.audit.round_trips import round_trip
from etasu.registry.monitoring.ahead import ask_ahead, people_now
from etasu.registry.monitoring.apart import place_all
from etasu.registry.monitoring.keeping import Numbers
from etasu.registry.monitoring.matching import Finding, Match
from etasu.registry.monitoring.on_record import OnRecord
from etasu.registry.monitoring.planning import (
    DUPLICATE_KEY,
    Planned,
    asked_of,
    plan,
    refused,
)
from etasu.registry.monitoring.received import Answer, ItemOutcome, Kept, Outcome, Received
from etasu.registry.monitoring.replacing import Overtaken
from etasu.registry.monitoring.senders import TOKEN, Known, senders
from etasu.registry.monitoring.sending import (
    FORMER,
    Former,
    Incoming,
    former,
    former_asked,
    incoming,
)
from etasu.registry.monitoring.taking_in import TakingIn
from etasu.safe_use.signals import Limits

__all__ = [
    "AWAY",
    "Answer",
    "ItemOutcome",
    "Kept",
    "Outcome",
    "Received",
    "receive",
    "receive_all",
]

_log = structlog.get_logger("etasu.intake")
_TRIES = 3
NOT_TAKEN_IN = "The message could not be taken in. It is kept as it came."


class TooLong(ValueError):
    """Something in a message is longer than the database can look up."""


class SendersChanged(Exception):
    """What messages are judged by is not what this process knew; nothing was kept."""


def receive(one: Received, *, by: Actor, at: datetime) -> Outcome:
    """What became of one message."""
    return receive_all([one], by=by, at=at)[0]


def receive_all(messages: Sequence[Received], *, by: Actor, at: datetime) -> list[Outcome]:
    """What became of each message, in order; all of it is durable when this returns.

    Many at once are one transaction, and one that cannot be kept does not harm its neighbors.
    """
    try:
        return _together(messages, by=by, at=at)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever one message breaks, the others are kept
        _log.error("batch_broke", kind=type(error).__qualname__, messages=len(messages))
        return [_alone(each, by=by, at=at) for each in messages]


def _alone(one: Received, *, by: Actor, at: datetime) -> Outcome:
    for _ in range(_TRIES):
        try:
            return _together([one], by=by, at=at)[0]
        except Overtaken:
            continue
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - it is kept as it came, for somebody to look at
            _log.error("message_broke", kind=type(error).__qualname__)
            break
    bare = one._replace(message=None, trouble=NOT_TAKEN_IN)
    return _together([bare], by=by, at=at)[0]._replace(error="207")


def _together(messages: Sequence[Received], *, by: Actor, at: datetime) -> list[Outcome]:
    known = Known(senders(), at)
    for _ in range(_TRIES):
        try:
            return _judged_by(known, messages, by=by)
        except SendersChanged:
            known = Known(senders(anew=True), at)
    return _judged_by(known, messages, by=by)


def _judged_by(known: Known, messages: Sequence[Received], *, by: Actor) -> list[Outcome]:
    try:
        return _kept(known, messages, by=by)
    except OperationalError as error:
        # The database is there: what it was given is too long for one of its indexes.
        if isinstance(error.__cause__, ProgramLimitExceeded):
            raise TooLong from error
        raise


def _kept(known: Known, messages: Sequence[Received], *, by: Actor) -> list[Outcome]:
    with transaction.atomic():
        came = incoming(messages, known.senders)
        outcomes: dict[int, Outcome] = {}
        waves = _waves(came)
        for number, wave in enumerate(waves, 1):
            these = [(place, came[place]) for place in wave]
            outcomes |= _wave(these, known, number == len(waves), by=by)
    return [outcomes[place] for place in range(len(messages))]


def _waves(came: Sequence[Incoming]) -> list[list[int]]:
    """The places of the messages, in order; those that speak of the same come one after another.

    What is corrected or taken back may be anything its sender said before.
    """
    waves: list[list[int]] = []
    last: dict[tuple[str, ...], int] = {}
    for place, each in enumerate(came):
        keys = each.repeats()
        after = (*keys, (each.sender,)) if each.speaks_of_another() else keys
        wave = max((last.get(key, -1) for key in after), default=-1) + 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append(place)
        for key in keys:
            last[key] = wave
        last[each.sender,] = max(wave, last.get((each.sender,), -1))
    return waves


def _wave(
    came: Sequence[tuple[int, Incoming]], known: Known, is_last: bool, *, by: Actor
) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    planned: list[tuple[int, Planned]] = []
    messages = [one for _, one in came]
    numbers = _foreseen(messages)
    asked = _asked(messages, known, numbers)
    for (place, each), judged, before, matches in zip(
        came, asked.judged, asked.before, asked.matches, strict=True
    ):
        if before is None:
            place_all(judged, matches)
            planned.append((place, judged))
        elif before.is_same:
            outcomes[place] = Outcome(before.answer, is_repeat=True, reference=before.number)
        else:
            said = "Another message came under this control ID."
            reused = refused(each, "control-id-reused", Answer.ERROR, DUPLICATE_KEY, said)
            planned.append((place, reused))
    these = [each for _, each in planned]
    taking_in = TakingIn(
        these,
        known,
        by=by,
        is_last=is_last,
        spoken_of=asked.spoken_of,
        numbers=numbers,
        ahead=asked.ahead,
    )
    taking_in.keep()
    return outcomes | {place: each.outcome() for place, each in planned}


def _foreseen(messages: Sequence[Incoming]) -> Numbers:
    """As many numbers as it takes to keep all of them."""
    said = [each.received.message for each in messages]
    reports = sum(len(each.reports) for each in said if each is not None)
    return Numbers(len(messages), reports, sum(each.items for each in messages))


class _Asked(NamedTuple):
    """For each message what it says, the one that came before, and whom its reports are about.

    With them, the keys of the reports that were spoken of before, and what is on record of whoever
    they may be about.
    """

    judged: list[Planned]
    before: list[Former | None]
    matches: list[list[Match]]
    spoken_of: set[str]
    ahead: dict[Limits, OnRecord]


def _asked(messages: Sequence[Incoming], known: Known, numbers: Numbers) -> _Asked:
    """What has to be known of messages, and the `numbers`; they are judged in the meantime.

    It is asked after the patients are locked, so that nobody says more of them meanwhile.
    """
    asked = [asked_of(each) for each in messages]
    finding = Finding([one for each in asked for one in each])
    with round_trip() as trip:
        token = trip.ask(TOKEN)
        numbers.ask(trip)
        finding.ask(trip)
        earlier = trip.ask(FORMER, *former_asked(messages))
        # After the patients are locked, and before anybody knows who they are.
        ahead = ask_ahead(trip, messages, asked, known)
        trip.send()
        judged = [plan(each, known) for each in messages]
    if token.fetchone()[0] != known.senders.token:
        raise SendersChanged
    numbers.take()
    matches = iter(finding.matches())
    if not people_now(ahead) <= finding.people():
        # While a patient was waited for, two records became one, or one became two.
        raise Overtaken
    before, spoken_of = former(messages, earlier.fetchall())
    matched = [[next(matches) for _ in each] for each in asked]
    return _Asked(judged, before, matched, spoken_of, ahead)
