"""What clinicians do about signals, and what the clock does when nobody has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from etasu.programs import library
from etasu.registry.accounts.access import PRESCRIBER
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.signal_facts import less_sure_than, surer_open
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.registry.monitoring.signal_telling import tell_escalated

# Who can say that they have looked at a result: whoever answers for the treatment, and no system.
# Nurses are told and call; they close nothing.
CLINICIANS = frozenset({PRESCRIBER})
AT_ONCE = 200


class NotAClinician(PermissionError):
    """Only a named clinician acknowledges a signal."""


class NothingSaid(ValueError):
    """An acknowledgment says what was done."""


def acknowledge_signal(signal: SignalRow, done: str, *, by: Actor, at: datetime) -> SignalRow:
    """Note that a clinician has seen it and what they did; the first one counts.

    What was said less surely of the same result and limit before is answered with it.

    Raises NotAClinician or NothingSaid.
    """
    if by.role not in CLINICIANS:
        raise NotAClinician(by.role)
    if not done.strip():
        raise NothingSaid
    with transaction.atomic():
        locked = SignalRow.objects.select_for_update(no_key=True).get(pk=signal.pk)
        if locked.acknowledged_at is None:
            _acknowledge(locked, done.strip(), by, at)
            less_sure = SignalRow.objects.filter(
                result=locked.result_id,
                limit_code=locked.limit_code,
                certainty__in=less_sure_than(locked.certainty),
                acknowledged_at__isnull=True,
            )
            for each in less_sure.select_for_update(no_key=True).order_by("pk"):
                _acknowledge(each, done.strip(), by, at)
    return locked


def _acknowledge(locked: SignalRow, done: str, by: Actor, at: datetime) -> None:
    locked.acknowledged_at, locked.acknowledged_by, locked.done = at, by.number, done
    locked.save(update_fields=["acknowledged_at", "acknowledged_by", "done"])
    _note("signal.acknowledged", locked, by, at, {})


def acknowledge_all(
    signals: Iterable[SignalRow], done: str, *, by: Actor, at: datetime
) -> list[SignalRow]:
    """Note one answer on several signals, such as those of one result: on all of them, or none."""
    with transaction.atomic():
        return [acknowledge_signal(each, done, by=by, at=at) for each in signals]


def escalate_due(*, by: Actor, at: datetime) -> int:
    """Tell who hears next of every signal nobody acknowledged in time, once; how many were told.

    One that another process is at is left to it. One that nobody is there to hear of stays due.
    """
    count, after = 0, 0
    while late := _late(at, after):
        with transaction.atomic():
            count += _escalate(late, by=by, at=at)
        after = late[-1]
    return count


def _late(at: datetime, after: int) -> list[int]:
    """Some of what is late, in the order it was raised, beyond what was looked at."""
    waiting = SignalRow.objects.filter(
        pk__gt=after,
        acknowledged_at__isnull=True,
        escalated_at__isnull=True,
        answer_until__lte=at,
    )
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _escalate(late: Iterable[int], *, by: Actor, at: datetime) -> int:
    waiting = SignalRow.objects.filter(
        pk__in=late, acknowledged_at__isnull=True, escalated_at__isnull=True
    )
    locked = list(waiting.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
    surer = surer_open(locked)
    # Of a limit and a result others are told once, of the surest: they hear of both.
    alone = [each for each in locked if not any(_is_late(one, at) for one in surer[each.pk])]
    told: list[SignalRow] = []
    for (program, label), found in _by_version(alone):
        version = library.current().version(program, label)
        if version is not None:
            told += tell_escalated(found, version, by=by, at=at)
    heard = {each.pk for each in told}
    quiet = [
        each
        for each in locked
        if each.pk not in heard
        and any(one.pk in heard or one.escalated_at for one in surer[each.pk])
    ]
    done = [*told, *quiet]
    SignalRow.objects.filter(pk__in=[each.pk for each in done]).update(
        escalated_at=at, escalated_by=by.number
    )
    for each in done:
        _note("signal.escalated", each, by, at, {"urgency": each.urgency})
    return len(told)


def _is_late(signal: SignalRow, at: datetime) -> bool:
    return signal.answer_until is not None and signal.answer_until <= at


def _by_version(late: Iterable[SignalRow]) -> Iterable[tuple[tuple[str, str], list[SignalRow]]]:
    found: dict[tuple[str, str], list[SignalRow]] = {}
    for each in late:
        found.setdefault((each.program, each.program_version), []).append(each)
    return found.items()


def _note(verb: str, signal: SignalRow, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    known = {"signal": signal.number, "limit": signal.limit_code, **detail}
    audit.record(verb, subject=("patient", signal.patient.number), by=by, at=at, detail=known)
