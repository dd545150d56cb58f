"""The obligations of a whole population: derived, counted, and kept up for a month of days.

`python -m bench.sweep PATIENTS DAYS` runs in the database of DATABASE_URL, which must be empty, and
prints one JSON line a figure. Every statement is the one production runs, save those that make the
patients; what the state must be is computed again from the results, by another way.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil

PROGRAM = "lemtrada"
TODAY = date(2026, 1, 15)
SAMPLE = 500


def main(patients: int, days: int) -> None:
    """Measure a population of this size through this many days."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "etasu.site.settings")
    import django

    django.setup()
    from etasu.registry.monitoring.watches import _terms

    _make(patients, _terms(TODAY))
    for figure in _measure(patients, days):
        sys.stdout.write(json.dumps(figure) + "\n")
        sys.stdout.flush()


def _measure(patients: int, days: int) -> Iterator[dict[str, Any]]:
    from etasu.registry.monitoring.population import how_all_stand
    from etasu.registry.monitoring.watches import advance, look_again

    results = _value("SELECT count(*) FROM monitoring_result")
    scan, scan_by_all = _scans()
    counted = how_all_stand(PROGRAM, TODAY)
    evaluate = _best(lambda: how_all_stand(PROGRAM, TODAY))
    yield {
        "measure": "sweep: every obligation counted from the state",
        "patients": patients,
        "obligations": sum(sum(each[1:]) for each in counted),
        "results": results,
        "scan_seconds": round(scan, 2),
        "scan_by_all_cores_seconds": round(scan_by_all, 2),
        "seconds": round(evaluate, 2),
        "of_scan": round(evaluate / scan, 2),
    }
    look_again(TODAY)
    advance(TODAY)
    taken, said, day = [], 0, TODAY
    for _ in range(days):
        day += timedelta(days=1)
        added = _lab_day(day)
        began = time.perf_counter()
        while any(look_again(day, most=200_000)):
            pass
        said += len(advance(day))
        taken.append(time.perf_counter() - began)
        _say(f"{day}: {taken[-1]:.1f} s")
    scan, scan_by_all = _scans()
    yield {
        "measure": "sweep: one day more",
        "patients": patients,
        "days": days,
        "results_a_day": added,
        "reminders": said,
        "scan_seconds": round(scan, 2),
        "scan_by_all_cores_seconds": round(scan_by_all, 2),
        "median_seconds": round(statistics.median(taken), 2),
        "slowest_seconds": round(max(taken), 2),
        "of_scan": round(statistics.median(taken) / scan, 2),
    }
    yield {
        "measure": "sweep: the state after these days, beside all of it computed again",
        "watches": _value("SELECT count(*) FROM monitoring_watch"),
        "differences": _differences(day),
        "differences_to_safe_use": _differences_in_sample(day),
        "patients_in_sample": SAMPLE,
    }
    yield {"measure": "sweep: memory", **_memory()}


def _make(patients: int, terms: list[list[Any]]) -> None:
    """Patients in every month of their two courses, and four of five results that fell due."""
    with _cursor() as db:
        # What is made here is not followed: the state is built from it in one go.
        _switch("DISABLE")
        _say("patients, infusions and their rules")
        db.execute(PATIENTS, {"patients": patients, "program": PROGRAM})
        db.execute(INFUSIONS, {"today": TODAY})
        db.execute("CREATE UNLOGGED TABLE planned (LIKE monitoring_watch INCLUDING DEFAULTS)")
        db.execute(WATCHES, {"rules": json.dumps(_rules()), "today": TODAY})
        _say("results")
        _settle("patients_patient", "treatment_infusion", "planned")
        _fill("monitoring_result", RESULT_COLUMNS, RESULTS, {"today": TODAY})
        _say("the state")
        state = KEEP.format(state=STATE.format(watches="planned"))
        _fill("monitoring_watch", WATCH_COLUMNS, state, {"day": TODAY, **_named(terms)})
        db.execute("DROP TABLE planned")
        _switch("ENABLE")
    _say("writing to the disk")
    os.sync()
    _say("measuring")


def _fill(table: str, columns: str, rows: str, values: dict[str, Any]) -> None:
    """Fill an empty table with what a query finds, as rows that need no second look.

    Rows that were inserted are written again by whoever reads them first, and with checksums once
    more to the log; that is more than a disk gives that is paid by what is written.
    """
    import psycopg
    from django.db import connection

    with _without_indexes(table), psycopg.connect(os.environ["DATABASE_URL"]) as db:
        with connection.cursor() as reading, db.cursor() as writing:
            # Rows come frozen into a file that is new in the same transaction only.
            writing.execute(f"CLUSTER {table} USING {table}_pkey")
            into = f"COPY {table} ({columns}) FROM STDIN (FREEZE)"
            found = reading.copy(f"COPY ({rows}) TO STDOUT", values)
            with found as some, writing.copy(into) as taken:
                for each in some:
                    taken.write(each)
    _settle(table)


