"""How all obligations of a program stand on a day, counted from the maintained state alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from etasu.programs import library


class Counted(NamedTuple):
    """How many obligations of one rule stand how, over all patients."""

    code: str
    met: int
    missed: int
    waived: int
    upcoming: int
    due: int
    overdue: int
    escalated: int


def how_all_stand(program: str, on: date) -> list[Counted]:
    """Every obligation of every patient of the program, whatever their enrollment, by rule.

    Correct for any day from the newest change on: what was done later than `on` counts as done.
    """
    version = library.current().effective(program, on)
    if version is None or version.lateness is None:
        return []
    late = version.lateness
    days = {
        "day": on,
        "overdue": on - timedelta(days=late.overdue_after_days),
        "escalated": on - timedelta(days=late.escalated_after_days),
    }
    with transaction.atomic(), connection.cursor() as db:
        # Compiling the plan costs more than it saves here.
        db.execute("SET LOCAL jit = off")
        db.execute(_COUNT, {"program": program, **days})
        return [Counted(*row) for row in db.fetchall()]


# Before the open period every period is met or missed; from it on, those that had fallen due by
# each day of the ladder are escalated, overdue or due. Rows with a waiver are counted one by one.
_COUNT = """
WITH each AS (
    SELECT code, bit_count(met) AS met, handled - bit_count(met) AS missed, 0 AS waived,
        last - CASE WHEN open_due_on <= %(day)s
            THEN least(last, monitoring_fallen(anchor, months, days, %(day)s))
            ELSE handled END AS upcoming,
        CASE WHEN open_due_on <= %(day)s
            THEN least(last, monitoring_fallen(anchor, months, days, %(day)s))
            - greatest(handled, least(last,
                monitoring_fallen(anchor, months, days, %(overdue)s::date)))
            ELSE 0 END AS due,
        CASE WHEN open_due_on <= %(overdue)s::date
            THEN least(last, monitoring_fallen(anchor, months, days, %(overdue)s::date))
            - greatest(handled, least(last,
                monitoring_fallen(anchor, months, days, %(escalated)s::date)))
            ELSE 0 END AS overdue,
        CASE WHEN open_due_on <= %(escalated)s::date
            THEN least(last, monitoring_fallen(anchor, months, days, %(escalated)s::date)) - handled
            ELSE 0 END AS escalated
    FROM monitoring_watch watch
    JOIN patients_patient patient ON patient.id = patient_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN open_due_on IS NULL THEN last
            ELSE monitoring_fallen(anchor, months, days, open_due_on) - 1 END AS handled
    ) so_far
    WHERE patient.program = %(program)s AND bit_count(watch.waived) = 0
    UNION ALL
    SELECT code, (is_met)::int, (NOT is_met AND NOT is_waived AND period < newest)::int,
        (NOT is_met AND is_waived)::int,
        (is_open AND due_on > %(day)s)::int,
        (is_open AND due_on <= %(day)s AND due_on > %(overdue)s)::int,
        (is_open AND due_on <= %(overdue)s AND due_on > %(escalated)s)::int,
        (is_open AND due_on <= %(escalated)s)::int
    FROM monitoring_watch watch JOIN patients_patient patient ON patient.id = patient_id
    CROSS JOIN LATERAL generate_series(1, last) period
    CROSS JOIN LATERAL (
        SELECT get_bit(met, period - 1) = 1 AS is_met, get_bit(waived, period - 1) = 1 AS is_waived,
            length(rtrim(met::text, '0')) AS newest,
            monitoring_due(anchor, months, days, period) AS due_on
    ) bits
    CROSS JOIN LATERAL (
        SELECT NOT is_met AND NOT is_waived AND period > newest AS is_open
    ) standing
    WHERE patient.program = %(program)s AND bit_count(waived) > 0
)
SELECT code, sum(met)::bigint, sum(missed)::bigint, sum(waived)::bigint, sum(upcoming)::bigint,
    sum(due)::bigint, sum(overdue)::bigint, sum(escalated)::bigint
FROM each GROUP BY code ORDER BY code
"""
