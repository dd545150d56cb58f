"""Participants nobody here knows yet: whether they may be on record already, and who looks.

A stranger who brings in what looks like somebody on record is told only that something is to be
checked. Their steps are kept as they do them; none of it certifies before somebody has looked.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import QuerySet

from etasu.programs import library
from etasu.registry.accounts.access import (
    FACILITY_REPRESENTATIVE,
    PHARMACY_REPRESENTATIVE,
    PRESCRIBER,
)
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.actions import let_in, register_participant
from etasu.registry.participants.changing import locked_row, note
from etasu.registry.participants.models import NewcomerReview, Participant
from etasu.registry.participants.telling import Occasion, tell_directly
from etasu.safe_use.person_names import folded_name
from etasu.safe_use.program import ProgramStatus

# By what a newcomer and somebody on record may be one.
NPI, NCPDP, NAME = "npi", "ncpdp", "name"
_ROLES = {
    "prescriber": PRESCRIBER,
    "facility": FACILITY_REPRESENTATIVE,
    "pharmacy": PHARMACY_REPRESENTATIVE,
}


class Newcomer(NamedTuple):
    """What somebody says of the participant they bring in. Empty where it does not apply."""

    name: str
    npi: str
    dea: str = ""
    ncpdp: str = ""
    setting: str | None = None
    specialty: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    telephone: str = ""
    time_zone: str = "America/New_York"


class Alike(NamedTuple):
    """Somebody on record whom a newcomer may be, and by what."""

    participant: Participant
    shared: tuple[str, ...]


class NotTakingAnybody(ValueError):
    """The program is over, or winding down: nobody new takes part in it."""


class NumberTaken(ValueError):
    """Somebody else is in the program under this number, which only one person can have."""


def takes_newcomers(program: str) -> bool:
    """Whether anybody new can take part; not in a program that is over, or winding down."""
    found = library.current().programs.get(program)
    return found is not None and found.program.status is ProgramStatus.ACTIVE


def register_newcomer(
    program: str,
    kind: str,
    newcomer: Newcomer,
    *,
    by: Actor,
    at: datetime,
    organization_id: int | None = None,
) -> Participant:
    """A new participant for the program to look at; one that looks like another has to wait.

    Sites of the organization it is to belong to may share its numbers. Raises NotTakingAnybody.
    """
    if not takes_newcomers(program):
        raise NotTakingAnybody(program)
    with transaction.atomic():
        _one_at_a_time(program)
        found = alike(program, kind, newcomer, organization_id)
        details = newcomer._asdict()
        details["in_review"] = bool(found)
        made = register_participant(program, kind, details.pop("name"), by=by, at=at, **details)
        shared = sorted({what for each in found for what in each.shared})
        NewcomerReview.objects.create(
            participant=made, must_wait=bool(found), shared=shared, came_at=at, came_by=by.number
        )
        if found:
            note("participant.review_opened", made, {"shared": shared}, by=by, at=at)
            for each in found:
                _tell("newcomer_alike", each.participant, made.number, {}, by, at)
    return made


def alike(
    program: str, kind: str, newcomer: Newcomer, organization_id: int | None = None
) -> list[Alike]:
    """Whom a newcomer may be: the same number wherever it is, or the same name in one state.

    Those that were found to be somebody else's are left out.
    """
    turned_away = NewcomerReview.objects.filter(is_accepted=False).values("participant")
    among = Participant.objects.filter(program=program, kind=kind).exclude(pk__in=turned_away)
    if organization_id is not None:
        among = among.exclude(organization=organization_id)
    found: dict[int, list[str]] = {}
    for what in (NPI, NCPDP):
        said = getattr(newcomer, what)
        for key in among.filter(**{what: said}).values_list("pk", flat=True) if said else ():
            found.setdefault(key, []).append(what)
    wanted = folded_name(newcomer.name)
    for key, name in _nearby(among, newcomer).values_list("pk", "name"):
        if folded_name(name) == wanted:
            found.setdefault(key, []).append(NAME)
    known = Participant.objects.in_bulk(list(found))
    return [Alike(known[key], tuple(shared)) for key, shared in sorted(found.items())]


def alike_to(participant: Participant) -> list[Alike]:
    """Whom a participant on record may be, as things are now."""
    said = Newcomer(**{name: getattr(participant, name) for name in Newcomer._fields})
    found = alike(participant.program, participant.kind, said, participant.organization_id)
    return [each for each in found if each.participant.pk != participant.pk]


def newcomers_to_look_at(program: str) -> QuerySet[NewcomerReview]:
    """Newcomers nobody has looked at: those that wait first, then by when they came."""
    found = NewcomerReview.objects.filter(participant__program=program, decided_at__isnull=True)
    return found.select_related("participant").order_by("-must_wait", "came_at", "pk")


def newcomers_seen(program: str, limit: int = 50) -> QuerySet[NewcomerReview]:
    """Newcomers somebody has looked at, the last one first."""
    found = NewcomerReview.objects.filter(participant__program=program, decided_at__isnull=False)
    return found.select_related("participant").order_by("-decided_at", "-pk")[:limit]


def review_of(participant: Participant) -> NewcomerReview | None:
    """How the participant came in by themselves; None for one that came otherwise."""
    return NewcomerReview.objects.filter(participant=participant).first()


def decide_on_newcomer(
    review: NewcomerReview, *, is_accepted: bool, reason: str, by: Actor, at: datetime
) -> NewcomerReview:
    """Say that a newcomer is none of those on record, or that it is; one decided on stays so.

    Who is let in is certified from that day at the earliest, once every step is done. Raises
    NumberTaken for a prescriber let in under the NPI of another one.
    """
    with transaction.atomic():
        locked = NewcomerReview.objects.select_for_update(of=("self",), no_key=True)
        kept = locked.select_related("participant").get(pk=review.pk)
        if kept.decided_at is not None:
            return kept
        participant = locked_row(kept.participant)
        if is_accepted and kept.must_wait and _is_taken(participant):
            raise NumberTaken
        kept.decided_at, kept.decided_by = at, by.number
        kept.is_accepted, kept.reason = is_accepted or not kept.must_wait, reason
        kept.save(update_fields=["decided_at", "decided_by", "is_accepted", "reason"])
        _note_decision(kept, participant, by, at)
        if kept.must_wait and is_accepted:
            on = at.astimezone(ZoneInfo(participant.time_zone)).date()
            let_in(participant, on=on, by=by, at=at)
    return kept


def _one_at_a_time(program: str) -> None:
    """Until the transaction ends nobody else comes in, so that of two alike one is seen first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"newcomers {program}"])