@contextmanager
def _without_indexes(table: str) -> Iterator[None]:
    """Kept up row by row, they would take longer than the rows; they are made anew from all."""
    indexes = [each for each in _rows(INDEXES) if each[0] == table]
    with _cursor() as db:
        for _, name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        yield
        _say(f"indexes of {table}")
        for *_, definition in indexes:
            db.execute(definition)


def _say(what: str) -> None:
    """Which part of this long work begins, to whoever waits for it."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")


def _switch(triggers: str) -> None:
    with _cursor() as db:
        for table in ("patients_patient", "treatment_infusion", "monitoring_result"):
            db.execute(f"ALTER TABLE {table} {triggers} TRIGGER USER")


def _rules() -> list[dict[str, Any]]:
    from etasu.programs import library
    from etasu.safe_use.obligations import rules_of

    version = library.current().effective(PROGRAM, TODAY)
    assert version is not None
    return [
        {
            "code": rule.code,
            "subject": rule.subject,
            "is_form": rule.is_form,
            "months": rule.every.count,
            "women": rule.code == "yearly-hpv",
        }
        for rule in rules_of(version, {})
    ]


def _lab_day(day: date) -> int:
    """What laboratories report of one day: everybody whose tests fall due about then, save some."""
    with _cursor() as db:
        db.execute(DAY, {"day": day})
        return int(db.rowcount)


def _differences(day: date) -> int:
    """Watches that are not kept as they follow from the results, each looked at once more."""
    from etasu.registry.monitoring.watches import _terms

    state = STATE.format(watches="monitoring_watch")
    with _cursor() as db:
        db.execute(COMPARE.format(state=state), {"day": day, **_named(_terms(day))})
        return int(db.fetchone()[0])


def _differences_in_sample(day: date) -> int:
    from etasu.registry.monitoring.models import Watch
    from etasu.registry.monitoring.watches import derived

    ids = [
        row[0] for row in _rows("SELECT id FROM patients_patient ORDER BY md5(number) LIMIT 500")
    ]
    names = ("patient_id", "code", "anchor", "through", "last", "met", "open_due_on", "status")
    both = [
        {tuple(getattr(row, name) for name in names) for row in rows}
        for rows in (Watch.objects.filter(patient__in=ids), derived(ids, day))
    ]
    return len(both[0] ^ both[1])


def _memory() -> dict[str, Any]:
    """The most this process used, and what the server's processes use, each alone and together."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    server = [each for each in psutil.process_iter(["name"]) if each.info["name"] == "postgres"]
    private = sum(_own_kibibytes(each.pid) for each in server) // 1024
    shared = _value("SELECT pg_size_bytes(current_setting('shared_buffers')) / 1048576")
    return {
        "etasu_mebibytes": own,
        "database_mebibytes": private,
        "database_shared_mebibytes": shared,
    }


def _own_kibibytes(process: int) -> int:
    """What a process has for itself; what is shared counts as nobody's own."""
    said = Path(f"/proc/{process}/status").read_text()
    return int(said.partition("RssAnon:")[2].split()[0])


def _named(terms: list[list[Any]]) -> dict[str, Any]:
    return dict(zip(("programs", "rules", "overdue", "escalated", "steps"), terms, strict=True))


def _scans() -> tuple[float, float]:
    """How long one process looks at every result, as what is measured is one; and all together."""
    found = []
    for workers in (0, 2):
        with _cursor() as db:
            db.execute(f"SET max_parallel_workers_per_gather = {workers}")
        found.append(_best(lambda: _value(SCAN)))
    return found[0], found[1]


def _best(do: Any) -> float:
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        do()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _cursor() -> Any:
    from django.db import connection

    return connection.cursor()


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with _cursor() as db:
        db.execute(statement)
        found: list[tuple[Any, ...]] = db.fetchall()
    return found


def _value(statement: str) -> int:
    return int(_rows(statement)[0][0])


def _settle(*tables: str) -> None:
    with _cursor() as db:
        for table in tables:
            db.execute(f"VACUUM ANALYZE {table}")


