"""What was typed into forms, held against what the database kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import psycopg

from etasu.safe_use.forms import kept_answers
from etasu.safe_use.program import FormDefinition
from tests.crash.form_world import PROGRAM

FORMS = """
SELECT d.number, f.answers FROM submissions_signed_form f
JOIN submissions_draft d ON d.id = f.draft_id
"""
SIGNATURES = """
SELECT d.number, s.role FROM submissions_signature s
JOIN submissions_draft d ON d.id = s.draft_id ORDER BY s.id
"""
KNOWN = """
SELECT d.number, a.field, a.value FROM submissions_draft_answer a
JOIN submissions_draft d ON d.id = a.draft_id WHERE a.is_known ORDER BY a.id
"""
SAVED = """
SELECT d.number, a.field, a.value FROM submissions_draft_answer a
JOIN submissions_draft d ON d.id = a.draft_id WHERE a.is_kept AND NOT a.is_known ORDER BY a.id
"""
AUDITED = "SELECT subject FROM audit_entry WHERE verb = 'draft.finished'"
PATIENTS = f"SELECT count(*) FROM patients_patient WHERE program = '{PROGRAM}'"


class Walked(NamedTuple):
    """One form somebody filled in to the end: its draft, and everything they typed into it."""

    number: str
    definition: FormDefinition
    typed: Mapping[str, str]


class KeptForms(NamedTuple):
    """Rows by the number of their draft."""

    forms: list[tuple[str, Mapping[str, str]]]
    signatures: list[tuple[str, str]]
    known: list[tuple[str, str, str]]
    saved: list[tuple[str, str, str]]
    audited: list[str]
    patients: int


def read_kept_forms(db: psycopg.Connection[Any]) -> KeptForms:
    """Everything the checker looks at, in one snapshot."""
    with db.transaction():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        rows = [db.execute(each).fetchall() for each in (FORMS, SIGNATURES, KNOWN, SAVED, AUDITED)]
        (patients,) = db.execute(PATIENTS).fetchone() or (0,)
    return KeptForms(*rows[:4], [number for (number,) in rows[4]], patients)


def form_contradictions(walks: list[Walked], kept: KeptForms) -> list[str]:
    """Every way the record contradicts what was typed; empty when it holds."""
    told = [said for walk in walks for said in _of_one(walk, kept)]
    filled_in = {walk.number for walk in walks}
    signed = {number for number, _answers in kept.forms}
    return told + [f"from nowhere: {number}" for number in sorted(signed - filled_in)]


def _of_one(walk: Walked, kept: KeptForms) -> Iterator[str]:
    number = walk.number
    signed = [answers for each, answers in kept.forms if each == number]
    if len(signed) != 1:
        yield f"doubled or lost: {number} is {len(signed)} forms"
    for answers in signed:
        yield from _other_answers(walk, answers, kept)
    roles = [role for each, role in kept.signatures if each == number]
    if roles != [signer.role for signer in walk.definition.signers]:
        yield f"signatures: {number} is signed by {roles}"
    if kept.audited.count(number) != 1:
        yield f"audit: {number} has {kept.audited.count(number)} entries"


def _other_answers(walk: Walked, answers: Mapping[str, str], kept: KeptForms) -> Iterator[str]:
    """Answers that are not what was typed, or what the platform knew; or were saved twice."""
    number = walk.number
    known = {field: value for each, field, value in kept.known if each == number}
    wanted = kept_answers(walk.definition, {**known, **walk.typed})
    for key in sorted(wanted.keys() | answers.keys()):
        if wanted.get(key) != answers.get(key):
            yield f"field: {number} {key} is {answers.get(key)!r}, not {wanted.get(key)!r}"
    saved: dict[str, list[str]] = {}
    for each, field, value in kept.saved:
        if each == number:
            saved.setdefault(field, []).append(value)
    for field, values in saved.items():
        if len(values) > 1:
            yield f"saved again: {number} {field}, {values}"
