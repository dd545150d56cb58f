"""Messages reach nobody who does not want them, and nobody too often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from etasu.safe_use.reminding import QUIET_FROM, QUIET_UNTIL, SMS, address_by
from etasu.site.sim.invariants.look import Look
from etasu.site.sim.world import Person, Sending, World

MOST_IN_A_WEEK = 3
WEEK = timedelta(days=7)


def nobody_is_pestered(look: Look) -> Iterator[str]:
    """I10: nothing goes to whoever stopped it, left or died, or to where somebody lived before.

    Nothing goes twice, more often than allowed, or at night where they live.

    A sender that dies may leave it open whether a mail went out: the next one then sends it under
    the same Message-ID, by which it is known as a copy.
    """
    world, begin = look.world, look.marks.get("read", 0)
    look.marks["read"] = len(world.sendings)
    for each in world.sendings[begin:]:
        if look.marks.get(each.number) == each.crashes:
            yield "a message was sent twice"
        look.marks[each.number] = each.crashes
        if (each.channel, each.address) in world.former:
            yield "a message went to where somebody is reached no more"
        person = _whose(world, each)
        if person is not None:
            yield from _unwanted(world, each, person, look.marks)


def _whose(world: World, sending: Sending) -> Person | None:
    """The patient who is reached there; staff are told what they must know."""
    for each in world.people:
        address = address_by(sending.channel, telephone=each.telephone, email=each.email)
        if address == sending.address:
            return each
    return None


def _unwanted(
    world: World, sending: Sending, person: Person, marks: dict[str, list[date]]
) -> Iterator[str]:
    if (sending.channel, sending.address) in world.stopped:
        yield f"{person.subject} got a message by {sending.channel} after stopping them"
    if person.gone_on is not None and person.gone_on <= world.day:
        yield f"{person.subject} got a reminder after leaving"
    if sending.channel != SMS:
        return
    local = sending.at.astimezone(ZoneInfo(person.time_zone))
    on = local.date()
    if not QUIET_UNTIL <= local.time() < QUIET_FROM:
        yield f"{person.subject} got a text message at night"
    before = marks.setdefault(person.subject, [])
    if on in before:
        yield f"{person.subject} got two text messages on {on}"
    if len([day for day in before if on - day < WEEK]) >= MOST_IN_A_WEEK:
        yield f"{person.subject} got more than {MOST_IN_A_WEEK} text messages in a week"
    before.append(on)
