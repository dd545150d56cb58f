"""Whom a report is about: by identifiers that count, and never by a name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from etasu.registry.audit.round_trips import RoundTrip, round_trip
from etasu.registry.monitoring.lab_models import OWN_NUMBERS
from etasu.safe_use.lab_reports import PatientAsSent


class Person(NamedTuple):
    """The record that is answered for, as far as it is needed here."""

    id: int
    number: str
    birth_date: date | None
    full_name: str
    prescriber_id: int | None
    time_zone: str


class Match(NamedTuple):
    """Exactly one patient, or the reason why not."""

    person: Person | None
    trouble: str = ""


class Asked(NamedTuple):
    """A report's patient as sent, and whose identifiers count."""

    program: str
    authorities: Mapping[str, str]
    patient: PatientAsSent


# The records that have an identifier asked for, with all that was asked.
NAMED = """
    SELECT asked.*, known.patient_id FROM asked JOIN patients_identifier known
        ON known.program = asked.program AND known.authority = asked.authority
        AND known.value = asked.value AND known.ended_at IS NULL
    UNION ALL
    SELECT asked.*, patient.id FROM asked JOIN patients_patient patient
        ON patient.number = asked.value AND patient.program = asked.program
    WHERE asked.authority = %s
"""
# Whoever is found is locked against every other change, always in the same order.
_FIND = f"""
WITH asked AS (
    SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[])
        AS asked(place, program, authority, value)
), named AS ({NAMED})
SELECT found.place, one.id, one.number, one.birth_date, one.full_name, one.prescriber_id,
    one.time_zone
FROM (
    SELECT DISTINCT named.place, coalesce(patient.merged_into_id, patient.id) AS id
    FROM named JOIN patients_patient patient ON patient.id = named.patient_id
) found
JOIN patients_patient one ON one.id = found.id
ORDER BY one.id FOR UPDATE OF one
"""


class Finding:
    """Whom each report is about, asked in one statement."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self._asked = asked
        self._rows = [
            (place, each.program, authority, value)
            for place, each in enumerate(asked)
            for authority, value in counted(each)
        ]

    def ask(self, trip: RoundTrip) -> None:
        """Ask; those who are found stay locked until the transaction ends."""
        columns = map(list, zip(*self._rows, strict=True)) if self._rows else ([], [], [], [])
        self._found = trip.ask(_FIND, *columns, OWN_NUMBERS)

    def people(self) -> set[int]:
        """Everybody who was found, though it may not be clear who it is."""
        return {person for _, person, *_ in self._found.fetchall()}

    def matches(self) -> list[Match]:
        """For each report exactly one patient, or the reason why not."""
        found: dict[int, list[Person]] = {}
        for place, *columns in self._found.fetchall():
            found.setdefault(place, []).append(Person(*columns))
        named = {place for place, *_ in self._rows}
        return [
            _match(each, found.get(place, []), place in named)
            for place, each in enumerate(self._asked)
        ]


def match_all(asked: Sequence[Asked]) -> list[Match]:
    """Whom each is about; call it in a transaction."""
    finding = Finding(asked)
    with round_trip() as trip:
        finding.ask(trip)
    return finding.matches()


_BY_ID = """
SELECT patient.id, one.id, one.number, one.birth_date, one.full_name, one.prescriber_id,
    one.time_zone
FROM patients_patient patient
JOIN patients_patient one ON one.id = coalesce(patient.merged_into_id, patient.id)
WHERE patient.id = ANY(%s) ORDER BY one.id FOR UPDATE OF one
"""


def people_by_id(ids: Collection[int]) -> dict[int, Person]:
    """The records that are answered for, by the id asked for; locked, in a transaction."""
    with connection.cursor() as db:
        db.execute(_BY_ID, [list(ids)])
        return {asked: Person(*columns) for asked, *columns in db.fetchall()}


def counted(asked: Asked) -> list[tuple[str, str]]:
    """The identifiers that count, under the name they are kept by."""
    found = []
    for each in asked.patient.identifiers:
        exact = asked.authorities.get(f"{each.authority}|{each.kind}")
        authority = exact or asked.authorities.get(each.authority)
        if authority and each.value.strip():
            found.append((authority, each.value.strip()))
    return found


def _match(asked: Asked, found: Sequence[Person], is_named: bool) -> Match:
    if not is_named:
        return Match(None, "no-identifier")
    if not found:
        return Match(None, "patient-unknown")
    if len(found) > 1:
        return Match(None, "identifiers-disagree")
    trouble = _contradiction(asked.patient, found[0])
    return Match(None, trouble) if trouble else Match(found[0])


def _contradiction(sent: PatientAsSent, person: Person) -> str:
    """What else was sent that does not fit the patient the identifiers name."""
    if sent.birth_date is not None:
        differs = person.birth_date is not None and sent.birth_date != person.birth_date
        return "birth-date-differs" if differs else ""
    said = words_of(f"{sent.first_name} {sent.last_name}")
    return "name-differs" if said and not said & words_of(person.full_name) else ""


def words_of(name: str) -> set[str]:
    """The parts of a name, however they are capitalized or joined."""
    return set("".join(c if c.isalpha() else " " for c in name.casefold()).split())
