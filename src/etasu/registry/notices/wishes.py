"""How patients want to be reminded, and the addresses at which nobody is reminded any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.notices.models import ReminderWish, StoppedAddress
from etasu.safe_use.reminding import QUIET_FROM, QUIET_UNTIL

OPTED_OUT, WRONG = StoppedAddress.Why.OPTED_OUT, StoppedAddress.Why.WRONG


class Wish(NamedTuple):
    """What somebody wants. `channels` is None for whoever never said; none of them means none."""

    channels: tuple[str, ...] | None = None
    language: str = ""
    quiet_from: time = QUIET_FROM
    quiet_until: time = QUIET_UNTIL


def wishes_of(
    persons: Collection[str], formerly: Mapping[str, str] | None = None
) -> dict[str, Wish]:
    """What these people want, by person; those who never said are left out.

    `formerly` leads from other numbers they go by to the one asked about. Their newest word counts;
    of two at one moment the one that lets less through.
    """
    owners = {**dict.fromkeys(persons), **(formerly or {})}
    rows = ReminderWish.objects.filter(person__in=owners)
    in_turn = sorted(rows, key=lambda each: (each.changed_at, -len(each.channels)))
    return {owners[each.person] or each.person: _wish(each) for each in in_turn}


def wish(person: str, wanted: Wish, *, by: Actor, at: datetime) -> None:
    """Note how somebody wants to be reminded from now on."""
    new = {
        "channels": list(wanted.channels or ()),
        "language": wanted.language,
        "quiet_from": wanted.quiet_from,
        "quiet_until": wanted.quiet_until,
    }
    with transaction.atomic():
        ReminderWish.objects.update_or_create(
            person=person, defaults={**new, "changed_at": at, "changed_by": by.number}
        )
        said = {**new, "quiet_from": str(wanted.quiet_from), "quiet_until": str(wanted.quiet_until)}
        audit.record("reminders.wished", subject=("patient", person), by=by, at=at, detail=said)


def stop(channel: str, address: str, why: str, how: str, *, by: Actor, at: datetime) -> bool:
    """Send nothing to the address any more; False when that is so already."""
    with transaction.atomic():
        row, is_new = StoppedAddress.objects.get_or_create(
            channel=channel,
            address=address,
            why=why,
            ended_at=None,
            defaults={"how": how, "stopped_at": at, "stopped_by": by.number},
        )
        if is_new:
            _note("address.stopped", row, {"why": why, "how": how}, by, at)
    return is_new


def start(channel: str, address: str, how: str, *, by: Actor, at: datetime) -> bool:
    """Use the address again, because somebody asked for it; False when it was not stopped.

    A wrong one as well: it may have been made right since, and if not, that is found out again.
    """
    with transaction.atomic():
        held = StoppedAddress.objects.select_for_update(no_key=True)
        rows = list(held.filter(channel=channel, address=address, ended_at__isnull=True))
        for row in rows:
            row.ended_at, row.ended_by = at, by.number
            row.save(update_fields=["ended_at", "ended_by"])
            _note("address.in_use_again", row, {"how": how}, by, at)
    return bool(rows)


def stopped_among(addresses: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Which of these channels and addresses are stopped, and why."""
    wanted = set(addresses)
    found = StoppedAddress.objects.filter(
        address__in={address for _, address in wanted}, ended_at__isnull=True
    )
    # Somebody's own word counts before what a provider noted.
    rows = found.order_by("-why").values_list("channel", "address", "why")
    return {(channel, address): why for channel, address, why in rows}


def _wish(row: ReminderWish) -> Wish:
    return Wish(tuple(row.channels), row.language, row.quiet_from, row.quiet_until)


def _note(verb: str, row: StoppedAddress, detail: dict[str, Any], by: Actor, at: datetime) -> None:
    # The row's own number and never the address, which would say who it is.
    subject = ("address", str(row.pk))
    audit.record(verb, subject=subject, by=by, at=at, detail={"channel": row.channel, **detail})
