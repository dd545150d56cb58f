"""Worked cases: what a program's gates must answer, written beside the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from etasu.programs.case_names import unknown_in_record
from etasu.programs.loader import LoadedProgram
from etasu.programs.yaml_files import BadProgram, Problem, read_yaml
from etasu.safe_use.authorization import decide
from etasu.safe_use.facts import UnreadableFacts, read_facts
from etasu.safe_use.findings import (
    Authorized,
    CannotDecide,
    Decision,
    Finding,
    NotAuthorized,
    Outcome,
    Severity,
)
from etasu.safe_use.program import ProgramVersion

CASE_KEYS = {"case", "gate", "change", "expect"}
EXPECT_KEYS = {"answer", "not_met", "unknown", "warns", "lifted", "overridden", "faults"}
EXPECT_KEYS |= {"valid_from", "valid_until"}
ANSWERS: Mapping[type, str] = {
    Authorized: "authorized",
    NotAuthorized: "not_authorized",
    CannotDecide: "cannot_decide",
}


class Case(NamedTuple):
    """One worked case. `record` is a facts record; `expect` is what it must come to."""

    file: str
    sentence: str
    gate: str
    record: Mapping[str, Any]
    expect: Mapping[str, Any]


class CaseResult(NamedTuple):
    """A case that was run: the decision, and every way it differs from what was expected."""

    case: Case
    decision: Decision
    problems: tuple[Problem, ...]


def answer_of(decision: Decision) -> str:
    """The decision in one word: `authorized`, `not_authorized` or `cannot_decide`."""
    return ANSWERS[type(decision)]


def read_cases(folder: Path) -> list[Case]:
    """Every case under `cases/` of a version folder; raises BadProgram for unreadable ones."""
    cases: list[Case] = []
    problems: list[Problem] = []
    for path in sorted((folder / "cases").glob("*.yaml")):
        name = f"{folder.name}/cases/{path.name}"
        try:
            cases.extend(_read_file(read_yaml(path, name), name))
        except BadProgram as bad:
            problems.extend(bad.problems)
    if problems:
        raise BadProgram(problems)
    return cases


def run_case(version: ProgramVersion, case: Case) -> CaseResult:
    """The case decided; facts that cannot be read are reported, never raised."""
    strangers = tuple(
        Problem(case.file, case.sentence, part, expected)
        for part, expected in unknown_in_record(version, case.gate, case.record)
    )
    if strangers:
        return CaseResult(case, CannotDecide(()), strangers)
    try:
        facts = read_facts(case.record)
    except UnreadableFacts as error:
        problem = Problem(case.file, case.sentence, "change", f"readable facts ({error})")
        return CaseResult(case, CannotDecide(()), (problem,))
    decision = decide(version, case.gate, facts)
    return CaseResult(case, decision, tuple(_differences(case, decision)))


def run_cases(loaded: LoadedProgram) -> list[CaseResult]:
    """Every case of every version, in file order."""
    return [
        run_case(version, case)
        for version in loaded.versions
        for case in read_cases(loaded.folder / version.label)
    ]


def _read_file(raw: Any, name: str) -> Iterator[Case]:
    if not isinstance(raw, dict) or not isinstance(raw.get("cases"), list):
        raise BadProgram([Problem(name, "", "", "`base` facts and a list of `cases`")])
    for key in raw.keys() - {"base", "cases"}:
        raise BadProgram([Problem(name, str(key), "", "one of: base, cases")])
    base = raw.get("base") or {}
    for entry in raw["cases"]:
        problems = list(_case_problems(entry, name))
        if problems:
            raise BadProgram(problems)
        try:
            record = as_record(_merged(base, entry.get("change") or {}))
        except (TypeError, ValueError, AttributeError) as error:
            expected = "facts as worked cases write them"
            raise BadProgram([Problem(name, entry["case"], "change", expected)]) from error
        yield Case(name, entry["case"], entry["gate"], record, entry["expect"])


def _case_problems(entry: Any, name: str) -> Iterator[Problem]:
    sentence = str(entry.get("case")) if isinstance(entry, dict) else str(entry)
    if not isinstance(entry, dict) or not isinstance(entry.get("expect"), dict):
        yield Problem(name, sentence, "", "case, gate, change and expect")
        return
    for key in sorted(entry.keys() - CASE_KEYS):
        yield Problem(name, sentence, key, f"one of: {', '.join(sorted(CASE_KEYS))}")
    for key in ("case", "gate"):
        if not isinstance(entry.get(key), str):
            yield Problem(name, sentence, key, "text, but it is missing")
    for key in sorted(entry["expect"].keys() - EXPECT_KEYS):
        yield Problem(name, sentence, f"expect: {key}", f"one of: {', '.join(sorted(EXPECT_KEYS))}")
    if entry["expect"].get("answer") not in ANSWERS.values():
        yield Problem(name, sentence, "expect: answer", " or ".join(ANSWERS.values()))


def as_record(written: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as cases write them, by name, turned into a facts record.

    `forms` maps a form to its answers and day (or a list of them), `results` a test to a day or
    to `{collected_on, value, unit}`, `infusions` a course to its days, `authorizations` a gate.
    """
    record = dict(written)
    record["forms"] = _listed(written.get("forms"), "form", "signed_on")
    record["results"] = _listed(written.get("results"), "test", "collected_on")
    record["authorizations"] = _listed(written.get("authorizations"), "gate", "valid_from")
    record["infusions"] = [
        {"course": int(course), "given_on": day}
        for course, days in (written.get("infusions") or {}).items()
        for day in days or ()
    ]
    return record


def _listed(written: Any, name: str, day: str) -> list[dict[str, Any]]:
    found = []
    for code, entries in (written or {}).items():
        for entry in entries if isinstance(entries, list) else [entries]:
            if entry is not None:
                found.append({name: code} | ({day: entry} if isinstance(entry, str) else entry))
    return found


def _merged(base: Any, change: Any) -> Any:
    """`change` laid over `base`; a value of null takes the entry away, lists are replaced."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    merged = dict(base)
    for key, value in change.items():
        merged[key] = _merged(base.get(key), value)
    return {key: value for key, value in merged.items() if value is not None}


def _differences(case: Case, decision: Decision) -> Iterator[Problem]:
    said = _said(decision)
    for key, value in said.items():
        expected = case.expect.get(key, [] if isinstance(value, list) else None)
        if key in ("valid_from", "valid_until") and expected is None:
            continue
        if isinstance(value, list):
            value, expected = sorted(value), sorted(expected)
        if value != expected:
            yield Problem(case.file, case.sentence, key, f"{expected}, but the gate says {value}")


def _said(decision: Decision) -> dict[str, Any]:
    said: dict[str, Any] = {"answer": answer_of(decision), "valid_from": None, "valid_until": None}
    findings: tuple[Finding, ...] = ()
    if isinstance(decision, CannotDecide):
        said["faults"] = [fault.code for fault in decision.faults]
    else:
        findings = decision.findings
        said["faults"] = []
    if isinstance(decision, Authorized):
        said["valid_from"] = decision.valid_from.isoformat()
        said["valid_until"] = decision.valid_until.isoformat()
    blocking = [each for each in findings if each.requirement.severity is Severity.BLOCK]
    for key in ("not_met", "unknown", "lifted", "overridden"):
        said[key] = [each.requirement.code for each in blocking if each.outcome == Outcome(key)]
    said["warns"] = [
        each.requirement.code
        for each in findings
        if each.requirement.severity is Severity.WARN
        and each.outcome in (Outcome.NOT_MET, Outcome.UNKNOWN)
    ]
    return said
