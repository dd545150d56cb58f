"""What clients were told, held against what the database kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import psycopg

KEPT = """
SELECT d.number, d.outcome, d.answer, a.number IS NOT NULL
FROM authorizations_decision d LEFT JOIN authorizations_authorization a ON a.decision_id = d.id
"""
KEYS = """
SELECT k.key, d.number FROM authorizations_idempotency_key k
JOIN authorizations_decision d ON d.id = k.decision_id
"""
AUDITED = "SELECT detail->>'decision' FROM audit_entry WHERE verb = 'gate.answered'"


class Kept(NamedTuple):
    """The rows of decisions by number, of idempotency keys, and of audit entries."""

    decisions: Mapping[str, tuple[str, str, bool]]
    keys: list[tuple[str, str]]
    audited: list[str]


def read_kept(db: psycopg.Connection[Any]) -> Kept:
    """Everything the checker looks at, in one snapshot."""
    with db.transaction():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        decisions = {row[0]: (row[1], row[2], row[3]) for row in db.execute(KEPT)}
        keys = [(row[0], row[1]) for row in db.execute(KEYS)]
        audited = [row[0] for row in db.execute(AUDITED)]
    return Kept(decisions, keys, audited)


def contradictions(acknowledged: Mapping[str, str], sent: set[str], kept: Kept) -> list[str]:
    """Every way the record contradicts what clients were told; empty when it holds.

    `acknowledged` maps an idempotency key to the answer body a client received, `sent` has every
    key any client ever sent.
    """
    return [
        *_lost_or_changed(acknowledged, kept),
        *_from_nowhere(sent, kept),
        *_half_done(kept),
    ]


def _lost_or_changed(acknowledged: Mapping[str, str], kept: Kept) -> Iterator[str]:
    by_key = dict(kept.keys)
    for key, body in acknowledged.items():
        number = json.loads(body)["number"]
        if by_key.get(key) != number or number not in kept.decisions:
            yield f"lost: {key} was told {number}"
        elif kept.decisions[number][1] != body:
            yield f"changed: {number} is not what {key} was told"


def _from_nowhere(sent: set[str], kept: Kept) -> Iterator[str]:
    for key, times in Counter(key for key, _ in kept.keys).items():
        if times > 1 or key not in sent:
            yield f"duplicated or from nowhere: {key}"
    answered = {number for _, number in kept.keys}
    for number in kept.decisions.keys() - answered:
        yield f"duplicated: {number} answers no key"


def _half_done(kept: Kept) -> Iterator[str]:
    audits = Counter(kept.audited)
    for number, (outcome, _, opened) in kept.decisions.items():
        if audits[number] != 1:
            yield f"audit: {number} has {audits[number]} entries"
        if opened != (outcome == "authorized"):
            yield f"half done: {number} is {outcome}, authorization {opened}"
    for number in audits.keys() - kept.decisions.keys():
        yield f"audit: {number} is no decision"
