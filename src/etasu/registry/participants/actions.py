"""Bringing participants in, and changing their standing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants import facts
from etasu.registry.participants.models import Certification, Membership, Participant, StepDone
from etasu.safe_use.certification import (
    CertificationFacts,
    certified_period,
    steps_complete_on,
)
from etasu.safe_use.program import Party, ProgramVersion


def register_participant(
    program: str, kind: str, name: str, *, by: Actor, at: datetime, **details: Any
) -> Participant:
    """A new participant, not yet certified."""
    with transaction.atomic():
        participant = Participant.objects.create(
            program=program,
            kind=kind,
            name=name,
            registered_at=at,
            registered_by=by.number,
            **details,
        )
        _note("participant.registered", participant, by, at, {"kind": kind})
    return participant


def record_step(
    participant: Participant,
    version: ProgramVersion,
    step: str,
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> Participant:
    """Note a certification step; the last one certifies from the day it was done.

    Raises KeyError for a step the program does not have.
    """
    party = version.parties[participant.kind]
    if step not in {each.code for each in party.steps}:
        raise KeyError(f"{participant.kind} has no certification step {step}")
    with transaction.atomic():
        locked = _locked(participant)
        StepDone.objects.create(
            participant=locked,
            step=step,
            done_on=on,
            program_version=version.label,
            recorded_at=at,
            recorded_by=by.number,
        )
        _note("participant.step_done", locked, by, at, {"step": step, "on": on.isoformat()})
        _certify_when_complete(locked, version, party, by, at)
        return refresh_standing(locked, version, by=by, at=at)


def suspend_participant(
    participant: Participant,
    *,
    since: date,
    until: date | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> Participant:
    """Suspend from one day, through another or until lifted. Every gate sees it at once."""
    return _change(
        participant,
        {"suspended_from": since, "suspended_until": until},
        ("participant.suspended", reason, by, at),
    )


def lift_suspension(
    participant: Participant, *, reason: str, by: Actor, at: datetime
) -> Participant:
    """End a suspension."""
    return _change(
        participant,
        {"suspended_from": None, "suspended_until": None},
        ("participant.suspension_lifted", reason, by, at),
    )


def decertify_participant(
    participant: Participant, *, on: date, reason: str, by: Actor, at: datetime
) -> Participant:
    """Take the certification away from that day on."""
    return _change(participant, {"decertified_on": on}, ("participant.decertified", reason, by, at))


def record_representative_left(
    participant: Participant, version: ProgramVersion, *, on: date, by: Actor, at: datetime
) -> Participant:
    """Note that the authorized representative left; the program's grace then runs."""
    with transaction.atomic():
        changed = _change(
            participant,
            {"representative_left_on": on},
            ("participant.representative_left", "", by, at),
        )
        return refresh_standing(changed, version, by=by, at=at)


def refresh_standing(
    participant: Participant, version: ProgramVersion, *, by: Actor, at: datetime
) -> Participant:
    """Compute the certification again from what is on record, and keep it on the participant.

    A stored period that differed is noted: the nightly recheck finds and repairs drift this way.
    """
    with transaction.atomic():
        locked = _locked(participant)
        period = _period(locked, version.parties[locked.kind])
        if period != (locked.certified_from, locked.certified_until):
            detail = {"from": str(period[0]), "until": str(period[1])}
            locked.certified_from, locked.certified_until = period
            _note("participant.standing_computed", locked, by, at, detail)
            locked.revision += 1
        locked.standing_as_of = at
        locked.save()
    return locked


def add_member(
    user: User,
    participant: Participant | None,
    role: str,
    *,
    program: str,
    by: Actor,
    at: datetime,
) -> Membership:
    """Let a person act for a participant, or for the program when there is none."""
    with transaction.atomic():
        membership = Membership.objects.create(
            user=user,
            participant=participant,
            program=program,
            role=role,
            began_at=at,
            began_by=by.number,
        )
        detail = {"role": role, "for": participant.number if participant else program}
        audit.record("member.added", subject=("user", user.number), by=by, at=at, detail=detail)
    return membership


def end_membership(membership: Membership, *, by: Actor, at: datetime) -> Membership:
    """Stop a person acting for a participant, at once."""
    with transaction.atomic():
        membership.ended_at, membership.ended_by = at, by.number
        membership.save(update_fields=["ended_at", "ended_by"])
        audit.record(
            "member.ended",
            subject=("user", membership.user.number),
            by=by,
            at=at,
            detail={"role": membership.role},
        )
    return membership


def _certify_when_complete(
    participant: Participant, version: ProgramVersion, party: Party, by: Actor, at: datetime
) -> None:
    done = facts.steps_done(participant)
    complete_on = steps_complete_on(party, done)
    newest = participant.certifications.order_by("-certified_from").first()
    since = newest.certified_from if newest else None
    # A renewal needs every renewing step again, so each must be newer than the last certification.
    if complete_on is None:
        return
    if since is not None and any(done[step.code] <= since for step in party.steps):
        return
    _, ends = certified_period(party, CertificationFacts(done, complete_on))
    Certification.objects.create(
        participant=participant,
        certified_from=complete_on,
        certified_until=ends,
        program_version=version.label,
        recorded_at=at,
        recorded_by=by.number,
    )
    _note(
        "participant.certified", participant, by, at, {"from": str(complete_on), "until": str(ends)}
    )
    if participant.representative_left_on is not None:
        # Every step was done again, so somebody new stands in for the one who left.
        participant.representative_left_on = None
        participant.save(update_fields=["representative_left_on"])


def _period(participant: Participant, party: Party) -> tuple[date | None, date | None]:
    return certified_period(party, facts.certification_facts(participant))


def _change(
    participant: Participant,
    changes: Mapping[str, Any],
    story: tuple[str, str, Actor, datetime],
) -> Participant:
    verb, reason, by, at = story
    with transaction.atomic():
        locked = _locked(participant)
        before = {key: str(getattr(locked, key)) for key in changes}
        for key, value in changes.items():
            setattr(locked, key, value)
        locked.revision += 1
        locked.save()
        after = {key: str(value) for key, value in changes.items()}
        _note(verb, locked, by, at, {"before": before, "after": after, "reason": reason})
    return locked


def _locked(participant: Participant) -> Participant:
    # Rows that only point at the participant may be written meanwhile; decisions may not.
    return Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)


def _note(
    verb: str, participant: Participant, by: Actor, at: datetime, detail: dict[str, Any]
) -> None:
    audit.record(verb, subject=("participant", participant.number), by=by, at=at, detail=detail)
