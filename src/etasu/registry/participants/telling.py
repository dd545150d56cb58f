"""Who is told when a participant's standing changes: one notice for each person of the audience.

Which notices there are, and for whom, is the program's to say; the people are those who act for the
participant now. When nobody acts in the role, the program's own people are told instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from etasu.programs import library
from etasu.registry.accounts.access import (
    ADMINISTRATOR,
    FACILITY_REPRESENTATIVE,
    INFUSION_NURSE,
    PHARMACIST,
    PHARMACY_REPRESENTATIVE,
    PRESCRIBER,
)
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.notices import actions as notices
from etasu.registry.notices.facts import told_about
from etasu.registry.notices.models import Notice as Queued
from etasu.registry.participants.models import Certification, Membership, Participant
from etasu.safe_use.program import Notice, ProgramVersion

# Which roles act for which kind of participant.
AUDIENCES: dict[str, frozenset[str]] = {
    "prescriber": frozenset({PRESCRIBER}),
    "facility": frozenset({FACILITY_REPRESENTATIVE, INFUSION_NURSE}),
    "pharmacy": frozenset({PHARMACY_REPRESENTATIVE, PHARMACIST}),
}
# What somebody did to a standing, and the event of the program it is.
EVENTS = {
    "participant.suspended": "certification_suspended",
    "participant.suspension_lifted": "certification_restored",
    "participant.decertified": "decertified",
    "participant.decertification_taken_back": "certification_restored",
    "participant.representative_left": "representative_left",
}
# What is told about a certification that is no longer true once there is a new one.
ABOUT_THE_END = ("certification_ends", "certification_lapsed", "representative_left")
ABOUT_THE_STANDING = frozenset({*ABOUT_THE_END, *EVENTS.values()})


class Occasion(NamedTuple):
    """What happened: an event of the program, told once for each `key`; `facts` go into the text.

    `subject` is what it is about when that is not the participant: a kind and a number.
    """

    event: str
    key: str
    facts: dict[str, Any] = {}
    subject: tuple[str, str] | None = None


def tell(
    occasion: Occasion,
    participant: Participant,
    version: ProgramVersion,
    *,
    by: Actor,
    at: datetime,
    knows: str = "",
) -> list[Queued]:
    """Queue every notice of the event for those who act for the participant; those newly queued.

    Call it in the transaction of what happened. Whoever `knows` already is not told.
    """
    found = []
    for notice in version.notices.values():
        if notice.event == occasion.event and notice.audience in audiences(participant):
            known = (notice, occasion, participant, version)
            found += tell_audience(*known, by=by, at=at, knows=knows)
    return found


def tell_audience(
    notice: Notice,
    occasion: Occasion,
    participant: Participant,
    version: ProgramVersion,
    *,
    by: Actor,
    at: datetime,
    knows: str = "",
) -> list[Queued]:
    """Queue one notice for everybody in its audience.

    What concerns a standing is told to the program's people when there is nobody in it.
    """
    people, stands_in = people_in(participant, notice.audience), False
    if not people and notice.event in ABOUT_THE_STANDING:
        people, stands_in = program_people(participant.program), True
    facts = {**occasion.facts, "kind": participant.kind, "participant": participant.number}
    message = notices.Message(
        program=participant.program,
        program_version=version.label,
        code=notice.code,
        event=notice.event,
        audience=notice.audience,
        subject=occasion.subject or ("participant", participant.number),
        occasion=occasion.key,
        channels=notice.channels,
        facts=facts | ({"nobody_in": notice.audience} if stands_in else {}),
    )
    told = [each for each in people if each.number != knows]
    queued = [notices.queue(message, person, by=by, at=at) for person in told]
    return [each for each in queued if each is not None]


def certified(
    certification: Certification, version: ProgramVersion, *, by: Actor, at: datetime
) -> None:
    """Tell of a certification, and take back what was still to be said about the one before."""
    participant = certification.participant
    for notice in version.notices.values():
        if notice.event in ABOUT_THE_END:
            for waiting in told_about(participant.number, [notice.code]):
                notices.cancel(waiting, reason="certified again", by=by, at=at)
    until = certification.certified_until
    facts = {
        "from": certification.certified_from.isoformat(),
        "until": until.isoformat() if until else None,
    }
    key = f"from {certification.certified_from}"
    occasion = Occasion("certification_granted", key, facts)
    tell(occasion, participant, version, by=by, at=at)


def standing_changed(
    verb: str, participant: Participant, facts: Mapping[str, Any], *, by: Actor, at: datetime
) -> list[Queued]:
    """Tell of what somebody did to a participant's standing; those newly queued.

    A representative who left is told of as the clock would, so that the clock does not again.
    """
    event, on = EVENTS.get(verb), at.astimezone(ZoneInfo(participant.time_zone)).date()
    version = library.current().effective(participant.program, on)
    if event is None or version is None:
        return []
    left_on = participant.representative_left_on
    key = reminder_key(left_on) if event == "representative_left" and left_on else f"at {at}"
    return tell(Occasion(event, key, dict(facts)), participant, version, by=by, at=at)


def tell_directly(
    participant: Participant, role: str, occasion: Occasion, *, by: Actor, at: datetime
) -> list[Queued]:
    """Tell those who act for the participant in the role what the platform itself has to say.

    No program need know of it: it is about coming in, or about who works for whom.
    """
    on = at.astimezone(ZoneInfo(participant.time_zone)).date()
    version = library.current().effective(participant.program, on)
    message = notices.Message(
        program=participant.program,
        program_version=version.label if version else "",
        code=occasion.event.replace("_", "-"),
        event=occasion.event,
        audience=role,
        subject=("participant", participant.number),
        occasion=occasion.key,
        channels=(notices.PORTAL, notices.EMAIL),
        facts={**occasion.facts, "kind": participant.kind, "participant": participant.number},
    )
    people = people_in(participant, role)
    queued = [notices.queue(message, person, by=by, at=at) for person in people]
    return [each for each in queued if each is not None]


def reminder_key(event_on: date, offset: int = 0) -> str:
    """What makes the reminder of an event the same one."""
    return f"{event_on} {offset:+d}"


def audiences(participant: Participant) -> Collection[str]:
    """The roles that act for this kind of participant."""
    return AUDIENCES.get(participant.kind, frozenset())


def people_in(participant: Participant, role: str) -> Sequence[User]:
    """Everybody who acts for the participant in the role now, systems left out."""
    where = Q(participant=participant)
    if participant.organization_id is not None:
        where |= Q(for_all_sites=True, participant__organization=participant.organization_id)
    return _people(Membership.objects.filter(where, role=role, program=participant.program))


def program_people(program: str, role: str = ADMINISTRATOR) -> Sequence[User]:
    """The program's own people in a role: its administrators, where none is named."""
    held = Membership.objects.filter(participant__isnull=True, role=role, program=program)
    return _people(held)


def _people(held: Any) -> Sequence[User]:
    now = held.filter(ended_at__isnull=True, user__is_active=True, user__is_system=False)
    return list(User.objects.filter(pk__in=now.values("user")).order_by("id"))
