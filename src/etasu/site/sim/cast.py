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
from etasu.site.seed.identifiers import npi
from etasu.site.seed.people import NO_PASSWORD
from etasu.site.seed.shape import VOICES
from etasu.site.seed.words import NAMES, Place
from etasu.site.sim.world import Did, Office, Person, World

# For each so many patients there is one more of each kind, and never fewer than two.
PATIENTS_FOR_EACH = {"prescriber": 20, "facility": 40, "pharmacy": 100}
FEWEST = 2
RENEWED_BEFORE = 30


def settle(world: World) -> None:
    """Everybody who is there before the first patient comes, certified."""
    admin = _user(world, "administrator", "Rosa Clouddrawer", world.moment())
    add_member(
        admin, None, access.ADMINISTRATOR, program=world.code, by=PLATFORM, at=world.moment()
    )
    world.administrator = Actor(admin.number, access.ADMINISTRATOR)
    for kind in VOICES:
        count = max(FEWEST, world.plan.patients // PATIENTS_FOR_EACH[kind])
        world.offices[kind] = [_office(world, kind, index) for index in range(count)]
    for office in world.offices["prescriber"][1:]:
        if world.chance.happens(25):
            _plan_suspension(world, office)
    _plan_decertification(world)


def _office(world: World, kind: str, index: int) -> Office:
    place = Place(world.chance)
    name = NAMES[kind](world.chance)
    subject = f"{kind}-{index}"
    at = world.moment()
    setting = next(iter(world.shapes.version_on(world.day).parties[kind].settings), None)
    details = {"npi": npi(100 * len(world.offices) + index), "time_zone": place.time_zone}
    row = register_participant(
        world.code, kind, name, setting=setting, by=PLATFORM, at=at, **details
    )
    user = _user(world, subject, name if kind == "prescriber" else f"Nico {subject}", at)
    add_member(user, row, VOICES[kind], program=world.code, by=PLATFORM, at=at)
    actor = Actor(user.number, VOICES[kind])
    key = f"sim-{subject}"
    hashed = hashlib.sha256(key.encode()).digest()
    by = PLATFORM.number
    ApiKey.objects.create(user=user, name=subject, key_hash=hashed, created_at=at, created_by=by)
    office = Office(subject, row, actor, askers(user)[0], user.full_name, key)
    _certify(world, office, all_steps=True)
    return office


def _user(world: World, subject: str, name: str, at: datetime) -> User:
    """Somebody with an account, who was there before the simulation looks at anything."""
    return User.objects.create(
        email=f"{subject}@example.org",
        full_name=name,
        password=NO_PASSWORD,
        email_confirmed_at=at,
        email_confirmed_by=PLATFORM.number,
    )


def _certify(world: World, office: Office, *, all_steps: bool = False) -> None:
    """Do the steps of a first certification, or of a renewal; plan what comes when it ends."""
    version = world.shapes.version_on(world.day)
    for step in version.parties[office.kind].steps:
        if all_steps or step.renews:

            def do(at: datetime, code: str = step.code) -> Did:
                row = Participant.objects.get(pk=office.row.pk)
                made = record_step(row, version, code, on=world.day, by=office.actor, at=at)
                return f"done {code}", made

            office.row = world.act("step", office.subject, do) or office.row
    until = office.row.certified_until
    if until is not None:
        on_time = not world.chance.happens(world.plan.rates.renewal_missed)
        days = world.chance.between(-RENEWED_BEFORE, -1) if on_time else world.chance.between(5, 70)
        again = max(until + timedelta(days=days), world.day + timedelta(days=1))
        world.on(again, lambda: _certify(world, office))


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
