"""What clinicians do about signals, and what the clock does when nobody has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from etasu.programs import library
from etasu.registry.accounts.access import INFUSION_NURSE, PRESCRIBER, SUPPORT_NURSE
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.registry.monitoring.signal_telling import tell_escalated

# Who can say that they have looked at a result: named people who treat, and no system.
CLINICIANS = frozenset({PRESCRIBER, SUPPORT_NURSE, INFUSION_NURSE})
AT_ONCE = 200


class NotAClinician(PermissionError):
    """Only a named clinician acknowledges a signal."""


class NothingSaid(ValueError):
    """An acknowledgment says what was done."""


def acknowledge_signal(signal: SignalRow, done: str, *, by: Actor, at: datetime) -> SignalRow:
    """Note that a clinician has seen it and what they did; the first one counts.

    Raises NotAClinician or NothingSaid.
    """
    if by.role not in CLINICIANS:
        raise NotAClinician(by.role)
    if not done.strip():
        raise NothingSaid
    with transaction.atomic():
        locked = SignalRow.objects.select_for_update(no_key=True).get(pk=signal.pk)
        if locked.acknowledged_at is None:
            locked.acknowledged_at, locked.acknowledged_by = at, by.number
            locked.done = done.strip()
            locked.save(update_fields=["acknowledged_at", "acknowledged_by", "done"])
            _note("signal.acknowledged", locked, by, at, {})
    return locked


def escalate_due(*, by: Actor, at: datetime) -> int:
    """Tell who hears next of every signal nobody acknowledged in time, once; how many there were.

    One that another process is at is left to it.
    """
    count = 0
    while late := _escalate_some(by=by, at=at):
        count += late
    return count


def _escalate_some(*, by: Actor, at: datetime) -> int:
    waiting = SignalRow.objects.filter(
        acknowledged_at__isnull=True, escalated_at__isnull=True, answer_until__lte=at
    )
    with transaction.atomic():
        late = list(
            waiting.select_for_update(skip_locked=True, of=("self",)).order_by(
                "answer_until", "pk"
            )[:AT_ONCE]
        )
        SignalRow.objects.filter(pk__in=[each.pk for each in late]).update(
            escalated_at=at, escalated_by=by.number
        )
        for each in late:
            _note("signal.escalated", each, by, at, {"urgency": each.urgency})
        for (program, label), found in _by_version(late):
            version = library.current().version(program, label)
            if version is not None:
                tell_escalated(found, version, by=by, at=at)
    return len(late)


def _by_version(late: Iterable[SignalRow]) -> Iterable[tuple[tuple[str, str], list[SignalRow]]]:
    found: dict[tuple[str, str], list[SignalRow]] = {}
    for each in late:
        found.setdefault((each.program, each.program_version), []).append(each)
    return found.items()


def _note(verb: str, signal: SignalRow, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    known = {"signal": signal.number, "limit": signal.limit_code, **detail}
    audit.record(verb, subject=("patient", signal.patient.number), by=by, at=at, detail=known)
