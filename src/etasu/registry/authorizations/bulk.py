"""Open authorizations another administrator gave, so that nobody has to ask again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import AT_ONCE, Told, insert_all, record_all
from etasu.registry.audit.numbers import new_number
from etasu.registry.audit.origins import Source
from etasu.registry.authorizations.answers import as_json
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.participants.models import Participant
from etasu.registry.patients.bulk import count_changes
from etasu.registry.patients.models import Patient
from etasu.safe_use.findings import Slot

# In place of a program version: no version here decided it, so it is never decided again.
ELSEWHERE = "carried over"


class AuthorizationToCarry(NamedTuple):
    """What the former administrator authorized. `parties` has facility and pharmacy if named."""

    patient: Patient
    gate: str
    slot: Slot
    parties: Mapping[str, Participant]
    names: tuple[str, ...]
    valid_from: date
    valid_until: date


def carry_over_authorizations(
    carried: Sequence[AuthorizationToCarry], source: Source, *, by: Actor, at: datetime
) -> list[Authorization]:
    """Each live, in its slot, on the days given there; its decision says who made it and no more.

    The gates of this platform were not asked, and the decision does not say that they were.
    """
    with transaction.atomic():
        count_changes({each.patient.pk for each in carried})
        decisions = [_decision(each, source, by, at) for each in carried]
        Decision.objects.bulk_create(decisions, batch_size=AT_ONCE)
        made = [_authorization(*pair) for pair in zip(carried, decisions, strict=True)]
        insert_all(made)
        record_all((_told(each, source) for each in made), by=by, at=at)
    return made


def slots_held(patients: Collection[Patient]) -> set[tuple[int, str, str]]:
    """The slots of these patients that are taken: the patient's id, the gate and the slot."""
    held = Authorization.objects.filter(patient__in=patients, holds_slot=True)
    return set(held.values_list("patient_id", "gate", "slot"))


def _decision(carried: AuthorizationToCarry, source: Source, by: Actor, at: datetime) -> Decision:
    number = new_number()
    patient = carried.patient
    return Decision(
        number=number,
        program=patient.program,
        program_version=ELSEWHERE,
        gate=carried.gate,
        outcome="authorized",
        patient=patient,
        prescriber=patient.prescriber,
        facility=carried.parties.get("facility"),
        pharmacy=carried.parties.get("pharmacy"),
        planned_on=carried.valid_from,
        course=carried.slot.course,
        facts=as_json({"on": carried.valid_from.isoformat(), "course": carried.slot.course}),
        answer=as_json(_answer(number, carried, source, at)),
        asked_at=at,
        asked_by=by.number,
        asked_role=by.role,
    )


def _answer(
    number: str, carried: AuthorizationToCarry, source: Source, at: datetime
) -> dict[str, Any]:
    patient, slot = carried.patient, carried.slot
    prescriber = patient.prescriber
    parties = {kind: party.number for kind, party in carried.parties.items()}
    return {
        "number": number,
        "outcome": "authorized",
        "program": patient.program,
        "program_version": ELSEWHERE,
        "gate": carried.gate,
        "patient": patient.number,
        "prescriber": prescriber.number if prescriber else None,
        "facility": parties.get("facility"),
        "pharmacy": parties.get("pharmacy"),
        "planned_on": carried.valid_from,
        "course": slot.course,
        "day": slot.day,
        "course_days": slot.course_days,
        "valid_from": carried.valid_from,
        "valid_until": carried.valid_until,
        "under_suspension": False,
        "asked_at": at,
        "findings": [_finding(carried, source)],
        "faults": [],
    }


def _finding(carried: AuthorizationToCarry, source: Source) -> dict[str, Any]:
    return {
        "code": "carried-over",
        "outcome": "met",
        "blocks": False,
        "observed": f"Authorized by {source.administrator} before the program came here.",
        "until": carried.valid_until,
        "required": "An authorization of the former administrator that was open on the day.",
        "how": "Nothing needs to be done.",
        "who_can_fix": "administrator",
        "source": source.reference or source.administrator,
        "verified": True,
        "severity": "block",
    }


def _authorization(carried: AuthorizationToCarry, decision: Decision) -> Authorization:
    slot = carried.slot
    return Authorization(
        decision=decision,
        number=decision.number,
        patient=carried.patient,
        gate=carried.gate,
        slot=slot.key,
        unit=slot.unit,
        course=slot.course,
        day=slot.day,
        course_days=slot.course_days,
        names={
            kind: party.number for kind, party in carried.parties.items() if kind in carried.names
        },
        valid_from=carried.valid_from,
        valid_until=carried.valid_until,
    )


def _told(authorization: Authorization, source: Source) -> Told:
    detail = {
        "authorization": authorization.number,
        "gate": authorization.gate,
        "slot": authorization.slot,
        "until": authorization.valid_until.isoformat(),
        **source.note(),
    }
    return Told("authorization.carried_over", "patient", authorization.patient.number, detail)
