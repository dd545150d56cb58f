"""Every blocking requirement, shown to turn the answer by itself.

For each requirement of each gate of each program there must be a pair of facts records that differ
in one entry only, of which the first is authorized and the second is not, with that requirement
the one and only reason. The first records are the programs' own worked cases.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from etasu.programs.cases import run_cases
from etasu.programs.loader import load_program
from etasu.safe_use.authorization import decide
from etasu.safe_use.facts import UnreadableFacts, read_facts
from etasu.safe_use.findings import Authorized, Check, NotAuthorized, Outcome, Severity
from etasu.safe_use.requirements import Enrolled
from tests.safe_use.building import CHECKOUT

DAY = timedelta(days=1)
FOLDERS = [
    path for path in sorted((CHECKOUT / "programs").iterdir()) if (path / "program.yaml").is_file()
]
PROGRAMS = [load_program(folder) for folder in FOLDERS]


def changed_entries(record, gate):
    """The record again and again, each time with one entry otherwise: where, and the record."""
    on = date.fromisoformat(record["on"])
    yield from _changes(record, on, ())
    for added, entry in _additions(record, on, gate):
        yield f"{added} added", record | {added: [*(record.get(added) or []), entry]}
    patient = record.get("patient")
    if patient:
        hold = {"code": "infection", "opened_on": on.isoformat()}
        yield "hold added", record | {"patient": patient | {"holds": [hold]}}


def _changes(value, on, path):
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
    else:
        return
    for key, inner in entries:
        if path or key not in ("on", "asked_on", "course"):
            place = (*path, str(key))
            for other in (*_others(inner, on), *(() if path else (None,))):
                yield ".".join(place), _put(value, key, other)
            for where, changed in _changes(inner, on, place):
                yield where, _put(value, key, changed)
            yield ".".join(place) + " left out", _left_out(value, key)


def _put(value, key, other):
    if isinstance(value, dict):
        return value | {key: other}
    return [*value[:key], other, *value[key + 1 :]]


def _left_out(value, key):
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name != key}
    return [*value[:key], *value[key + 1 :]]


def _others(value, on):
    if isinstance(value, int) and not isinstance(value, bool):
        return value + 1, value * 100
    if not isinstance(value, str):
        return ()
    try:
        date.fromisoformat(value)
    except ValueError:
        return "other", "0", "1000000", "yes", "no"
    return tuple((on + days * DAY).isoformat() for days in (1, -1, -40, -400))


def _additions(record, on, gate):
    permit = {
        "gate": gate.code,
        "number": "added",
        "course": record.get("course"),
        "state": "live",
        "valid_from": on.isoformat(),
        "valid_until": on.isoformat(),
    }
    yield "authorizations", permit
    yield "authorizations", permit | {"day": 1}
    if record.get("course") is not None:
        yield "infusions", {"course": record["course"], "given_on": on.isoformat()}


def only_reason(decision):
    """The code of the one requirement that keeps the gate shut, if it is one."""
    if not isinstance(decision, NotAuthorized):
        return None
    blocking = [finding.requirement.code for finding in decision.findings if finding.blocks]
    return blocking[0] if len(blocking) == 1 else None


def pairs(loaded):
    """For each gate and requirement, the entry that turned the answer and the case it was in."""
    found = {}
    for result in run_cases(loaded):
        if not isinstance(result.decision, Authorized):
            continue
        label = result.case.file.split("/")[0]
        version = next(each for each in loaded.versions if each.label == label)
        gate = version.gates[result.case.gate]
        for where, record in changed_entries(dict(result.case.record), gate):
            try:
                facts = read_facts(record)
            except UnreadableFacts:
                continue
            code = only_reason(decide(version, gate.code, facts))
            if code is not None:
                found.setdefault((label, gate.code, code), (where, result.case.sentence))
    return found


@pytest.mark.parametrize("loaded", PROGRAMS, ids=[loaded.program.code for loaded in PROGRAMS])
def test_each_requirement_turns_the_answer_by_itself(loaded):
    found = pairs(loaded)
    wanted = [
        (version.label, gate.code, requirement.code)
        for version in loaded.versions
        for gate in version.gates.values()
        for requirement in gate.requirements
        if requirement.severity is Severity.BLOCK
    ]
    for key in wanted:
        print(" / ".join(key), "<-", found.get(key, ("nothing", ""))[0])
    assert [key for key in wanted if key not in found] == []


def test_a_requirement_that_cannot_turn_the_answer_is_seen(monkeypatch):
    monkeypatch.setattr(Enrolled, "check", lambda self, facts: Check(Outcome.MET, ""))
    loaded = next(each for each in PROGRAMS if each.program.code == "teaching")
    assert [code for _, gate, code in pairs(loaded) if gate == "infuse"] != []
    assert "patient-enrolled" not in {code for _, _, code in pairs(loaded)}
