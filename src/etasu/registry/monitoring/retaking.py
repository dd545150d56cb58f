"""What is on record under a code, judged again since the code means another thing.

A mistake about a code may be in the results of years. They are judged again a turn of messages at a
time, in the order they came: the first turns with the change itself, the others by the clock. How
far it has got is on record, so whatever dies in between is gone on with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.again import WITH, take_again
from etasu.registry.monitoring.correction_models import Retaking
from etasu.registry.monitoring.judging import Judged, judge
from etasu.registry.monitoring.lab_models import CodeMapping
from etasu.registry.monitoring.lab_rows import LabItemRow, LabMessageRow
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.rebuilding import entered_before, lab_item, resolutions_of, sender_of
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.senders import Known, known_now
from etasu.registry.monitoring.sent_by import sent_by

CODE_CHANGED = "code changed"
MESSAGES_AT_ONCE = 200
# So many turns are taken with the change itself: a connection's first weeks are judged at once.
TURNS_AT_ONCE = 10
# What counts for nothing because of what its code means.
_BY_ITS_CODE = frozenset({"not-watched", "panel-heading"})


class Settled(NamedTuple):
    """What an item came to: a result that stands, or nothing because of its code."""

    row: LabItemRow
    result: Result | None


def of_code(mapping: CodeMapping) -> Q:
    """The condition that an item came under the code from a sender the mapping is for."""
    about = Q(code_system=mapping.system, code=mapping.code) | Q(
        other_codes__contains=[[mapping.system, mapping.code]]
    )
    return about & sent_by(mapping.program, mapping.connection)


def retaking_for(mapping: CodeMapping) -> Retaking | None:
    """How far what is on record under the code was judged again; None for meanings of before."""
    return Retaking.objects.filter(mapping=mapping).first()


def is_under_way(mapping: CodeMapping) -> bool:
    """Whether something on record is still to be judged by what the code means now."""
    retaking = getattr(mapping, "retaking", None)
    return mapping.ended_at is None and retaking is not None and retaking.done_at is None


def begin_retaking(mapping: CodeMapping, *, by: Actor, at: datetime) -> Retaking:
    """Judge again what is on record under the code, or begin to. Call it in a transaction."""
    retaking = Retaking.objects.create(mapping=mapping, begun_at=at, begun_by=by.number)
    for _ in range(TURNS_AT_ONCE):
        if retaking.done_at is None:
            _take_turn(retaking, by=by, at=at)
    return retaking


def go_on_retaking(*, by: Actor, at: datetime) -> bool:
    """Take the next turn of what is left to be judged again; whether there was one.

    One that another process is at is left to it.
    """
    with transaction.atomic():
        left = Retaking.objects.filter(done_at__isnull=True, mapping__ended_at__isnull=True)
        found = left.select_related("mapping__connection").order_by("pk")
        retaking = found.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
        if retaking is None:
            return False
        _take_turn(retaking, by=by, at=at)
    return True


def _take_turn(retaking: Retaking, *, by: Actor, at: datetime) -> None:
    mapping = retaking.mapping
    sent = sent_by(mapping.program, mapping.connection, message="")
    messages = LabMessageRow.objects.filter(sent, pk__gt=retaking.through).order_by("pk")
    ids = list(messages.values_list("pk", flat=True)[:MESSAGES_AT_ONCE])
    changed = _changed(_settled(mapping, ids), known_now(at))
    counts = take_again(
        [each.row for each in changed],
        CODE_CHANGED,
        replacing={each.row.pk: each.result for each in changed if each.result is not None},
        by=by,
        at=at,
    )
    retaking.changed += sum(counts.values())
    if ids:
        retaking.through = ids[-1]
    if len(ids) < MESSAGES_AT_ONCE:
        retaking.done_at, retaking.done_by = at, by.number
    retaking.save(update_fields=["through", "changed", "done_at", "done_by"])


def _settled(mapping: CodeMapping, messages: Iterable[int]) -> list[Settled]:
    """What is settled under the code in these messages, locked, in the order it came."""
    rows = LabItemRow.objects.filter(of_code(mapping), report__message__in=messages)
    locked = rows.select_for_update(no_key=True, of=("self",)).order_by("pk")
    ids = list(locked.values_list("pk", flat=True))
    found = LabItemRow.objects.filter(pk__in=ids).select_related(*WITH, "result").order_by("pk")
    now = map(_now, found.prefetch_related("resolutions__result"))
    return [each for each in now if each is not None]


def _now(row: LabItemRow) -> Settled | None:
    last = next(reversed(resolutions_of(row)), row)
    result = last.result
    if result is not None:
        return Settled(row, result) if result.replaced_at is None else None
    is_nothing = last.outcome == Kept.STORED and last.reason in _BY_ITS_CODE
    return Settled(row, None) if is_nothing else None


def _changed(found: Iterable[Settled], known: Known) -> list[Settled]:
    """Those that come to something else now."""
    return [each for each in found if _is_changed(each, known)]


def _is_changed(settled: Settled, known: Known) -> bool:
    row = settled.row
    connection = sender_of(row.report)
    setting = known.of(connection).setting if connection is not None else None
    if setting is None:
        return False
    entered: Mapping[str, str] = entered_before(resolutions_of(row))
    judged = judge(lab_item(row, entered), setting, row.report.said.get("number", ""))
    return not _says_the_same(judged, settled.result)


def _says_the_same(judged: Judged, result: Result | None) -> bool:
    converted = judged.converted
    if converted is None or result is None:
        return result is None and judged.reason in _BY_ITS_CODE
    kept = (result.test, result.value, result.comparator, result.unit, result.low, result.high)
    return kept == (judged.test, *converted[:-1])
