"""Bringing participants in, and changing their standing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants import (
    certificates,
    facts,
    reminders,
    sites,
    succession,
    telling,
)
from etasu.registry.participants.changing import change, locked_row, note
from etasu.registry.participants.models import Certification, Membership, Participant, StepDone
from etasu.registry.participants.suspending import decertify_participant as decertify_participant
from etasu.registry.participants.suspending import lift_suspension as lift_suspension
from etasu.registry.participants.suspending import span_now
from etasu.registry.participants.suspending import suspend_participant as suspend_participant
from etasu.registry.participants.suspending import (
    take_back_decertification as take_back_decertification,
)
from etasu.safe_use.certification import certified_period, next_certification
from etasu.safe_use.program import Party, ProgramVersion, StepKind
from etasu.safe_use.renewal import complete_on

# What a representative does in person, and so does again whoever comes next. Naming them is the
# organization's part.
_REPRESENTATIVES_OWN = (StepKind.REGISTER, StepKind.REVIEW, StepKind.ASSESS, StepKind.SIGN)


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
        note("participant.registered", participant, {"kind": kind}, by=by, at=at)
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
        locked = locked_row(participant)
        StepDone.objects.create(
            participant=locked,
            step=step,
            done_on=on,
            program_version=version.label,
            recorded_at=at,
            recorded_by=by.number,
        )
        note("participant.step_done", locked, {"step": step, "on": on.isoformat()}, by=by, at=at)
        _certify_when_complete(locked, version, party, by, at)
        _end_grace(locked, party, by, at)
        return refresh_standing(locked, version, by=by, at=at)


def let_in(participant: Participant, *, on: date, by: Actor, at: datetime) -> Participant:
    """End the review of a newcomer who is none of those on record.

    With every step done already, it is certified from that day.
    """
    with transaction.atomic():
        locked = locked_row(participant)
        locked.in_review, locked.reviewed_on = False, on
        locked.revision += 1
        locked.save()
        version = library.current().effective(locked.program, on)
        party = version.parties.get(locked.kind) if version else None
        if version is None or party is None:
            return locked
        _certify_when_complete(locked, version, party, by, at)
        return refresh_standing(locked, version, by=by, at=at)


def record_representative_left(
    participant: Participant, version: ProgramVersion, *, on: date, by: Actor, at: datetime
) -> Participant:
    """Note that the authorized representative left; the program's grace then runs."""
    with transaction.atomic():
        changed = change(
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
        locked = locked_row(participant)
        period = _period(locked, version.parties[locked.kind])
        if period != (locked.certified_from, locked.certified_until):
            detail = {"from": str(period[0]), "until": str(period[1])}
            locked.certified_from, locked.certified_until = period
            note("participant.standing_computed", locked, detail, by=by, at=at)
            locked.revision += 1
        stopped = span_now(locked, reminders.day_of_the_clock(at))
        if stopped != (locked.suspended_from, locked.suspended_until):
            detail = {"suspended_from": str(stopped[0]), "suspended_until": str(stopped[1])}
            locked.suspended_from, locked.suspended_until = stopped
            note("participant.standing_computed", locked, detail, by=by, at=at)
            locked.revision += 1
        reminders.note_next_reminder(locked, version, reminders.day_of_the_clock(at))
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
    for_all_sites: bool = False,
) -> Membership:
    """Let a person act for a participant, or for the program when there is none.

    A representative may act for all sites of the participant's organization.
    """
    with transaction.atomic():
        membership = Membership.objects.create(
            user=user,
            participant=participant,
            program=program,
            role=role,
            for_all_sites=for_all_sites,
            began_at=at,
            began_by=by.number,
        )
        detail = {"role": role, "for": participant.number if participant else program}
        detail |= {"sites": "all"} if for_all_sites else {}
        audit.record("member.added", subject=("user", user.number), by=by, at=at, detail=detail)
    return membership


