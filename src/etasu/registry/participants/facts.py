"""What is on record about participants and the people who act for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import F, Max, Q, QuerySet

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.participants.models import Certification, Membership, Participant
from etasu.safe_use.certification import (
    CertificationFacts,
    Certified,
    StandingState,
    standing,
)
from etasu.safe_use.program import Party
from etasu.safe_use.reminding import SMS, address_by


class Asker(NamedTuple):
    """Somebody in one role, for one participant or for the program itself."""

    user: str
    role: str
    program: str
    participant_id: int | None
    participant: str | None
    participant_kind: str | None
    time_zone: str


class Acting(NamedTuple):
    """A membership a person may act in now, with the names a page shows beside it."""

    membership_id: int
    asker: Asker
    person: str
    participant_name: str | None


# Read at every request, and so nothing beside it.
_ACTED_IN = (
    *("pk", "role", "program", "participant_id", "participant__number", "participant__kind"),
    *("participant__time_zone", "participant__name"),
)


def askers(user: User) -> list[Asker]:
    """Every role the user now acts in, for which participant, oldest first."""
    return [acting.asker for acting in roles_of(user)]


def roles_of(user: User) -> list[Acting]:
    """Every membership the user may act in now, oldest first."""
    if not user.is_active:
        return []
    held = Membership.objects.filter(user=user, ended_at__isnull=True).order_by("id")
    return [_acting(user, *each) for each in held.values_list(*_ACTED_IN)]


def role_held(user: User, membership_id: int) -> Acting | None:
    """The membership, if the user may still act in it now."""
    held = [each for each in roles_of(user) if each.membership_id == membership_id]
    return held[0] if held else None


def _acting(
    user: User, membership: int, role: str, program: str, participant: int | None, *about: Any
) -> Acting:
    number, kind, zone, name = about
    asker = Asker(
        user=user.number,
        role=role,
        program=program,
        participant_id=participant,
        participant=number,
        participant_kind=kind,
        time_zone=user.time_zone if participant is None else zone,
    )
    return Acting(membership, asker, user.full_name, name)


def participant_by_number(number: str, program: str) -> Participant | None:
    """The participant of that number in the program, or None."""
    return Participant.objects.filter(number=number, program=program).first()


def participant_by_npi(npi: str, program: str) -> Participant | None:
    """The participant of that NPI, if there is exactly one in the program; otherwise None."""
    known = Participant.objects.filter(npi=npi, program=program, in_review=False)
    found = list(known[:2])
    return found[0] if len(found) == 1 else None


def zone_of(participant_id: int | None) -> str:
    """The time zone of the participant with this id; the one of most of the country without one."""
    found = Participant.objects.filter(pk=participant_id or 0).values_list("time_zone", flat=True)
    return found.first() or "America/New_York"


def addresses_of(roles: Collection[str]) -> list[str]:
    """The e-mail addresses of everybody who acts in one of these roles now, each once."""
    held = Membership.objects.filter(role__in=roles, ended_at__isnull=True, user__is_active=True)
    return sorted(set(held.values_list("user__email", flat=True)))


def works_at(participant_id: int | None, address: str) -> bool:
    """Whether this reaches the participant, or by e-mail somebody who acts for them now."""
    own = Participant.objects.filter(pk=participant_id or 0).first()
    if own is not None and address == address_by(SMS, telephone=own.telephone, email=""):
        return True
    held = Membership.objects.filter(participant_id=participant_id or 0, ended_at__isnull=True)
    return held.filter(user__email__iexact=address.strip()).exists()


def participants_called(program: str, kind: str, name: str) -> QuerySet[Participant]:
    """Participants of a kind with exactly this name, or a name that begins with this word."""
    called = Q(name__iexact=name) | Q(name__istartswith=f"{name} ")
    return Participant.objects.filter(called, program=program, kind=kind)


def search_participants(program: str, words: str, limit: int = 50) -> QuerySet[Participant]:
    """Participants whose name, number or NPI begins with or holds the words, by name."""
    words = words.strip()
    found = Q(name__icontains=words) | Q(number__iexact=words) | Q(npi=words)
    return Participant.objects.filter(found, program=program).order_by("kind", "name", "id")[:limit]


def facilities(program: str, limit: int = 200) -> QuerySet[Participant]:
    """Facilities of the program that were ever certified, by name."""
    return Participant.objects.filter(
        program=program, kind="facility", certified_from__isnull=False
    ).order_by("name", "id")[:limit]


def find_facilities(program: str, words: str, on: date, limit: int = 25) -> QuerySet[Participant]:
    """Facilities of the program that match the words, those certified on the day first, by name.

    Without words, every facility matches.
    """
    words = words.strip()
    found = Participant.objects.filter(program=program, kind="facility", in_review=False)
    if words:
        places = Q(city__icontains=words) | Q(zip_code=words) | Q(npi=words)
        found = found.filter(Q(name__icontains=words) | Q(number__iexact=words) | places)
    certified = certified_on(on)
    return found.annotate(is_certified=Q(certified)).order_by("-is_certified", "name", "id")[:limit]


def certified_on(on: date) -> Q:
    """The condition that a participant is certified on the day, as the gate will see it."""
    ends_later = Q(certified_until__isnull=True) | Q(certified_until__gte=on)
    stopped = Q(decertified_on__isnull=False, decertified_on__lte=on)
    suspended = Q(suspended_from__isnull=False, suspended_from__lte=on) & (
        Q(suspended_until__isnull=True) | Q(suspended_until__gte=on)
    )
    return Q(certified_from__isnull=False) & ends_later & ~stopped & ~suspended


def certifications_of(participant: Participant) -> QuerySet[Certification]:
    """Every certification the participant reached, newest first."""
    return participant.certifications.order_by("-certified_from")


def certified_at(participant_id: int | None, moment: datetime, on: date) -> Participant | None:
    """The participant, if it was certified at that very moment and still is on the day."""
    given = Certification.objects.filter(participant=participant_id, recorded_at=moment)
    return Participant.objects.filter(certified_on(on), pk__in=given.values("participant")).first()


def members_of(participant: Participant) -> QuerySet[Membership]:
    """Everybody who acts or acted for the participant, those who still do first."""
    found = participant.memberships.select_related("user")
    return found.order_by(F("ended_at").desc(nulls_first=True), "began_at", "id")


def names_of_participants(numbers: Collection[str]) -> dict[str, str]:
    """The name behind each number that is a participant's; others are left out."""
    found = Participant.objects.filter(number__in=set(numbers))
    return dict(found.values_list("number", "name"))


