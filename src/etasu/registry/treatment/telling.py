"""Telling what becomes of a course: its end to the prescriber, vials that differ to the site."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.registry.participants import telling
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient

COURSE_ENDED, VIALS_DIFFER = "course_ended", "vials_differ"
_OCCASION = ("course", "outcome", "on")


def tell_course_ended(
    patient: Patient, course: int, *, on: date, outcome: str, by: Actor, at: datetime
) -> int:
    """Tell the prescriber, once for each way and day a course ends; how many messages are new."""
    facts = {"course": course, "on": on.isoformat(), "outcome": outcome}
    return _tell(COURSE_ENDED, patient.prescriber, patient, facts, by, at)


def tell_vials_differ(
    patient: Patient, course: int, facility: Participant, *, by: Actor, at: datetime
) -> int:
    """Tell the site that the vials of a course do not add up, once for each course."""
    return _tell(VIALS_DIFFER, facility, patient, {"course": course}, by, at)


def _tell(
    event: str,
    participant: Participant | None,
    patient: Patient,
    facts: dict[str, Any],
    by: Actor,
    at: datetime,
) -> int:
    if participant is None:
        return 0
    today = at.astimezone(ZoneInfo(participant.time_zone)).date()
    version = library.current().effective(participant.program, today)
    if version is None:
        return 0
    said = {"patient": patient.number, **facts}
    # A course that is taken up again and then ends anew is told of once more.
    key = " ".join(("course", *(str(facts[part]) for part in _OCCASION if part in facts)))
    occasion = telling.Occasion(event, key, said, ("patient", patient.number))
    return len(telling.tell(occasion, participant, version, by=by, at=at, knows=by.number))
