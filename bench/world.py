"""A large invented population, loaded fast: for measuring only, never for a demonstration.

Everybody is up to date for the gate that is measured. The first half of the patients already hold
the authorization it gives, so that they are told no with its number as often as they are asked
about; the second half get a yes once. Numbers are computed from an index (`numbers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import orjson
import psycopg

from bench.numbers import number
from etasu.safe_use.authorization import needs
from etasu.safe_use.program import Gate, ProgramVersion
from etasu.safe_use.requirements import Requirement

PATIENTS_OF_A_PRESCRIBER = 50
PATIENTS_OF_A_FACILITY = 200
# Where the indexes of each kind begin; patients begin at 0.
PRESCRIBERS, FACILITIES, USERS, DECISIONS = 2_000_000, 4_000_000, 6_000_000, 8_000_000
IDS = 1_000_000_000
AT = "2025-01-01 12:00:00+00"
CERTIFIED_FROM = "2020-01-01"
LOADED = (
    "submissions_signed_form",
    "monitoring_result",
    "authorizations_authorization",
    "authorizations_decision",
    "patients_patient",
)

Row = tuple[Any, ...]
Step = Callable[[str], None]


class Population(NamedTuple):
    """How many there are, and what is asked about them on which day."""

    patients: int
    prescribers: int
    facilities: int
    program: str
    gate: str
    planned_on: date

    @property
    def held(self) -> int:
        """How many patients, from the first on, already hold their authorization."""
        return self.patients // 2

    def asked_about(self, authorizes: bool) -> tuple[int, int]:
        """The first of the patients who get a yes, or a no, and how many they are."""
        return (self.held, self.patients - self.held) if authorizes else (0, self.held)


def population(patients: int, program: str, gate: str, planned_on: date) -> Population:
    """So many patients with the participants they need."""
    return Population(
        patients,
        max(20, patients // PATIENTS_OF_A_PRESCRIBER),
        max(10, patients // PATIENTS_OF_A_FACILITY),
        program,
        gate,
        planned_on,
    )


def secret(prescriber: int) -> str:
    """The API key of the system of one prescriber, counted from 0."""
    return f"bench-{prescriber}"


def load(url: str, people: Population, version: ProgramVersion, tell: Step) -> None:
    """Fill an empty, migrated database. Foreign keys are not checked while loading."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET maintenance_work_mem = '512MB'")
        put_back = [statement for table in LOADED for statement in _strip(db, table)]
        for table, columns, rows in _tables(people, version):
            tell(f"{table} of {people.patients:,} patients")
            _copy(db, table, columns, rows)
        tell("indexes")
        for statement in put_back:
            db.execute(statement)
        db.execute("VACUUM ANALYZE")


def _tables(
    people: Population, version: ProgramVersion
) -> Iterator[tuple[str, str, Iterable[Row]]]:
    gate = version.gates[people.gate]
    yield "participants_participant", PARTICIPANT, _participants(people, version)
    yield "accounts_user", USER, _users(people)
    yield "accounts_api_key", API_KEY, _keys(people)
    yield "participants_membership", MEMBERSHIP, _members(people, gate)
    yield "patients_patient", PATIENT, _patients(people)
    yield "submissions_signed_form", SIGNED_FORM, _forms(people, version, gate)
    yield "monitoring_result", RESULT, _results(people, gate)
    yield "authorizations_decision", DECISION, _decisions(people, version)
    yield "authorizations_authorization", AUTHORIZATION, _authorizations(people, gate)


PARTICIPANT = (
    "id, number, program, kind, name, npi, dea, ncpdp, setting, specialty, city, state, zip_code, "
    "telephone, time_zone, certified_from, registered_at, registered_by, revision"
)
USER = "id, password, number, email, full_name, is_active, is_system, time_zone"
API_KEY = "id, user_id, name, key_hash, created_at, created_by"
MEMBERSHIP = "id, user_id, participant_id, program, role, began_at, began_by"
PATIENT = (
    "id, number, program, full_name, birth_date, attributes, city, state, zip_code, telephone, "
    "email, language, time_zone, prescriber_id, enrolled_on, registered_at, registered_by, revision"
)
SIGNED_FORM = (
    "number, program, program_version, form, subject_kind, subject_id, course, answers, "
    "gate_answers, channel, signed_on, signed_at, signed_by, signer_name, meaning, content_hash"
)
DECISION = (
    "id, number, program, program_version, gate, outcome, patient_id, planned_on, course, facts, "
    "answer, asked_at, asked_by, asked_role"
)
AUTHORIZATION = (
    "decision_id, number, patient_id, gate, slot, unit, course, course_days, names, valid_from, "
    "valid_until, state, holds_slot"
)
RESULT = "patient_id, test, collected_on, value, unit, channel, recorded_at, recorded_by"


def _participants(people: Population, version: ProgramVersion) -> Iterator[Row]:
    settings = version.parties["facility"].settings if "facility" in version.parties else ()
    kinds = (
        ("prescriber", people.prescribers, PRESCRIBERS, None),
        ("facility", people.facilities, FACILITIES, settings[0] if settings else None),
    )
    for kind, count, first, setting in kinds:
        for each in range(count):
            texts = (f"{kind} {each}", "", "", "", setting, "", "", "", "", "", "America/New_York")
            row = (first + each + 1, number(first + each), people.program, kind)
            yield (*row, *texts, CERTIFIED_FROM, AT, "bench", 0)