def end_membership(membership: Membership, *, by: Actor, at: datetime) -> Membership:
    """Stop a person acting for a participant, at once; one already ended stays as it is.

    Where nobody is left who represents a site and has signed for it, the program's grace begins.
    """
    with transaction.atomic():
        kept = _locked_membership(membership)
        if kept.ended_at is not None:
            return kept
        # Held, so that of two who leave at once one is seen to be the last.
        covered = list(sites.covered_by(kept).select_for_update(no_key=True))
        alone = succession.without(kept, covered) if covered else []
        _close(kept, by, at)
        _begin_grace(alone, by, at)
    return kept


def widen_membership(membership: Membership, *, by: Actor, at: datetime) -> Membership:
    """Let a representative of one site act for all sites of its organization, from this moment."""
    with transaction.atomic():
        kept = _locked_membership(membership)
        if kept.ended_at is not None or kept.for_all_sites:
            return kept
        _close(kept, by, at)
        return add_member(
            kept.user,
            kept.participant,
            kept.role,
            program=kept.program,
            for_all_sites=True,
            by=by,
            at=at,
        )


def _locked_membership(membership: Membership) -> Membership:
    kept = Membership.objects.select_related("user", "participant")
    return kept.select_for_update(of=("self",), no_key=True).get(pk=membership.pk)


def _close(membership: Membership, by: Actor, at: datetime) -> None:
    membership.ended_at, membership.ended_by = at, by.number
    membership.save(update_fields=["ended_at", "ended_by"])
    audit.record(
        "member.ended",
        subject=("user", membership.user.number),
        by=by,
        at=at,
        detail={"role": membership.role},
    )


def _begin_grace(alone: Iterable[Participant], by: Actor, at: datetime) -> None:
    """Note of each site with a standing to lose that its representative left."""
    for site in alone:
        on = at.astimezone(ZoneInfo(site.time_zone)).date()
        version = library.current().effective(site.program, on)
        party = version.parties.get(site.kind) if version else None
        begun = site.certified_from is not None and site.representative_left_on is None
        if version is not None and party is not None and party.has_representative and begun:
            record_representative_left(site, version, on=on, by=by, at=at)


def _end_grace(participant: Participant, party: Party, by: Actor, at: datetime) -> None:
    """End the grace once the next representative has done a representative's part, in time.

    Who comes after the grace finds the standing gone: every step is to be done again.
    """
    left_on = participant.representative_left_on
    if left_on is None or not sites.representatives_of(participant).exists():
        return
    grace = party.representative_grace
    last = (grace.after(left_on) if grace else left_on) - timedelta(days=1)
    done = facts.steps_done(participant)
    theirs = [done.get(step.code) for step in party.steps if step.kind in _REPRESENTATIVES_OWN]
    if all(day is not None and left_on <= day <= last for day in theirs):
        participant.representative_left_on = None
        participant.save(update_fields=["representative_left_on"])
        note("participant.representative_replaced", participant, {}, by=by, at=at)


def _certify_when_complete(
    participant: Participant, version: ProgramVersion, party: Party, by: Actor, at: datetime
) -> None:
    known = facts.certification_facts(participant)
    done_on = complete_on(party, known)
    if done_on is None:
        return
    given = next_certification(party, known, done_on)
    certification = Certification.objects.create(
        participant=participant,
        certified_from=given.begins,
        certified_until=given.ends,
        unbroken_since=given.since,
        program_version=version.label,
        recorded_at=at,
        recorded_by=by.number,
    )
    detail = {"from": str(given.begins), "until": str(given.ends)}
    note("participant.certified", participant, detail, by=by, at=at)
    certificates.issue(certification, by=by, at=at)
    telling.certified(certification, version, by=by, at=at)
    if participant.representative_left_on is not None:
        # All a representative does was done again, so somebody new stands in for the one who left.
        participant.representative_left_on = None
        participant.save(update_fields=["representative_left_on"])


def _period(participant: Participant, party: Party) -> tuple[date | None, date | None]:
    return certified_period(party, facts.certification_facts(participant))
