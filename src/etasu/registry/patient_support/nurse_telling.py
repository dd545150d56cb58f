"""Telling nurses, administrators and prescribers what waits on the line: numbers, and no words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from etasu.registry.accounts.access import ADMINISTRATOR, PRESCRIBER, SUPPORT_NURSE
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.notices import actions as notices
from etasu.registry.participants.telling import people_in, program_people
from etasu.registry.patient_support.nurse_facts import Waiting, late_by, told_first
from etasu.registry.patient_support.nurse_models import Callback, LineMessage, PossibleEvent
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.safe_use.nurse_line import NurseLine
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.rota import Gap

Late = Callback | LineMessage | PossibleEvent
WROTE, CALL, LATE = "patient_wrote", "callback_asked", "line_late"
UNCOVERED, EVENT_TOLD = "rota_uncovered", "event_told_to_nurse"


class _About(NamedTuple):
    """What a message is about, and what makes it the same one."""

    version: ProgramVersion
    subject: tuple[str, str]
    occasion: str


def tell_waiting(
    event: str,
    patient: Patient,
    number: str,
    version: ProgramVersion,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Tell that a patient waits: their own nurse or whoever is on duty, else everybody there is."""
    line = version.nurse_line
    people = told_first(patient, line, at) if line is not None else []
    _queue(
        event,
        _with_role(people, SUPPORT_NURSE) or _everybody(patient.program),
        _About(version, ("patient", patient.number), number),
        {"patient": patient.number},
        by=by,
        at=at,
    )


def tell_late(
    late: Sequence[Late],
    version: ProgramVersion,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Tell every nurse and administrator of what waits too long, once each; how many are new."""
    told = 0
    for each in late:
        patient = answered_for(each.patient)
        told += _queue(
            LATE,
            _everybody(patient.program),
            _About(version, ("patient", patient.number), each.number),
            {"patient": patient.number, "kind": type(each).__name__},
            by=by,
            at=at,
        )
    return told


def tell_uncovered(gaps: Sequence[Gap], version: ProgramVersion, *, by: Actor, at: datetime) -> int:
    """Tell administrators and nurses of hours without anybody on duty; how many are new.

    The same hours are told of once, and again as soon as they are others.
    """
    if not gaps:
        return 0
    spans = [[each.begins.isoformat(), each.ends.isoformat()] for each in gaps]
    program = version.program.code
    digest = sha256(repr(spans).encode()).hexdigest()
    hours = sum(each.hours for each in gaps)
    return _queue(
        UNCOVERED,
        _everybody(program),
        _About(version, ("program", program), f"gaps {digest[:16]}"),
        {"gaps": spans, "until": spans[0][0], "count": f"{hours:g}"},
        by=by,
        at=at,
    )


def tell_prescriber(
    event: PossibleEvent, version: ProgramVersion, *, by: Actor, at: datetime
) -> None:
    """Tell whoever prescribes that a nurse was told of a side effect, and its case.

    Where nobody acts for the prescriber, the nurses and administrators hear of it, and call.
    """
    patient = answered_for(event.patient)
    prescriber = patient.prescriber
    people = people_in(prescriber, PRESCRIBER) if prescriber is not None else ()
    _queue(
        EVENT_TOLD,
        _with_role(people, PRESCRIBER) or _everybody(patient.program),
        _About(version, ("patient", patient.number), event.number),
        {"patient": patient.number, "case": event.case}
        | ({"participant": prescriber.number} if prescriber is not None else {}),
        by=by,
        at=at,
    )


def late_of(waiting: Waiting, line: NurseLine, at: datetime) -> list[Late]:
    """What waits longer than it may: a call that was promised, a message, a question."""
    allowed = late_by(line)
    return [
        *(each for each in waiting.callbacks if each.ends < at),
        *(each for each in waiting.messages if each.sent_at + allowed < at),
        *(each for each in waiting.events if each.heard_at + allowed < at),
    ]


def _everybody(program: str) -> list[tuple[str, User]]:
    """Every nurse and every administrator of the program, each once."""
    found = _with_role(program_people(program, SUPPORT_NURSE), SUPPORT_NURSE)
    there = {person.number for _, person in found}
    others = _with_role(program_people(program), ADMINISTRATOR)
    return found + [each for each in others if each[1].number not in there]


def _with_role(people: Iterable[User], role: str) -> list[tuple[str, User]]:
    return [(role, person) for person in people]


def _queue(
    event: str,
    people: Sequence[tuple[str, User]],
    about: _About,
    facts: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
) -> int:
    told = [
        (
            notices.Message(
                program=about.version.program.code,
                program_version=about.version.label,
                code=event.replace("_", "-"),
                event=event,
                audience=role,
                subject=about.subject,
                occasion=about.occasion,
                channels=(notices.PORTAL, notices.EMAIL),
                facts=facts,
            ),
            person,
        )
        for role, person in people
    ]
    return notices.queue_all(told, by=by, at=at)
