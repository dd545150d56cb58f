"""Keeping the state of what falls due: after every change at once, and once a day.

`look_again` follows the touches the database left; `advance` follows the calendar. Whatever either
keeps equals what `derived` says from scratch, and `recheck` proves it, a few patients a night.
Only `advance` says what is to be said: a look leaves it waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Coalesce, Mod

from etasu.programs import library
from etasu.registry.audit.away import AWAY
from etasu.registry.monitoring.deriving import A_DAY, derived, kept_now
from etasu.registry.monitoring.models import Touch, Watch
from etasu.registry.patients.models import Patient
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.obligations import rules_of

# One process at a time changes watches, so that no older look overwrites a newer one.
_LOCK = 7_203_115
AT_ONCE = 500
_log = structlog.get_logger("etasu.monitoring")


class Due(NamedTuple):
    """Something to remind a patient of: which rule, which due day, how many days after it."""

    patient_id: int
    code: str
    due_on: date
    offset_days: int


class Looked(NamedTuple):
    """What following the touches came to: one more collection each, and patients derived anew."""

    added: int
    derived: int


def look_again(on: date, *, most: int = 20_000) -> Looked:
    """Bring up to date what the oldest touches are about; none left when both counts are 0.

    Does nothing while another process is at it. A patient who cannot be derived stops nobody else:
    they are told, and tried again on the next day or when something else is known of them.
    """
    with transaction.atomic(), connection.cursor() as db:
        db.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not db.fetchone()[0]:
            return Looked(0, 0)
        db.execute(_FOR_MANY)
        db.execute(_ALL_AT_ONCE)
        db.execute(_TAKE_PATIENTS, [on, most])
        anew = {patient for (patient,) in db.fetchall()}
        db.execute(_AS_IT_SEEMS_BEST)
        for batch in _batches(sorted(anew)):
            _keep_all(batch, on)
        db.execute(_ONE_BY_ONE)
        db.execute(_ADD, [*_terms(on), most, on])
        added, kept, due = db.fetchone()
        if due != kept:
            raise RuntimeError("a watch was changed by somebody who did not hold the lock")
    return Looked(added, len(anew))


def keep(patients: Collection[int], on: date) -> int:
    """Derive the watches of these patients from scratch; how many were not kept like that."""
    rows = [_columns(each) for each in derived(patients, on, kept_now(patients))]
    columns = list(map(list, zip(*rows, strict=True))) if rows else [[] for _ in _COLUMNS]
    with transaction.atomic(), connection.cursor() as db:
        db.execute(_DROP, [list(patients), columns[0], columns[1]])
        dropped: int = db.rowcount
        db.execute(_KEEP, columns)
        changed: int = db.rowcount
    return dropped + changed


def advance(on: date) -> list[Due]:
    """Bring every watch up to that day; what is to be said about it, by patient and due day.

    After an outage every day in between is made up for at once, and of the reminders of one due day
    only the newest is said. A second time on the same day changes and says nothing.
    """
    with transaction.atomic(), connection.cursor() as db:
        db.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        db.execute(_FOR_MANY)
        db.execute(_ONE_BY_ONE)
        db.execute(_ADVANCE, [*_terms(on, with_reminders=True), on])
        return [Due(*row) for row in db.fetchall()]


def recheck(after: int, on: date, *, share: int = 1) -> tuple[int, int, int]:
    """Derive the next patients anew: how many, how many watches had drifted, the last one's id.

    With a `share` of 7, a seventh of all patients on each day, so that a week sees everybody.
    """
    found = Patient.objects.filter(pk__gt=after).alias(turn=Mod("pk", Value(share)))
    # Whoever was treated before their program watched anything has no watch to be found by.
    found = found.filter(
        Exists(Watch.objects.filter(patient=OuterRef("pk")))
        | Exists(Infusion.objects.filter(patient=OuterRef("pk"), struck_at__isnull=True)),
        turn=on.toordinal() % share,
    )
    owners = found.order_by("pk").values_list("pk", Coalesce("merged_into_id", "pk"))
    with transaction.atomic(), connection.cursor() as db:
        db.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        by_record = dict(owners[:AT_ONCE])
        ids = {*by_record, *by_record.values()}
        waiting = set(Touch.objects.filter(patient__in=ids).values_list("patient_id", flat=True))
        drifted = _keep_all(sorted(ids - waiting), on)
    return len(by_record), drifted, max(by_record, default=after)


def how_many_set_aside() -> int:
    """How many patients there are whose obligations could not be derived when they last were."""
    found = Touch.objects.filter(again_on__isnull=False)
    return found.values("patient").distinct().count()


def _keep_all(patients: Sequence[int], on: date) -> int:
    """Keep those that can be derived, and set the others aside; how many had been otherwise."""
    try:
        with transaction.atomic():
            return keep(patients, on)
    except AWAY:
        # The database is the trouble, and nobody's record.
        raise
    except Exception as error:  # noqa: BLE001 - whatever one record breaks, the others are kept
        if len(patients) > 1:
            half = len(patients) // 2
            return _keep_all(patients[:half], on) + _keep_all(patients[half:], on)
        # Never the message: a database's may quote a row.
        (number,) = Patient.objects.filter(pk__in=patients).values_list("number", flat=True)
        _log.error("obligations not derived", number=number, reason=type(error).__name__)
        Touch.objects.create(patient_id=patients[0], again_on=on + A_DAY)
        return 0


def _terms(on: date, *, with_reminders: bool = False) -> list[list[Any]]:
    """The rules of every program in force: program, code, days to overdue and escalated, steps."""
    rows = []
    for program in sorted(library.current().programs):
        version = library.current().effective(program, on)
        late = version.lateness if version else None
        for rule in rules_of(version, {}) if version and late else ():
            assert late is not None
            days = late.overdue_after_days, late.escalated_after_days
            steps = sorted({0, *days, *rule.remind_days})
            row = (program, rule.code, *days, _array(steps))
            rows.append((*row, _array(sorted(rule.remind_days))) if with_reminders else row)
    width = 6 if with_reminders else 5
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width


def _array(steps: Iterable[int]) -> str:
    """Whole numbers as PostgreSQL reads an array: arrays of different lengths make no table."""
    return "{" + ",".join(map(str, steps)) + "}"


def _batches(items: Sequence[int]) -> Iterable[Sequence[int]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


_COLUMNS = (
    *("patient_id", "code", "subject", "is_form", "months", "days", "anchor", "through", "last"),
    *("met", "waived", "open_due_on", "status", "next_change_on", "as_of"),
)
_TYPES = (
    *("bigint", "text", "text", "bool", "int", "int", "date", "date", "int"),
    *("varbit", "varbit", "date", "text", "date", "date"),
)


def _columns(row: Watch) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _COLUMNS)


# Compiling these plans costs more than it saves; what they gather should not go by way of a file.
_FOR_MANY = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
# The few rows that change are found one by one, however much reading all of them looks quicker.
_ONE_BY_ONE = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
# Touches come and go: what the database believes of their number is often wrong, and a plan for a
# few of them would look at all of them once for each of them.
_ALL_AT_ONCE = "SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = on"
_AS_IT_SEEMS_BEST = "SET LOCAL enable_nestloop = on"
# With all there is about them: a result that was withdrawn meanwhile must not be added afterwards.
_TAKE_PATIENTS = """
DELETE FROM monitoring_touch WHERE patient_id IN (
    SELECT patient_id FROM monitoring_touch
    WHERE test IS NULL AND (again_on IS NULL OR again_on <= %s) ORDER BY id LIMIT %s)
