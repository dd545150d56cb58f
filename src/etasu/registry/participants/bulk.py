"""Participants of another administrator with the standing they have, many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import AT_ONCE, Told, insert_all, record_all
from etasu.registry.audit.origins import Source
from etasu.registry.participants.invitations import INVITABLE
from etasu.registry.participants.models import Certification, Membership, Participant, StepDone
from etasu.safe_use.certification import CertificationFacts, Certified, certified_period
from etasu.safe_use.program import Party

# The role of whoever a participant's own row names.
OWN_ROLE: Mapping[str, str] = {
    "prescriber": access.PRESCRIBER,
    "facility": access.FACILITY_REPRESENTATIVE,
    "pharmacy": access.PHARMACY_REPRESENTATIVE,
}


class ParticipantToCarry(NamedTuple):
    """A participant as the former administrator knew it, and what it is by the program's data.

    `certified` are the days of its newest certification as given there; `channel` is how it came
    about. `details` are columns of the participant.
    """

    program: str
    party: Party
    name: str
    details: Mapping[str, Any]
    certified: Certified | None
    channel: str
    program_version: str


def carry_over_participants(
    carried: Sequence[ParticipantToCarry], source: Source, *, by: Actor, at: datetime
) -> list[Participant]:
    """Each with its standing: certified on the days it was, suspended or not as it was.

    No step is written down: nobody here saw one done. The certification says from whom it came.
    """
    made = [_participant(each, by, at) for each in carried]
    with transaction.atomic():
        Participant.objects.bulk_create(made, batch_size=AT_ONCE)
        certify = [
            Certification(
                participant=participant,
                certified_from=each.certified.begins,
                certified_until=each.certified.ends,
                program_version=each.program_version,
                channel=each.channel,
                carried_over_from=source.administrator,
                recorded_at=at,
                recorded_by=by.number,
            )
            for participant, each in zip(made, carried, strict=True)
            if each.certified is not None
        ]
        insert_all(certify)
        told = [_told(*pair, source) for pair in zip(made, carried, strict=True)]
        record_all(told, by=by, at=at)
    return made


class StepToCarry(NamedTuple):
    """A step of certification as the former administrator has it on record."""

    participant: Participant
    step: str
    done_on: date
    program_version: str


def carry_over_steps(
    carried: Sequence[StepToCarry], source: Source, *, by: Actor, at: datetime
) -> list[StepDone]:
    """Each as done on its day, with that administrator. None of them certifies by itself."""
    made = [
        StepDone(
            **each._asdict(),
            carried_over_from=source.administrator,
            recorded_at=at,
            recorded_by=by.number,
        )
        for each in carried
    ]
    with transaction.atomic():
        insert_all(made)
        told = (
            Told(
                "participant.step_carried_over",
                "participant",
                each.participant.number,
                {"step": each.step, "on": each.done_on.isoformat(), **source.note()},
            )
            for each in carried
        )
        record_all(told, by=by, at=at)
    return made


def recognize_participants(
    participants: Iterable[Participant], source: Source, *, by: Actor, at: datetime
) -> None:
    """Note that the former administrator knew these, who were here already, as well."""
    record_all(
        (
            Told("participant.recognized", "participant", each.number, source.note())
            for each in participants
        ),
        by=by,
        at=at,
    )


def carry_over_members(
    members: Sequence[tuple[User, Participant, str]], source: Source, *, by: Actor, at: datetime
) -> int:
    """Let these people act for these participants in these roles, unless they do; how many new."""
    held = Membership.objects.filter(
        user__in={user for user, _, _ in members}, ended_at__isnull=True
    ).values_list("user_id", "participant_id", "program", "role")
    known = set(held)
    made = []
    for user, participant, role in members:
        place = (user.pk, participant.pk, participant.program, role)
        if place not in known:
            known.add(place)
            made.append((user, participant, role))
    with transaction.atomic():
        insert_all(
            [
                Membership(
                    user=user,
                    participant=participant,
                    program=participant.program,
                    role=role,
                    began_at=at,
                    began_by=by.number,
                )
                for user, participant, role in made
            ]
        )
        told = (
            Told(
                "member.added",
                "user",
                user.number,
                {"role": role, "for": participant.number, **source.note()},
            )
            for user, participant, role in made
        )
        record_all(told, by=by, at=at)
    return len(made)


def may_act_as(role: str, kind: str) -> bool:
    """Whether somebody can act for a participant of the kind in the role."""
    return role in INVITABLE.get(kind, ()) or role == OWN_ROLE.get(kind)


def participants_by_number(numbers: Collection[str]) -> dict[str, Participant]:
    """The participants of these numbers; others are left out."""
    found = Participant.objects.filter(number__in=list(numbers))
    return {participant.number: participant for participant in found}


def participants_by_identifier(
    program: str, kind: str, identifier: str, values: Collection[str]
) -> list[Participant]:
    """The participants of a kind whose `npi` or `ncpdp` is one of these, oldest first.

    A newcomer who may be another one is none of them.
    """
    wanted = {f"{identifier}__in": list(values), "in_review": False}
    return list(Participant.objects.filter(program=program, kind=kind, **wanted).order_by("pk"))


def _participant(carried: ParticipantToCarry, by: Actor, at: datetime) -> Participant:
    left_on: date | None = carried.details.get("representative_left_on")
    known = (carried.certified,) if carried.certified else ()
    facts = CertificationFacts({}, known, representative_left_on=left_on)
    begins, ends = certified_period(carried.party, facts)
    return Participant(
        program=carried.program,
        kind=carried.party.code,
        name=carried.name,
        certified_from=begins,
        certified_until=ends,
        standing_as_of=at,
        registered_at=at,
        registered_by=by.number,
        **carried.details,
    )


def _told(participant: Participant, carried: ParticipantToCarry, source: Source) -> Told:
    given = carried.certified
    detail = {
        "kind": participant.kind,
        **source.note(),
        "certified_from": given.begins.isoformat() if given else None,
        "certified_until": given.ends.isoformat() if given and given.ends else None,
        "channel": carried.channel if given else None,
    }
    for name in ("suspended_from", "suspended_until", "decertified_on", "representative_left_on"):
        day = getattr(participant, name)
        if day is not None:
            detail[name] = day.isoformat()
    return Told("participant.carried_over", "participant", participant.number, detail)
