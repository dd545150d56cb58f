"""Raising signals: keeping those that are new, and noting on them what became of their results."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.matching import Person
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.safe_use.monitoring_plan import Urgency, answer_until
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signals import Certainty, Signal, weight


def keep_signals(
    found: Sequence[tuple[Person, Signal]], version: ProgramVersion, *, by: Actor, at: datetime
) -> list[SignalRow]:
    """Write the signals that are new, or surer than what was raised of the same result before.

    What could not be compared, because what it falls or rises from had not come, is raised again
    once that is there. What was raised is left as it is; if a result it rests on no longer stands,
    it does not count.
    """
    if not found:
        return []
    standing = SignalRow.objects.filter(
        result__in={each.result for _, each in found}, result_replaced_at__isnull=True
    )
    said: dict[tuple[int, str], Certainty] = {}
    waits: dict[tuple[int, str], datetime] = {}
    for result, limit, certainty, *open_until in standing.values_list(*_SAID):
        key, sure = (result, limit), Certainty[certainty.upper()]
        said[key] = max(sure, said.get(key, sure))
        if until := _waits_until(*open_until):
            waits[key] = min(until, waits.get(key, until))
    fresh: dict[tuple[int, str], tuple[Person, Signal]] = {}
    for person, each in found:
        key = each.result, each.limit
        if is_surer(each.certainty, said.get(key)):
            said[key], fresh[key] = each.certainty, (person, each)
    rows = [_row(person, each, version, by, at) for person, each in fresh.values()]
    for key, row in zip(fresh, rows, strict=True):
        # It speaks for the less sure one as well, and so waits no longer than that would.
        if row.answer_until is not None and key in waits:
            row.answer_until = min(row.answer_until, waits[key])
    return SignalRow.objects.bulk_create(rows)


_SAID = (
    *("result_id", "limit_code", "certainty", "answer_until", "acknowledged_at"),
    "escalated_at",
)


def _waits_until(
    until: datetime | None, acknowledged_at: datetime | None, escalated_at: datetime | None
) -> datetime | None:
    """Until when somebody has to answer for it before others are told, if they still have."""
    return until if acknowledged_at is None and escalated_at is None else None


def is_surer(now: Certainty, before: Certainty | None) -> bool:
    """Whether a limit is crossed more surely than was said before, if anything was."""
    return before is None or now > before


def _row(
    person: Person, signal: Signal, version: ProgramVersion, by: Actor, at: datetime
) -> SignalRow:
    urgency = asked_urgency(signal)
    return SignalRow(
        program=version.program.code,
        program_version=version.label,
        limit_code=signal.limit,
        patient_id=person.id,
        result_id=signal.result,
        owner_id=person.prescriber_id,
        urgency=urgency,
        certainty=signal.certainty.name.lower(),
        seen=signal.seen,
        against=[
            [each.what, each.value, each.on.isoformat() if each.on else None]
            for each in signal.against
        ],
        beside=list(signal.beside),
        reason=signal.reason,
        note=signal.note,
        reflex=list(signal.reflex),
        raised_at=at,
        raised_by=by.number,
        answer_until=answer_until(version.responses.values(), urgency, at),
    )


def asked_urgency(signal: Signal) -> Urgency:
    """How soon somebody must look: what could not be compared waits as long as a routine one."""
    is_unclear = signal.certainty is Certainty.UNASSESSED
    if is_unclear and weight(signal.urgency) > weight(Urgency.ROUTINE):
        return Urgency.ROUTINE
    return signal.urgency


def note_replaced(results: Collection[int], *, by: Actor, at: datetime) -> list[str]:
    """Note on the signals of these results that those no longer stand; their numbers."""
    if not results:
        return []
    marked = """
        UPDATE monitoring_signal SET result_replaced_at = %s, result_replaced_by = %s
        WHERE result_replaced_at IS NULL AND (result_id = ANY(%s) OR EXISTS (
            SELECT FROM jsonb_array_elements(beside) other WHERE other::bigint = ANY(%s)
        ) AND patient_id IN (
            SELECT record.id FROM monitoring_result result
            JOIN patients_patient known ON known.id = result.patient_id
            JOIN patients_patient record
                ON coalesce(known.merged_into_id, known.id) IN (record.id, record.merged_into_id)
            WHERE result.id = ANY(%s)
        ))
        RETURNING number
    """
    ids = list(results)
    with connection.cursor() as db:
        db.execute(marked, [at, by.number, ids, ids, ids])
        return [number for (number,) in db.fetchall()]


_OTHERS = """
UPDATE monitoring_signal signal SET result_replaced_at = %s, result_replaced_by = %s
FROM patients_patient own
WHERE own.id = signal.patient_id AND own.id = ANY(%s) AND signal.result_replaced_at IS NULL
AND EXISTS (
    SELECT FROM monitoring_result result
    JOIN patients_patient other ON other.id = result.patient_id
    WHERE coalesce(other.merged_into_id, other.id) <> coalesce(own.merged_into_id, own.id)
        AND result.id IN (
            SELECT signal.result_id
            UNION ALL SELECT each::bigint FROM jsonb_array_elements(signal.beside) each)
)
"""


def note_others(patients: Collection[int], *, by: Actor, at: datetime) -> None:
    """Note on signals of these that rest on a result of somebody else that they no longer stand."""
    with connection.cursor() as db:
        db.execute(_OTHERS, [at, by.number, list(patients)])