def _note_decision(
    review: NewcomerReview, participant: Participant, by: Actor, at: datetime
) -> None:
    if not review.must_wait:
        note("participant.newcomer_seen", participant, {}, by=by, at=at)
        return
    verb = "newcomer_accepted" if review.is_accepted else "newcomer_refused"
    note(f"participant.{verb}", participant, {"reason": review.reason}, by=by, at=at)
    _tell(verb, participant, "decided", {"reason": review.reason}, by, at)


def _is_taken(participant: Participant) -> bool:
    same = Participant.objects.filter(
        program=participant.program, kind="prescriber", npi=participant.npi, in_review=False
    )
    return participant.kind == "prescriber" and bool(participant.npi) and same.exists()


def _nearby(among: QuerySet[Participant], newcomer: Newcomer) -> QuerySet[Participant]:
    """Those that are in the newcomer's state, or may be: a state nobody knows is any state."""
    if not newcomer.state:
        return among
    return among.filter(state__in=(newcomer.state, ""))


def _tell(
    event: str,
    participant: Participant,
    key: str,
    facts: dict[str, str],
    by: Actor,
    at: datetime,
) -> None:
    """Tell those who speak for a participant; what they read names nobody else."""
    role = _ROLES.get(participant.kind, "")
    tell_directly(participant, role, Occasion(event, key, dict(facts)), by=by, at=at)
