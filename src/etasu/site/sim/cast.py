"""The participants of a simulation: how they come in, renew, lapse, and are stopped."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from etasu.registry.accounts import access
from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.participants.actions import (
    add_member,
    lift_suspension,
    record_step,
    register_participant,
)
from etasu.registry.participants.facts import askers
from etasu.registry.participants.models import Participant
from etasu.registry.reactions import participant_decertified, participant_suspended
from etasu.site.seed.chance import Chance
from etasu.site.seed.identifiers import npi
from etasu.site.seed.people import NO_PASSWORD
from etasu.site.seed.shape import VOICES
from etasu.site.seed.words import NAMES, Place
from etasu.site.sim.scratch import NotScratch
from etasu.site.sim.world import NOON, Did, Office, Person, World

# For each so many patients there is one more of each kind, and never fewer than two.
PATIENTS_FOR_EACH = {"prescriber": 20, "facility": 40, "pharmacy": 100}
FEWEST = 2
RENEWED_BEFORE = 30
ADMINISTRATOR = "administrator"


def appear(world: World) -> None:
    """Everybody who is there before the first patient comes, certified; whatever the seed is."""
    chance, at = Chance("cast", world.code), _before(world)
    admin = _user(ADMINISTRATOR, "Rosa Clouddrawer", at)
    add_member(admin, None, access.ADMINISTRATOR, program=world.code, by=PLATFORM, at=at)
    for kind in VOICES:
        for index in range(_how_many(world, kind)):
            row = _register(world, chance, kind, index)
            _act_for(row, _subject(kind, index), at)
            _certify_first(world, row)


def settle(world: World) -> None:
    """Meet everybody who is there, and plan what will happen to them.

    Raises NotScratch when those who are there appeared for another plan.
    """
    if not Participant.objects.exists():
        appear(world)
    world.administrator = Actor(_user_of(ADMINISTRATOR).number, access.ADMINISTRATOR)
    for kind in VOICES:
        subjects = [_subject(kind, index) for index in range(_how_many(world, kind))]
        world.offices[kind] = [_office(kind, each) for each in subjects]
    offices = [each for found in world.offices.values() for each in found]
    days = set(Participant.objects.values_list("certified_from", flat=True))
    if Participant.objects.count() != len(offices) or days != {world.begins}:
        raise NotScratch("those who are there appeared for another plan")
    for office in offices:
        _plan_renewal(world, office)
    for office in world.offices["prescriber"][1:]:
        if world.chance.happens(25):
            _plan_suspension(world, office)
    _plan_decertification(world)


def _before(world: World) -> datetime:
    return datetime.combine(world.begins, NOON) - timedelta(hours=1)


def _how_many(world: World, kind: str) -> int:
    return max(FEWEST, world.plan.patients // PATIENTS_FOR_EACH[kind])


def _subject(kind: str, index: int) -> str:
    return f"{kind}-{index}"


def _register(world: World, chance: Chance, kind: str, index: int) -> Participant:
    place = Place(chance)
    name = NAMES[kind](chance)
    setting = next(iter(world.shapes.version_on(world.day).parties[kind].settings), None)
    number = npi(100 * list(VOICES).index(kind) + index)
    details = {"npi": number, "time_zone": place.time_zone}
    return register_participant(
        world.code, kind, name, setting=setting, by=PLATFORM, at=_before(world), **details
    )


def _act_for(row: Participant, subject: str, at: datetime) -> None:
    """Somebody who acts for the participant, by hand and with a key for machines."""
    user = _user(subject, row.name if row.kind == "prescriber" else f"Nico {subject}", at)
    add_member(user, row, VOICES[row.kind], program=row.program, by=PLATFORM, at=at)
    hashed = hashlib.sha256(_key(subject).encode()).digest()
    by = PLATFORM.number
    ApiKey.objects.create(user=user, name=subject, key_hash=hashed, created_at=at, created_by=by)


def _key(subject: str) -> str:
    return f"sim-{subject}"


def _user(subject: str, name: str, at: datetime) -> User:
    return User.objects.create(
        email=f"{subject}@example.org",
        full_name=name,
        password=NO_PASSWORD,
        email_confirmed_at=at,
        email_confirmed_by=PLATFORM.number,
    )


def _user_of(subject: str) -> User:
    return User.objects.get(email=f"{subject}@example.org")


def _certify_first(world: World, row: Participant) -> None:
    version, at = world.shapes.version_on(world.day), _before(world)
    for step in version.parties[row.kind].steps:
        row = record_step(row, version, step.code, on=world.day, by=PLATFORM, at=at)


def _office(kind: str, subject: str) -> Office:
    user = _user_of(subject)
    asker = askers(user)[0]
    row = Participant.objects.get(number=asker.participant)
    actor = Actor(user.number, VOICES[kind])
    return Office(subject, row, actor, asker, user.full_name, _key(subject))


def _renew(world: World, office: Office) -> None:
    """Do the steps of a renewal; plan the next one."""
    version = world.shapes.version_on(world.day)
    for step in version.parties[office.kind].steps:
        if step.renews:

            def do(at: datetime, code: str = step.code) -> Did:
                row = Participant.objects.get(pk=office.row.pk)
                made = record_step(row, version, code, on=world.day, by=office.actor, at=at)
                return f"done {code}", made

            office.row = world.act("step", office.subject, do) or office.row
    _plan_renewal(world, office)


def _plan_renewal(world: World, office: Office) -> None:
    until = office.row.certified_until
    if until is not None:
        on_time = not world.chance.happens(world.plan.rates.renewal_missed)
        days = world.chance.between(-RENEWED_BEFORE, -1) if on_time else world.chance.between(5, 70)
        again = max(until + timedelta(days=days), world.day + timedelta(days=1))
        world.on(again, lambda: _renew(world, office))


def _plan_suspension(world: World, office: Office) -> None:
    days = 30 * world.plan.months
    first = world.begins + timedelta(days=world.chance.between(90, max(91, days - 60)))

    def suspend(at: datetime) -> Did:
        row = Participant.objects.get(pk=office.row.pk)
        reason = "an investigation runs"
        by = world.administrator
        made = participant_suspended(row, since=world.day, until=None, reason=reason, by=by, at=at)
        return "done", made

    def lift(at: datetime) -> Did:
        row = Participant.objects.get(pk=office.row.pk)
        return "done", lift_suspension(row, reason="it is over", by=world.administrator, at=at)

    last = first + timedelta(days=world.chance.between(10, 90))
    world.on(
        first, lambda: world.act("suspend", office.subject, suspend, _people_of(world, office))
    )
    world.on(last, lambda: world.act("lift", office.subject, lift, _people_of(world, office)))


def _plan_decertification(world: World) -> None:
    """In a large world one prescriber is let go for good, whoever their patients are."""
    offices = world.offices["prescriber"]
    if len(offices) <= FEWEST:
        return
    office = offices[-1]
    first = world.begins + timedelta(days=world.chance.between(300, 30 * world.plan.months))

    def decertify(at: datetime) -> Did:
        row = Participant.objects.get(pk=office.row.pk)
        on: date = world.day
        by = world.administrator
        return "done", participant_decertified(row, on=on, reason="left the field", by=by, at=at)

    world.on(
        first,
        lambda: world.act("decertify", office.subject, decertify, _people_of(world, office)),
    )


def _people_of(world: World, office: Office) -> list[Person]:
    return [each for each in world.people if each.prescriber is office]