def _users(people: Population) -> Iterator[Row]:
    for each in range(people.prescribers):
        name = f"System of prescriber {each}"
        address = f"{secret(each)}@example.org"
        user = (USERS + each + 1, "!", number(USERS + each))
        yield (*user, address, name, True, True, "America/New_York")


def _keys(people: Population) -> Iterator[Row]:
    from hashlib import sha256

    for each in range(people.prescribers):
        digest = "\\x" + sha256(secret(each).encode()).hexdigest()
        yield (USERS + each + 1, USERS + each + 1, "bench", digest, AT, "bench")


def _members(people: Population, gate: Gate) -> Iterator[Row]:
    for each in range(people.prescribers):
        ids = (USERS + each + 1, USERS + each + 1, PRESCRIBERS + each + 1)
        yield (*ids, people.program, gate.asked_by[0], AT, "bench")


def _patients(people: Population) -> Iterator[Row]:
    zone = "America/New_York"
    for each in range(people.patients):
        who = (each + 1, number(each), people.program, f"Patient {each}", "1985-05-05", "{}")
        of = PRESCRIBERS + each % people.prescribers + 1
        yield (*who, "", "", "", "", "", "en", zone, of, "2025-01-02", AT, "bench", 0)


def _forms(people: Population, version: ProgramVersion, gate: Gate) -> Iterator[Row]:
    answers = {form: orjson.dumps(given).decode() for form, given in _answers(gate).items()}
    signed_on = (people.planned_on - timedelta(days=6)).isoformat()
    base = len(answers) or 1
    for each in range(people.patients):
        for place, (form, given) in enumerate(answers.items()):
            # Numbers of forms are not looked up here, so they need not have a check character.
            what = (f"F{each * base + place}", people.program, version.label, form, "patient")
            said = (given, given, "web", signed_on, AT, "bench", "Nobody", "invented", "none")
            yield (*what, each + 1, 1, *said)


def _results(people: Population, gate: Gate) -> Iterator[Row]:
    collected_on = (people.planned_on - timedelta(days=8)).isoformat()
    asked = [(test, *_reading(gate.requirements, test)) for test in needs(gate).tests]
    for each in range(people.patients):
        for test, value, unit in asked:
            yield (each + 1, test, collected_on, value, unit, "lab", AT, "bench")


def _decisions(people: Population, version: ProgramVersion) -> Iterator[Row]:
    on = people.planned_on.isoformat()
    for each in range(people.held):
        what = (people.program, version.label, people.gate, "authorized", each + 1)
        # Ids far from those the database gives, which begin at 1.
        number_of_it = number(DECISIONS + each)
        yield (IDS + each, number_of_it, *what, on, 1, "{}", "{}", AT, "bench", "bench")


def _authorizations(people: Population, gate: Gate) -> Iterator[Row]:
    if gate.authorizes is None:
        return
    on, ends = people.planned_on.isoformat(), (people.planned_on + timedelta(days=20)).isoformat()
    unit = gate.authorizes.value
    slot = (f"{unit}-1", unit, 1, 5, "{}") if unit == "course" else (unit, unit, None, None, "{}")
    for each in range(people.held):
        what = (IDS + each, number(DECISIONS + each), each + 1, people.gate)
        yield (*what, *slot, on, ends, "live", True)


def _answers(gate: Gate) -> dict[str, dict[str, str]]:
    """For each form a requirement must find, the answers it must give."""
    found: dict[str, dict[str, str]] = {}
    for each in gate.requirements:
        if each.kind == "form_signed":
            given = found.setdefault(each.form, {})  # type: ignore[attr-defined]
            if each.question is not None:  # type: ignore[attr-defined]
                given[each.question] = each.answer or ""  # type: ignore[attr-defined]
    return found


def _reading(requirements: Iterable[Requirement], test: str) -> tuple[str, str | None]:
    """A value and a unit that every requirement about the test accepts."""
    for each in requirements:
        if getattr(each, "test", None) != test:
            continue
        word = getattr(each, "result", None)
        bound = getattr(each, "at_least", None) or getattr(each, "at_most", None)
        if word is not None or bound is not None:
            return str(word or bound), getattr(each, "unit", None)
    return "done", None


def _copy(db: psycopg.Connection[Any], table: str, columns: str, rows: Iterable[Row]) -> None:
    statement = f"COPY {table} ({columns}) FROM STDIN"
    with db.transaction(), db.cursor() as cursor, cursor.copy(statement) as into:  # type: ignore[call-overload]
        lines: list[str] = []
        for row in rows:
            lines.append("\t".join("\\N" if cell is None else _cell(cell) for cell in row))
            if len(lines) == 5000:
                into.write("\n".join(lines) + "\n")
                lines.clear()
        if lines:
            into.write("\n".join(lines) + "\n")


def _cell(cell: object) -> str:
    if cell is True or cell is False:
        return "t" if cell else "f"
    text = cell if isinstance(cell, str) else str(cell)
    return text.replace("\\", "\\\\") if "\\" in text else text


def _strip(db: psycopg.Connection[Any], table: str) -> list[str]:
    """Take the table's foreign keys and further indexes away; the statements that put them back."""
    put_back = []
    constraints = db.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('f', 'u')",
        (table,),
    ).fetchall()
    for name, definition in constraints:
        db.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')  # type: ignore[arg-type]
        late = " NOT VALID" if definition.startswith("FOREIGN") else ""
        put_back.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}{late}')
    indexes = db.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = %s::regclass AND NOT indisprimary",
        (table,),
    ).fetchall()
    for name, definition in indexes:
        db.execute(f"DROP INDEX {name}")  # type: ignore[arg-type]
        put_back.insert(0, definition)
    return put_back