INDEXES = """
SELECT tablename, indexname, indexdef FROM pg_indexes
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)
"""
# One look at every row and its width; the aggregate is what makes it look.
SCAN = "SELECT count(*) + max(length(test)) FROM monitoring_result"
PATIENTS = """
INSERT INTO patients_patient (number, program, full_name, attributes, enrolled_on, registered_at,
    registered_by, city, state, zip_code, telephone, email, language, time_zone, revision)
SELECT 'P' || n, %(program)s, 'Patient ' || n,
    jsonb_build_object('sex', CASE WHEN n %% 4 = 0 THEN 'male' ELSE 'female' END),
    date '2020-01-01', now(), 'platform', '', '', '', '', '', 'en', 'America/New_York', 0
FROM generate_series(1, %(patients)s) n
"""
INFUSIONS = """
INSERT INTO treatment_infusion (number, patient_id, course, given_on, detail, recorded_at,
    recorded_by)
SELECT 'I' || id || '-' || course || '-' || dose, id, course,
    %(today)s::date - (30 + id %% 700)::int + (course - 1) * 366 + dose, '{}', now(), 'platform'
FROM patients_patient, generate_series(1, 2) course,
    LATERAL generate_series(1, CASE WHEN course = 1 THEN 5 ELSE 3 END) dose
WHERE %(today)s::date - (30 + id %% 700)::int + (course - 1) * 366 + dose <= %(today)s
"""
WATCHES = """
INSERT INTO planned (id, patient_id, code, subject, is_form, months, days, anchor, through,
    last, met, waived, status, as_of)
SELECT row_number() OVER (), id, code, subject, is_form, months, 0, anchor, through, last,
    repeat('0', last)::varbit, repeat('0', last)::varbit, 'upcoming', %(today)s
FROM (
    SELECT patient.id, patient.attributes, min(given_on) AS anchor,
        (max(given_on) + interval '48 months')::date AS through
    FROM patients_patient patient JOIN treatment_infusion given ON given.patient_id = patient.id
    GROUP BY patient.id
) treated
CROSS JOIN json_to_recordset(%(rules)s) AS rule (
    code text, subject text, is_form bool, months int, women bool)
CROSS JOIN LATERAL (
    SELECT monitoring_first_due_after(anchor, months, 0, through - 1) AS last
) ends
WHERE NOT women OR attributes ->> 'sex' = 'female'
"""
# A fifth is never done; the others up to six days late, each person by their own habit.
RESULT_COLUMNS = "patient_id, test, collected_on, channel, recorded_at, recorded_by"
RESULTS = """
SELECT patient_id, subject, done_on, 'hl7v2', now(), 'platform'
FROM planned
CROSS JOIN LATERAL generate_series(1, last) period
CROSS JOIN LATERAL (
    SELECT monitoring_due(anchor, months, 0, period) + ((patient_id + period) %% 7)::int AS done_on
) done
WHERE NOT is_form AND done_on <= %(today)s AND hashint8(id * 1000 + period) %% 5 <> 0
"""
DAY = """
INSERT INTO monitoring_result (patient_id, test, collected_on, channel, recorded_at, recorded_by)
SELECT patient_id, subject, %(day)s, 'hl7v2', now(), 'platform'
FROM monitoring_watch
WHERE NOT is_form AND open_due_on <= %(day)s::date
    AND (patient_id + (%(day)s::date - date '2020-01-01')) %% 9 = 0
"""
# The state from the results: each in its period, counted without looking at what is kept.
STATE = """
WITH terms AS (
    SELECT * FROM unnest(%(programs)s::text[], %(rules)s::text[], %(overdue)s::int[],
        %(escalated)s::int[], %(steps)s::text[]) AS each (program, rule, overdue, escalated, steps)
), sets AS (
    SELECT watch.id, bit_or(set_bit(repeat('0', last)::varbit, least(period, last) - 1, 1)) AS met
    FROM {watches} watch
    JOIN monitoring_result result
        ON result.patient_id = watch.patient_id AND result.test = watch.subject
    CROSS JOIN LATERAL monitoring_period(anchor, months, days, collected_on) period
    WHERE NOT is_form AND replaced_at IS NULL AND period > 0 AND collected_on >= anchor
    GROUP BY watch.id
), opened AS (
    SELECT watch.id, now_met, anchor, months, days, last, overdue, escalated, steps,
        monitoring_open_period(now_met, waived, last) AS open
    FROM {watches} watch
    JOIN terms ON terms.rule = watch.code AND terms.program = 'lemtrada'
    LEFT JOIN sets USING (id)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN is_form THEN watch.met
            ELSE coalesce(sets.met, repeat('0', last)::varbit) END AS now_met
    ) counted
), due AS (
    SELECT opened.*, monitoring_due(anchor, months, days, open) AS due_on FROM opened
)
SELECT id, now_met, due_on,
    monitoring_status(due_on, overdue, escalated, %(day)s) AS status_now,
    monitoring_next_change(open, anchor, months, days, last, steps::int[], %(day)s) AS changes_on
FROM due
"""
WATCH_COLUMNS = """patient_id, code, subject, is_form, months, days, anchor, through, last,
    met, waived, open_due_on, status, next_change_on, as_of"""
KEEP = """
SELECT patient_id, code, subject, is_form, months, days, anchor, through, last,
    now_met, waived, due_on, status_now, changes_on, %(day)s
FROM planned JOIN ({state}) state USING (id) ORDER BY id
"""
COMPARE = """
SELECT count(*) FROM monitoring_watch watch FULL JOIN ({state}) state USING (id)
WHERE (met, open_due_on, status, next_change_on)
    IS DISTINCT FROM (now_met, due_on, status_now, changes_on)
"""

if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
