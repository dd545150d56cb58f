"""Telling those concerned what happened to a patient: what a gate answered, and what ended.

Gates are asked through several doors, one of which writes everything in a single statement. So
that no door can forget, and none is slowed down, the clock follows the audit trail, in which every
answer stands beside the decision itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.following import Followed
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.notices.following import follow
from etasu.registry.participants import telling
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.requirements import AuthorizedBy

ANSWERS = {"authorized": "authorization_granted", "not_authorized": "authorization_refused"}
# What else the trail says of a patient, and the event of the program it is.
EVENTS = {
    "authorization.expired": "authorization_expired",
    "hold.closed": "hold_closed",
    "patient.enrolled": "patient_enrolled",
}


def announce(*, at: datetime) -> int:
    """Tell what the trail says since the last time; how many messages were queued."""

    def deal(entry: Followed) -> int:
        return _announce(entry, at)

    return follow("announcer", ["gate.answered", *EVENTS], deal, at=at)


def tell_of_patient(
    event: str, patient: Patient, *, key: str, facts: dict[str, Any], by: Actor, at: datetime
) -> int:
    """Tell those who treat the patient now: the prescriber, and where something is authorized.

    Call it in the transaction of what happened, before authorizations are taken back.
    """
    return _tell(event, patient, _concerned(patient), (key, facts), by, at)


def _announce(entry: Followed, at: datetime) -> int:
    by = Actor(entry.actor, entry.role)
    if entry.verb == "gate.answered":
        return _announce_answer(entry, by, at)
    patient = Patient.objects.filter(number=entry.subject).first()
    if patient is None:
        return 0
    concerned = _concerned(patient)
    facts = {"patient": patient.number}
    if number := entry.detail.get("authorization"):
        known = Authorization.objects.filter(number=number).select_related("decision").first()
        if known is None or not is_step(known.decision):
            return 0
        concerned = _named(known.decision)
        facts |= {"authorization": number, "until": known.valid_until.isoformat()}
    key = f"{entry.verb} {entry.at}"
    return _tell(EVENTS[entry.verb], patient, concerned, (key, facts), by, at)


def _announce_answer(entry: Followed, by: Actor, at: datetime) -> int:
    event = ANSWERS.get(entry.detail.get("outcome", ""))
    decision = Decision.objects.filter(number=entry.detail.get("decision")).first()
    if event is None or decision is None or decision.patient is None or not is_step(decision):
        return 0
    facts: dict[str, Any] = {
        "patient": decision.patient.number,
        "decision": decision.number,
        "course": decision.course,
        "planned_on": decision.planned_on.isoformat(),
    }
    found = Authorization.objects.filter(decision=decision).first()
    if found is not None:
        facts |= {"authorization": found.number, "until": found.valid_until.isoformat()}
    story = (decision.number, facts)
    return _tell(event, decision.patient, _named(decision), story, by, at)


def is_step(decision: Decision) -> bool:
    """Whether another gate asks for what this one authorizes: what others then build on.

    An infusion day or a fill is asked for by whoever uses it at once, and is news to nobody.
    """
    version = library.current().version(decision.program, decision.program_version)
    gates = version.gates.values() if version else ()
    return any(
        isinstance(requirement, AuthorizedBy) and requirement.gate == decision.gate
        for gate in gates
        for requirement in gate.requirements
    )


def _named(decision: Decision) -> list[Participant]:
    found = (decision.prescriber, decision.facility, decision.pharmacy)
    return [each for each in found if each is not None]


def _concerned(patient: Patient) -> list[Participant]:
    live = Authorization.objects.filter(patient=patient, state="live").values_list("names")
    numbers = {number for (names,) in live for number in names.values()}
    named = Participant.objects.filter(number__in=numbers, program=patient.program)
    first = patient.prescriber
    others = (named.exclude(pk=first.pk) if first else named).order_by("pk")
    return [*([first] if first else []), *others]


def _tell(
    event: str,
    patient: Patient,
    concerned: Iterable[Participant],
    story: tuple[str, dict[str, Any]],
    by: Actor,
    at: datetime,
) -> int:
    key, facts = story
    occasion = telling.Occasion(event, key, facts, ("patient", patient.number))
    told = 0
    for each in concerned:
        version = _version(each, at)
        if version is not None:
            # Whoever did it knows already.
            queued = telling.tell(occasion, each, version, by=by, at=at, knows=by.number)
            told += len(queued)
    return told


def _version(participant: Participant, at: datetime) -> ProgramVersion | None:
    on = at.astimezone(ZoneInfo(participant.time_zone)).date()
    return library.current().effective(participant.program, on)
