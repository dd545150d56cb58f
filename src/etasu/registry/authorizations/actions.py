"""Asking a gate, and what becomes of an authorization."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from time import sleep
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.numbers import new_number
from etasu.registry.authorizations import facts as gate_facts
from etasu.registry.authorizations.answers import Asked, answer, as_json, outcome_of
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.authorizations.requests import AuthorizationRequest, check_request
from etasu.registry.authorizations.slots import keeps_slot
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.revisions import ParticipantsChanging, hold_still
from etasu.registry.patients.facts import patient_by_number
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import records_behind
from etasu.registry.patients.revisions import lock_patient, note_change
from etasu.safe_use.authorization import decide
from etasu.safe_use.facts import read_facts
from etasu.safe_use.findings import Authorized
from etasu.safe_use.findings import Decision as SafeUseDecision

# How long a question asked by mistake can be undone by whoever asked it.
UNDO_WITHIN = timedelta(minutes=15)
# Losing a race means the facts changed: the gate is asked again on the new ones.
TRIES = 5
_SECONDS_BETWEEN_TRIES = (0.01, 0.02, 0.05, 0.1, 0.2)


class Given(NamedTuple):
    """A decision as stored, with the answer for the reader."""

    decision: Decision
    said: dict[str, Any]


class Busy(Exception):
    """The facts kept changing while the gate was asked; nothing was stored."""


def answer_request(request: AuthorizationRequest, *, by: Asker, at: datetime) -> Given:
    """Ask the gate and keep the answer, its facts, its number and the audit entry, or nothing.

    Raises BadRequest for a question that cannot be asked, Busy when it could not be settled.
    """
    version = gate_facts.version_for(request)
    check_request(request, version.gates.get(request.gate), by, at)
    for seconds in _SECONDS_BETWEEN_TRIES:
        try:
            with transaction.atomic():
                return _answer(request, by, at)
        except ParticipantsChanging:
            sleep(seconds)
        except IntegrityError as error:
            if "a_slot_is_authorized_once" not in str(error):
                raise
    raise Busy


def _answer(request: AuthorizationRequest, by: Asker, at: datetime) -> Given:
    patient = patient_by_number(request.patient, request.program)
    if patient is not None:
        lock_patient(patient)
    version = gate_facts.version_for(request)
    found = gate_facts.for_gate(request, version, by, at)
    hold_still(found.parties.values())
    facts = read_facts(found.record)
    decided = decide(version, request.gate, facts)
    number = new_number()
    numbers = {kind: party.number for kind, party in found.parties.items()}
    asked = Asked(
        request.gate,
        found.patient.number,
        numbers.get("prescriber"),
        numbers.get("facility"),
        numbers.get("pharmacy"),
        at,
    )
    said = answer(number, version, asked, facts, decided)
    kept = Decision.objects.create(
        number=number,
        program=request.program,
        program_version=version.label,
        gate=request.gate,
        outcome=outcome_of(decided),
        patient=found.patient,
        prescriber=found.parties.get("prescriber"),
        facility=found.parties.get("facility"),
        pharmacy=found.parties.get("pharmacy"),
        planned_on=request.planned_on,
        course=facts.course,
        facts=as_json(found.record),
        answer=as_json(said),
        asked_at=at,
        asked_by=by.user,
        asked_role=by.role,
        asked_for_id=by.participant_id,
    )
    _authorize(kept, found, decided, by, at)
    audit.record(
        "gate.answered",
        subject=("patient", found.patient.number),
        by=Actor(by.user, by.role),
        at=at,
        detail={"decision": number, "gate": request.gate, "outcome": kept.outcome},
    )
    return Given(kept, said)


def _authorize(
    kept: Decision,
    found: gate_facts.GateInput,
    decided: SafeUseDecision,
    by: Asker,
    at: datetime,
) -> None:
    if not isinstance(decided, Authorized) or decided.slot is None or found.gate is None:
        return
    slot = decided.slot
    expire_lapsed(
        found.patient,
        found.gate.code,
        slot.key,
        on=kept.planned_on,
        by=Actor(by.user, by.role),
        at=at,
    )
    Authorization.objects.create(
        decision=kept,
        number=kept.number,
        patient=found.patient,
        gate=found.gate.code,
        slot=slot.key,
        unit=slot.unit,
        course=slot.course,
        day=slot.day,
        course_days=slot.course_days,
        names={k: found.parties[k].number for k in found.gate.names if k in found.parties},
        valid_from=decided.valid_from,
        valid_until=decided.valid_until,
    )


def expire_lapsed(
    patient: Patient, gate: str, slot: str, *, on: date, by: Actor, at: datetime
) -> int:
    """Close live authorizations of a slot that are past their last day; how many there were.

    An infusion day keeps its slot: a day authorized and not accounted for stays spent.
    """
    lapsed = Authorization.objects.filter(
        patient__in=records_behind(patient),
        gate=gate,
        slot=slot,
        state="live",
        valid_until__lt=on,
    )
    for known in lapsed.select_for_update():
        _close(known, "expired", "past its last day", by, at)
    used = Authorization.objects.filter(
        patient__in=records_behind(patient),
        gate=gate,
        slot=slot,
        state="used",
        course__isnull=True,
        holds_slot=True,
        valid_until__lt=on,
    )
    for known in used.select_for_update():
        known.holds_slot = False
        known.save(update_fields=["holds_slot"])
        _note_closed(known, "slot_freed", "past its last day", by, at)
    return len(lapsed)


def expire_past(patients: Collection[int], *, on: date, by: Actor, at: datetime) -> int:
    """Close these patients' live authorizations whose last day is before `on`; how many.

    A patient somebody else is changing right now is left for the next time.
    """
    with transaction.atomic():
        free = Patient.objects.select_for_update(skip_locked=True).filter(pk__in=patients)
        past = Authorization.objects.select_for_update(of=("self",)).filter(
            patient__in=list(free.order_by("pk")), state="live", valid_until__lt=on
        )
        found = list(past.select_related("patient").order_by("pk"))
        for known in found:
            _close(known, "expired", "past its last day", by, at)
    return len(found)


def use_authorization(number: str, *, by: Actor, at: datetime) -> Authorization | None:
    """Mark an authorization used; None when there is none of that number to use.

    One that lapsed before its use was written down is used all the same. It takes its slot again
    unless another authorization was given for it since.
    """
    return _close_by_number(number, "used", "used", by, at)


def reverse_authorization(
    number: str, *, reason: str, by: Actor, at: datetime
) -> Authorization | None:
    """Take back a live authorization that was not used; its slot is free again."""
    return _close_by_number(number, "reversed", reason, by, at)


def undo_authorization(
    number: str, *, reason: str, by: Asker, at: datetime
) -> Authorization | None:
    """Take back an authorization the asker's participant asked for a quarter of an hour ago.

    None when it is older, no longer live, or somebody else's.
    """
    found = gate_facts.authorization_to_take_back(number, by)
    if found is None or at - found.decision.asked_at > UNDO_WITHIN:
        return None
    return reverse_authorization(number, reason=reason, by=Actor(by.user, by.role), at=at)


def _close_by_number(
    number: str, state: str, reason: str, by: Actor, at: datetime
) -> Authorization | None:
    with transaction.atomic():
        found = Authorization.objects.filter(number=number).select_related("patient").first()
        if found is None:
            return None
        lock_patient(found.patient)
        closable = ["live", "expired"] if state == "used" else ["live"]
        locked = Authorization.objects.select_for_update()
        known = locked.filter(state__in=closable, pk=found.pk).first()
        if known is not None:
            _close(known, state, reason, by, at)
        return known


def _close(known: Authorization, state: str, reason: str, by: Actor, at: datetime) -> None:
    known.state, known.closed_at = state, at
    known.closed_by, known.closed_reason = by.number, reason
    known.holds_slot = keeps_slot(known.unit, state) and not _another_holds_slot(known)
    known.save(update_fields=["state", "closed_at", "closed_by", "closed_reason", "holds_slot"])
    _note_closed(known, state, reason, by, at)


def _note_closed(known: Authorization, verb: str, reason: str, by: Actor, at: datetime) -> None:
    note_change(known.patient)
    audit.record(
        f"authorization.{verb}",
        subject=("patient", known.patient.number),
        by=by,
        at=at,
        detail={"authorization": known.number, "reason": reason},
    )


def _another_holds_slot(known: Authorization) -> bool:
    same = Authorization.objects.filter(patient=known.patient, gate=known.gate, slot=known.slot)
    return same.filter(holds_slot=True).exclude(pk=known.pk).exists()