RETURNING patient_id
"""
_DROP = """
DELETE FROM monitoring_watch WHERE patient_id = ANY(%s)
AND (patient_id, code) NOT IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))
"""
_KEEP = f"""
INSERT INTO monitoring_watch AS kept ({", ".join(_COLUMNS)})
SELECT * FROM unnest({", ".join(f"%s::{each}[]" for each in _TYPES)})
ON CONFLICT (patient_id, code) DO UPDATE
SET ({", ".join(_COLUMNS[2:])}) = ROW({", ".join(f"excluded.{each}" for each in _COLUMNS[2:])})
WHERE ({", ".join(f"kept.{each}" for each in _COLUMNS[2:-1])})
    IS DISTINCT FROM ({", ".join(f"excluded.{each}" for each in _COLUMNS[2:-1])})
"""
# The terms of a watch's rule. Kept apart, so that the database remembers those of each rule.
_TERMS = """CROSS JOIN LATERAL (
        SELECT * FROM terms WHERE program = patient.program AND rule = watch.code OFFSET 0
    ) agreed"""
# Days that belong to a period of the watch turn its bit on; everything after follows from the bits.
# By patient, as the watches lie, and what is kept is asked for first: each is then changed as soon
# as it is read, while its page is at hand, and not when all of them have been. Looked for apart,
# watches are found by patient and test, and not all of a patient's.
_ADD = f"""
WITH terms AS MATERIALIZED (
    SELECT program, rule, overdue, escalated, steps::int[]
    FROM unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::text[])
        AS each (program, rule, overdue, escalated, steps)
), taken AS (
    DELETE FROM monitoring_touch WHERE test IS NOT NULL AND id <= (SELECT max(id) FROM (
        SELECT id FROM monitoring_touch WHERE test IS NOT NULL ORDER BY id LIMIT %s) oldest)
    RETURNING patient_id, test, collected_on
), collected AS (
    SELECT patient_id, test, array_agg(collected_on) AS on_days
    FROM taken GROUP BY patient_id, test ORDER BY patient_id, test
), opened AS MATERIALIZED (
    SELECT watch.*, now_met, agreed.*, %s::date AS day,
        monitoring_open_period(now_met, waived, last) AS open
    FROM collected
    CROSS JOIN LATERAL (
        SELECT *, ctid AS place FROM monitoring_watch
        WHERE patient_id = collected.patient_id AND subject = test AND NOT is_form OFFSET 0
    ) watch
    CROSS JOIN LATERAL (
        SELECT watch.met | bit_or(set_bit(
            repeat('0', watch.last)::varbit, least(period, watch.last) - 1, 1)) AS now_met
        FROM unnest(on_days) collected_on
        CROSS JOIN LATERAL monitoring_period(
            watch.anchor, watch.months, watch.days, collected_on) period
        WHERE period > 0 AND collected_on >= watch.anchor
    ) counted
    JOIN patients_patient patient ON patient.id = watch.patient_id
    {_TERMS}
    WHERE now_met <> met
), due AS MATERIALIZED (
    SELECT opened.*, CASE WHEN open IS NOT NULL
        THEN monitoring_due(anchor, months, days, open) END AS due_on,
        -- What is to be said by the day waits for the night.
        CASE WHEN next_change_on <= day THEN as_of ELSE greatest(as_of, day) END AS said
    FROM opened
), kept AS (
    UPDATE monitoring_watch watch
    SET met = due.now_met,
        open_due_on = due_on,
        status = monitoring_status(due_on, overdue, escalated, day),
        next_change_on = monitoring_next_change(
            open, due.anchor, due.months, due.days, due.last, steps, said),
        as_of = said
    FROM due WHERE watch.ctid = due.place
    RETURNING watch.id
)
SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM kept), (SELECT count(*) FROM due)
"""
_ADVANCE = f"""
WITH terms AS MATERIALIZED (
    SELECT program, rule, overdue, escalated, steps::int[], reminders::int[]
    FROM unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::text[], %s::text[])
        AS each (program, rule, overdue, escalated, steps, reminders)
), changing AS MATERIALIZED (
    SELECT watch.ctid AS place, agreed.*, watch.as_of AS looked_on, request.day, patient.ended_on,
        monitoring_open_period(watch.met, watch.waived, watch.last) AS open
    FROM (SELECT %s::date AS day) request
    JOIN monitoring_watch watch ON watch.next_change_on <= request.day
    JOIN patients_patient patient ON patient.id = watch.patient_id
    {_TERMS}
), changed AS (
    UPDATE monitoring_watch watch
    SET status = monitoring_status(watch.open_due_on, overdue, escalated, day),
        next_change_on = monitoring_next_change(
            open, watch.anchor, watch.months, watch.days, watch.last, steps, day),
        as_of = day
    FROM changing WHERE watch.ctid = changing.place
    RETURNING watch.patient_id, watch.code, watch.anchor, watch.months, watch.days, watch.last,
        watch.waived, open, reminders, looked_on, day, ended_on
)
SELECT patient_id, code, said.due_on, said.step
FROM changed
CROSS JOIN LATERAL monitoring_reminders(
    open, anchor, months, days, last, waived, reminders, looked_on, day) said
WHERE ended_on IS NULL OR ended_on > day
ORDER BY said.due_on, patient_id, code, said.step
"""
