"""How all obligations of a program stand on a day, counted from the maintained state alone."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db import connection

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
    with connection.cursor() as db:
        days = late.overdue_after_days, late.escalated_after_days
        db.execute(_COUNT, [on, *days, program, program])
        return [Counted(*row) for row in db.fetchall()]


# Before the newest period met every period is met or missed; after it, those that had fallen due by
# each day of the ladder are escalated, overdue or due. Rows with a waiver are counted one by one.
_COUNT = """
WITH asked AS (
    SELECT %s::date AS day, %s::int AS overdue, %s::int AS escalated
), each AS (
    SELECT code, met, through - met AS missed, 0 AS waived,
        last - greatest(fallen, through) AS upcoming,
        greatest(fallen, through) - greatest(late, through) AS due,
        greatest(late, through) - greatest(latest, through) AS overdue,
        greatest(latest, through) - through AS escalated
    FROM (
        SELECT code, last, bit_count(met) AS met, length(rtrim(met::text, '0')) AS through,
            least(last, monitoring_fallen(anchor, months, days, day)) AS fallen,
            least(last, monitoring_fallen(anchor, months, days, day - overdue)) AS late,
            least(last, monitoring_fallen(anchor, months, days, day - escalated)) AS latest
        FROM asked, monitoring_watch watch JOIN patients_patient patient ON patient.id = patient_id
        WHERE patient.program = %s AND bit_count(waived) = 0
    ) plain
    UNION ALL
    SELECT code, (is_met)::int, (NOT is_met AND NOT is_waived AND period < newest)::int,
        (NOT is_met AND is_waived)::int,
        (is_open AND late < 0)::int,
        (is_open AND late >= 0 AND late < overdue)::int,
        (is_open AND late >= overdue AND late < escalated)::int,
        (is_open AND late >= escalated)::int
    FROM asked, monitoring_watch watch JOIN patients_patient patient ON patient.id = patient_id
    CROSS JOIN LATERAL generate_series(1, last) period
    CROSS JOIN LATERAL (
        SELECT get_bit(met, period - 1) = 1 AS is_met, get_bit(waived, period - 1) = 1 AS is_waived,
            length(rtrim(met::text, '0')) AS newest,
            day - monitoring_due(anchor, months, days, period) AS late
    ) bits
    CROSS JOIN LATERAL (
        SELECT NOT is_met AND NOT is_waived AND period > newest AS is_open
    ) standing
    WHERE patient.program = %s AND bit_count(waived) > 0
)
SELECT code, sum(met)::bigint, sum(missed)::bigint, sum(waived)::bigint, sum(upcoming)::bigint,
    sum(due)::bigint, sum(overdue)::bigint, sum(escalated)::bigint
FROM each GROUP BY code ORDER BY code
"""
