"""Why a decision said what it said: the stored facts decided again, and compared to the letter."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from etasu.programs import library
from etasu.registry.authorizations.answers import Asked, answer, as_json
from etasu.registry.authorizations.facts import PARTY_KINDS, facts_of, recomputed
from etasu.registry.authorizations.models import Decision
from etasu.safe_use.facts import read_facts


class DecidedAgain(NamedTuple):
    """A stored decision made again: the new answer, and whether it is the same to the letter."""

    answer: dict[str, Any]
    is_same: bool


def decided_again(decision: Decision) -> DecidedAgain | None:
    """The answer the stored facts give now; None when the stored program version is not here."""
    version = library.current().version(decision.program, decision.program_version)
    again = recomputed(decision)
    if version is None or again is None:
        return None
    given = orjson.loads(decision.answer)
    prescriber, facility, pharmacy = (given[kind] for kind in PARTY_KINDS)
    asked = Asked(
        decision.gate, given["patient"], prescriber, facility, pharmacy, decision.asked_at
    )
    facts = read_facts(facts_of(decision))
    said = as_json(answer(decision.number, version, asked, facts, again))
    return DecidedAgain(orjson.loads(said), said == decision.answer)
