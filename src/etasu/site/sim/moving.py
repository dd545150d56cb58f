"""Where patients live: now and then in another state than their prescriber, and not forever."""

from __future__ import annotations

from datetime import datetime

from etasu.registry.patients.contacts import change_contact, contact_of
from etasu.safe_use.reminding import SMS, address_by
from etasu.site.seed.chance import Chance
from etasu.site.seed.words import STATES
from etasu.site.sim.world import Did, Office, Person, World

# Of a hundred patients.
FAR_FROM_THE_OFFICE = 20


def home_of(world: World, index: int, office: Office) -> str:
    """The time zone of where somebody lives, mostly that of the office."""
    # Drawn apart, so that a seed keeps the rest of its history.
    chance = Chance("home", world.plan.seed, index)
    is_far = chance.happens(FAR_FROM_THE_OFFICE)
    return str(chance.pick(STATES)[1]) if is_far else office.row.time_zone


def move(world: World, person: Person) -> None:
    """Live elsewhere from now on, and be reached at another number; the office is told."""
    if person.gone_on is not None:
        return
    _state, zone = Chance("move", world.plan.seed, person.index).pick(STATES)
    telephone = f"{401 + person.index // 100}-555-01{person.index % 100:02}"

    def do(at: datetime) -> Did:
        row, office = person.row, person.prescriber
        now = contact_of(row)
        wanted = now._replace(telephone=telephone, time_zone=zone)
        how, by = "by_phone", office.actor
        return zone, change_contact(row, wanted, seen=now.mark, how=how, by=by, at=at)

    world.act("move", person.subject, do, [person])
    old, new = (
        (SMS, address_by(SMS, telephone=each, email="")) for each in (person.telephone, telephone)
    )
    world.former.add(old)
    # STOP goes with whoever said it; that the old number led nowhere says nothing of the new one.
    if old in world.said_stop:
        world.stopped.add(new)
        world.said_stop.add(new)
    person.telephone, person.time_zone = telephone, zone