def steps_done(participant: Participant) -> Mapping[str, date]:
    """The newest day each certification step was done."""
    rows = participant.steps.values("step").annotate(newest=Max("done_on"))
    return {row["step"]: row["newest"] for row in rows}


def as_given(certification: Certification) -> Certified:
    """A certification with the days it was given, whatever later versions of the program say."""
    return Certified(
        certification.certified_from, certification.certified_until, certification.unbroken_since
    )


def certification_facts(participant: Participant) -> CertificationFacts:
    """What the standing is computed from."""
    certifications = list(participant.certifications.all())
    steps = dict(_steps_elsewhere(participant, certifications))
    for step, day in steps_done(participant).items():
        steps[step] = max(day, steps.get(step, day))
    return CertificationFacts(
        steps_done=steps,
        certifications=[as_given(each) for each in certifications],
        suspended_from=participant.suspended_from,
        suspended_until=participant.suspended_until,
        decertified_on=participant.decertified_on,
        representative_left_on=participant.representative_left_on,
        in_review=participant.in_review,
        reviewed_on=participant.reviewed_on,
    )


def _steps_elsewhere(
    participant: Participant, certifications: Iterable[Certification]
) -> Iterator[tuple[str, date]]:
    """The steps that certifications carried over stand for: whatever they took, done by then.

    Nobody here saw one done, so none is on record; but none that is done once is asked for again.
    """
    for each in sorted(certifications, key=lambda given: given.certified_from):
        if each.carried_over_from:
            version = library.current().version(participant.program, each.program_version)
            party = version.parties.get(participant.kind) if version else None
            for step in party.steps if party else ():
                yield step.code, each.certified_from


def standing_in_brief(participant: Participant, party: Party, on: date) -> StandingState:
    """Where the participant stands on the day, from the certification kept on the participant.

    Steps done toward a first certification are not looked at, so that a list takes one query.
    """
    begins = participant.certified_from
    kept = CertificationFacts(
        steps_done={},
        certifications=[Certified(begins, participant.certified_until)] if begins else (),
        suspended_from=participant.suspended_from,
        suspended_until=participant.suspended_until,
        decertified_on=participant.decertified_on,
        representative_left_on=participant.representative_left_on,
    )
    return standing(party, kept, on).state


def party_record(participant: Participant | None) -> dict[str, Any] | None:
    """The participant as a facts record has it."""
    if participant is None:
        return None
    return {
        "id": participant.number,
        "certified_from": _iso(participant.certified_from),
        "certified_until": _iso(participant.certified_until),
        "suspended_from": _iso(participant.suspended_from),
        "suspended_until": _iso(participant.suspended_until),
        "decertified_on": _iso(participant.decertified_on),
        "setting": participant.setting,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
