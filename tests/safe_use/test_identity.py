"""While it is in question who a patient is, no gate decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from etasu.safe_use.authorization import COMPARED_SOON, decide
from etasu.safe_use.facts import PatientFacts, UnreadableFacts, read_facts
from etasu.safe_use.findings import Authorized, CannotDecide
from etasu.safe_use.requirements import Enrolled
from tests.safe_use.building import gate, requirement, version

ON = date(2025, 5, 1)


def record(**patient: Any) -> dict[str, Any]:
    """A facts record of an enrolled patient."""
    return {"on": "2025-05-01", "patient": {"id": "P", "enrolled_on": "2025-01-01", **patient}}


def test_a_patient_in_question_opens_nothing_whatever_the_gate_asks() -> None:
    asked = gate(requirement(Enrolled, "enrolled"), authorizes=None)
    program = version(asked)
    facts = read_facts(record())
    assert isinstance(decide(program, asked.code, facts), Authorized)
    assert isinstance(facts.patient, PatientFacts)
    doubted = replace(facts, patient=facts.patient._replace(in_question=True))
    said = decide(program, asked.code, doubted)
    assert isinstance(said, CannotDecide)
    (fault,) = said.faults
    assert fault.code == "identity-in-question"
    assert fault.observed == (
        "This patient may be on record twice. Both records are being compared."
    )
    assert fault.how == COMPARED_SOON


def test_a_record_of_before_says_nothing_of_it_and_a_wrong_one_is_refused() -> None:
    before, after = read_facts(record()), read_facts(record(in_question=False))
    assert before == after
    assert read_facts(record(in_question=True)).patient.in_question is True  # type: ignore[union-attr]
    for wrong in (None, "no", 0, 1):
        with pytest.raises(UnreadableFacts, match="in_question must be true or false"):
            read_facts(record(in_question=wrong))
