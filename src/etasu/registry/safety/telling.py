"""Telling safety staff what came in and what is due: numbers and days, nothing of what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from etasu.registry.accounts.access import SAFETY_REVIEWER
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.notices import actions as notices
from etasu.registry.participants.telling import program_people
from etasu.registry.safety.models import SafetyCase
from etasu.safe_use.program import ProgramVersion

REPORTED, DUE = "safety_reported", "safety_due"


def tell_received(case: SafetyCase, version: ProgramVersion, *, by: Actor, at: datetime) -> None:
    """Queue the message that a report came in, in the transaction that keeps it."""
    facts = {"case": case.number, "on": case.received_on.isoformat()}
    told = _messages(version, REPORTED, case, "received", facts)
    notices.queue_all(told, by=by, at=at)


def tell_due(
    due: Sequence[tuple[SafetyCase, date, int]],
    version: ProgramVersion,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Tell of cases with the day each is due and the days left; how many messages are new.

    Each case is told of once for each number of days left, less than none when it is late.
    """
    told = [
        each
        for case, due_on, days_left in due
        for each in _messages(
            version,
            DUE,
            case,
            f"due {due_on}, {days_left} left",
            {
                "case": case.number,
                "on": due_on.isoformat(),
                "count": days_left,
                "is_late": days_left < 0,
            },
        )
    ]
    return notices.queue_all(told, by=by, at=at)


def _messages(
    version: ProgramVersion,
    event: str,
    case: SafetyCase,
    occasion: str,
    facts: Mapping[str, object],
) -> Iterator[tuple[notices.Message, User]]:
    for notice in version.notices.values():
        if notice.event == event:
            message = notices.Message(
                program=case.program,
                program_version=version.label,
                code=notice.code,
                event=event,
                audience=notice.audience,
                subject=("safety_case", case.number),
                occasion=occasion,
                channels=notice.channels,
                facts=facts,
            )
            yield from ((message, person) for person in safety_people(case.program))


def safety_people(program: str) -> list[User]:
    """The safety staff of a program; its administrators where there is nobody."""
    found = program_people(program, SAFETY_REVIEWER)
    return list(found or program_people(program))
