"""What an operator does at a gate: look what it would answer, or ask it in a user's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations.actions import Given, answer_request
from etasu.registry.authorizations.answers import Asked, answer
from etasu.registry.authorizations.facts import for_gate, version_for
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.participants.facts import Asker, askers
from etasu.safe_use.authorization import decide
from etasu.safe_use.facts import read_facts
from etasu.safe_use.program import Gate

OPERATOR = Actor("platform", "operator")
USUAL_ZONE = "America/New_York"


def preview_request(
    request: AuthorizationRequest, *, by: Actor, at: datetime, time_zone: str = USUAL_ZONE
) -> dict[str, Any]:
    """The answer the gate would give, without a number: nothing is issued, no decision is kept.

    A past day is answered as if asked on that day, from what is on record now. A gate that the
    program does not have is a fault in the answer. Only the audit trail knows of the look. Raises
    BadRequest for an unknown program, patient or participant.
    """
    version = version_for(request)
    asker = Asker(by.number, "administrator", request.program, None, None, None, time_zone)
    with transaction.atomic():
        found = for_gate(request, version, asker, at)
        facts = read_facts(found.record)
        decided = decide(version, request.gate, facts)
        numbers = {kind: party.number for kind, party in found.parties.items()}
        asked = Asked(
            request.gate,
            found.patient.number,
            numbers.get("prescriber"),
            numbers.get("facility"),
            numbers.get("pharmacy"),
            at,
        )
        said = answer("", version, asked, facts, decided)
        on = request.planned_on.isoformat()
        audit.record(
            "gate.previewed",
            subject=("patient", found.patient.number),
            by=by,
            at=at,
            detail={"gate": request.gate, "on": on, "outcome": said["outcome"]},
        )
    return said


def ask_in_the_name_of(
    asker: Asker, request: AuthorizationRequest, *, by: Actor, at: datetime
) -> Given:
    """Ask the gate as that user would, and note who really did. Raises as `answer_request`."""
    with transaction.atomic():
        given = answer_request(request, by=asker, at=at)
        audit.record(
            "gate.asked_for_user",
            subject=("user", asker.user),
            by=by,
            at=at,
            detail={"decision": given.decision.number, "role": asker.role},
        )
    return given


def asker_for(email: str, request: AuthorizationRequest, gate: Gate) -> Asker | None:
    """The role in which that user may ask this gate; None without such a user or role.

    One who acts for a participant the request names comes before others.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    found = [
        each
        for each in (askers(user) if user else ())
        if each.program == request.program and each.role in (*gate.asked_by, "administrator")
    ]
    named = (request.facility, request.pharmacy)
    found.sort(key=lambda each: each.participant is None or each.participant not in named)
    return found[0] if found else None
