"""What is on record of patients that new results are looked at with, as asked of the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from etasu.registry.audit.round_trips import Answer, RoundTrip, as_array
from etasu.registry.monitoring.bulk import CHANNEL as CARRIED_OVER
from etasu.registry.monitoring.lab_models import OWN_NUMBERS
from etasu.registry.monitoring.matching import NAMED
from etasu.registry.monitoring.panels import panels_of
from etasu.safe_use.signals import Limits

Row = tuple[Any, ...]
# How many of the newest results of a test are read at once: those of some months, and as many more
# as are near a new one that comes monthly. No day is read in part, for within it moments decide.
NEWEST = 6
# How many of the newest results through a day are looked at, should the newest be unreadable.
DEPTH = 3
_READING = (
    "id, test, collected_on, value, unit, comparator, low, high, flags, review, collected_moment"
)
# A patient's records: their own, and those that were merged into it.
_OF_PERSON = """CROSS JOIN LATERAL (
    SELECT asked.person AS id
    UNION ALL SELECT id FROM patients_patient WHERE merged_into_id = asked.person
) record"""
_TESTS = "CROSS JOIN LATERAL string_to_table(asked.tests, ' ') wanted"
INFUSIONS = f"""
SELECT asked.person, infusion.course, infusion.given_on
FROM unnest(%s::bigint[]) AS asked(person) {_OF_PERSON}
JOIN treatment_infusion infusion
    ON infusion.patient_id = record.id AND infusion.struck_at IS NULL
"""
# Last, whether it was looked at when it came: what was carried over was not, nor what has no value.
ALL_OF_TESTS = f"""
SELECT asked.person, found.*
FROM unnest(%s::bigint[], %s::text[]) AS asked(person, tests) {_OF_PERSON} {_TESTS}
CROSS JOIN LATERAL (
    SELECT {_READING}, channel <> '{CARRIED_OVER}' AND value IS NOT NULL FROM monitoring_result
    WHERE patient_id = record.id AND test = wanted AND replaced_at IS NULL
) found
"""
OLDER = f"""
SELECT asked.person, found.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[])
    AS asked(record, person, test, since)
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = asked.record AND test = asked.test AND replaced_at IS NULL
        AND collected_on >= asked.since
    UNION
    (SELECT {_READING} FROM monitoring_result
    WHERE patient_id = asked.record AND test = asked.test AND replaced_at IS NULL
        AND collected_on < asked.since
    ORDER BY collected_on DESC FETCH FIRST {DEPTH} ROWS WITH TIES)
) found
"""
# Of a reading only its day, and what only a part of a panel has.
_FROM_DAY = ", ".join(["NULL::bigint, NULL::text, {}", *["NULL::text"] * 7, "NULL::timestamptz"])
_NO_PART = "NULL::bigint, NULL::jsonb"
# Everything in one statement: which kind of row it is, and then the columns of all kinds.
_ON_RECORD = f"""
WITH asked AS MATERIALIZED (
    {{whom}}
), record AS MATERIALIZED (
    SELECT person AS patient, asked.* FROM asked
    UNION ALL SELECT merged.id, asked.* FROM asked
    JOIN patients_patient merged ON merged.merged_into_id = asked.person
), treated AS MATERIALIZED (
    SELECT record.person, infusion.course, infusion.given_on FROM record
    JOIN treatment_infusion infusion
        ON infusion.patient_id = record.patient AND infusion.struck_at IS NULL
)
SELECT 'asked' AS kind, person, (last - first)::bigint, {_FROM_DAY.format("first")}, {_NO_PART}
FROM asked
UNION ALL SELECT 'infusion', person, course, {_FROM_DAY.format("given_on")}, {_NO_PART} FROM treated
UNION ALL SELECT 'recent', record.person, record.patient, found.*, {_NO_PART}
FROM record CROSS JOIN unnest(%s::text[]) wanted CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = record.patient AND test = wanted AND replaced_at IS NULL
    ORDER BY collected_on DESC FETCH FIRST {NEWEST} ROWS WITH TIES
) found
UNION ALL SELECT 'baseline', record.person, NULL, found.*, {_NO_PART}
FROM (SELECT person, min(given_on) AS day FROM treated GROUP BY person, course) begun
JOIN record ON record.person = begun.person
CROSS JOIN unnest(%s::text[]) wanted CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = record.patient AND test = wanted AND replaced_at IS NULL
        AND collected_on <= begun.day
    ORDER BY collected_on DESC FETCH FIRST {DEPTH} ROWS WITH TIES
) found
UNION ALL SELECT 'near', record.person, NULL, {_READING}, {_NO_PART}
FROM record JOIN monitoring_result
    ON patient_id = record.patient AND test = ANY(%s::text[]) AND replaced_at IS NULL
        AND collected_on >= record.first - %s::int
