"""The gate and the decision table asked the same question, and every difference named."""

from __future__ import annotations

from typing import NamedTuple

from etasu.safe_use.authorization import decide
from etasu.safe_use.facts import read_facts
from etasu.safe_use.findings import Authorized, CannotDecide, Outcome, Severity
from tests.safe_use.decision_table import situations


class Count:
    """How many situations were compared, and the differences found."""

    def __init__(self):
        self.compared = self.authorized = self.impossible = 0
        self.unsafe, self.unexplained = [], []

    def __str__(self):
        """The count on one line, and the first differences below."""
        said = (
            f"{self.compared:,} situations, {self.authorized:,} authorized, "
            f"{len(self.unsafe)} unsafe, {len(self.unexplained)} unexplained"
        )
        return "\n".join([said, *map(str, self.unsafe[:3]), *map(str, self.unexplained[:3])])


class Difference(NamedTuple):
    """One situation in which the gate does not answer as the table says."""

    gate: str
    on: str
    expected: dict
    said: dict
    unusual: dict


def compare(count, table, version, gate, states, on):
    """One situation asked of both, and what differs noted in `count`."""
    try:
        record = situations.record(states, on)
    except situations.Impossible:
        count.impossible += 1
        return
    decision = decide(version, gate, read_facts(record))
    expected = table.expected(gate, states)
    count.compared += 1
    said = what_was_said(decision)
    wanted = {
        "answer": expected.answer,
        "not_met": expected.not_met,
        "unknown": expected.unknown,
        "warns": expected.warns if expected.answer != "cannot_decide" else set(),
        "faults": expected.faults if expected.answer == "cannot_decide" else set(),
    }
    count.authorized += said["answer"] == "authorized"
    if said != wanted:
        unusual = {
            thing: state for thing, state in states.items() if state != situations.STATES[thing][0]
        }
        difference = Difference(gate, on.isoformat(), wanted, said, unusual)
        is_unsafe = said["answer"] == "authorized" != expected.answer
        (count.unsafe if is_unsafe else count.unexplained).append(difference)


def what_was_said(decision):
    """The answer and its codes."""
    if isinstance(decision, CannotDecide):
        faults = {fault.code for fault in decision.faults}
        nothing = {"not_met": set(), "unknown": set(), "warns": set()}
        return {"answer": "cannot_decide", "faults": faults} | nothing
    said = {"not_met": set(), "unknown": set(), "warns": set(), "faults": set()}
    for finding in decision.findings:
        if finding.outcome in (Outcome.NOT_MET, Outcome.UNKNOWN):
            blocks = finding.requirement.severity is Severity.BLOCK
            said[finding.outcome.value if blocks else "warns"].add(finding.requirement.code)
    answer = "authorized" if isinstance(decision, Authorized) else "not_authorized"
    return {"answer": answer} | said