UNION ALL SELECT 'part', record.person, NULL, {_READING}, report_id, derived_from
FROM record JOIN monitoring_result
    ON patient_id = record.patient AND test = ANY(%s::text[]) AND replaced_at IS NULL
        AND collected_on BETWEEN record.first AND record.last
"""
_OF_PEOPLE = """
    SELECT * FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS given(person, first, last)
"""
_OF_NAMED = f"""
    SELECT coalesce(patient.merged_into_id, patient.id) AS person,
        min(named.first) AS first, max(named.last) AS last
    FROM (
        WITH asked AS (
            SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::date[])
                AS asked(program, authority, value, first, last)
        ) {NAMED}
    ) named JOIN patients_patient patient ON patient.id = named.patient_id
    GROUP BY 1
"""
_ON_RECORD_OF_PEOPLE = _ON_RECORD.format(whom=_OF_PEOPLE)
_ON_RECORD_OF_NAMED = _ON_RECORD.format(whom=_OF_NAMED)


class Days(NamedTuple):
    """The first and the last day somebody has results of."""

    first: date
    last: date

    @classmethod
    def of(cls, days: Collection[date]) -> Days:
        """The days from the first to the last of these."""
        return cls(min(days), max(days))

    def include(self, other: Days) -> bool:
        """Whether all of the other days are among these."""
        return self.first <= other.first and other.last <= self.last


class Named(NamedTuple):
    """One identifier of somebody whose results are about to come, and the days of these."""

    program: str
    authority: str
    value: str
    first: date
    last: date


class OnRecord:
    """What is on record of some patients that matters for results of these days.

    It is asked once, of patients who are known, or of whoever has an identifier; in the second case
    with what stands of the same days of the tests panels are of, and of the panels.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._answer = Answer()
        self._rows: dict[str, list[Row]] | None = None

    def ask(self, trip: RoundTrip, people: Mapping[int, Days]) -> None:
        """Ask about these patients."""
        back, rising, near, _ = _wanted(self._limits)
        days = (list(column) for column in zip(*people.values(), strict=True))
        self._ask(trip, _ON_RECORD_OF_PEOPLE, [list(people), *days], (back, rising, near, "{}"))

    def ask_named(self, trip: RoundTrip, named: Iterable[Named]) -> None:
        """Ask about whoever it is."""
        columns = [list(column) for column in zip(*named, strict=True)]
        self._ask(trip, _ON_RECORD_OF_NAMED, [*columns, OWN_NUMBERS], _wanted(self._limits))

    def _ask(
        self, trip: RoundTrip, statement: str, whom: Sequence[Any], wanted: tuple[str, ...]
    ) -> None:
        back, rising, near, parts = wanted
        # What is near a result is itself looked at with what is near it, and so is whatever falls
        # or rises from one that came late, however much later that is.
        around = 2 * self._limits.days_around
        self._answer = trip.ask(statement, *whom, back, rising, near, around, parts)

    def of(self, kind: str) -> list[Row]:
        """What was found of a kind: the kind, the patient, a record or a course, a reading.

        After it, only of the parts of panels: the report, and what it rests on.
        """
        if self._rows is None:
            self._rows = {}
            for row in self._answer.fetchall():
                self._rows.setdefault(row[0], []).append(row)
        return self._rows.get(kind, [])

    def parts(self, people: Mapping[int, Days]) -> list[Row] | None:
        """What stands of the tests panels are of, if it was asked about these days."""
        if not self.covers(people):
            return None
        return [
            (row[3], row[1], *row[4:6], row[13], *row[6:12], *row[14:]) for row in self.of("part")
        ]

    def covers(self, people: Mapping[int, Days]) -> bool:
        """Whether it was asked about all of them and their days."""
        asked = {
            person: Days(first, first + timedelta(days=span))
            for _, person, span, _, _, first, *_ in self.of("asked")
        }
        return all(
            person in asked and asked[person].include(days) for person, days in people.items()
        )


@lru_cache(maxsize=64)
def _wanted(limits: Limits) -> tuple[str, str, str, str]:
    """The tests that are looked back at, whose rise is, that are near, and that panels are of."""
    beside: set[str] = set().union(*limits.beside.values())
    found = (
        beside & limits.looking_back,
        beside & limits.rising,
        beside - limits.looking_back,
        panels_of(limits).tests,
    )
    back, rising, near, parts = (as_array(sorted(each)) for each in found)
    return back, rising, near, parts
