"""Is a program folder right: readable, consistent, and true to its own worked cases?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from etasu.programs.answers import overdue
from etasu.programs.cases import CaseResult, run_cases
from etasu.programs.loader import LoadedProgram, load_program
from etasu.programs.public_site import mistakes, read_public_site
from etasu.programs.yaml_files import BadProgram, Problem
from etasu.safe_use.findings import Authorized, CannotDecide, Outcome
from etasu.safe_use.program import ProgramVersion

_SEEN_AS_MET = {Outcome.MET}
_SEEN_AS_NOT_MET = {Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.OVERRIDDEN, Outcome.LIFTED}
_ALONE = (
    "horizon",
    "lateness",
    "infusion_day",
    "reporting_clock",
    "copay",
    "nurse_line",
    "lab_program",
    "community",
    "self_check",
    "medicines",
    "pregnancy",
)
_SECTIONS = (
    *("tests", "schedules", "limits", "responses", "duties", "forms"),
    *(
        "materials",
        "notices",
        "messages",
        "goals",
        "metrics",
        "consents",
        "premedications",
        "vital_signs",
        "expected_reactions",
        "events_of_interest",
        "event_answers",
    ),
)
# What the cases of one version showed: gate and requirement, and the outcomes seen.
_Seen = Mapping[tuple[str, str], set[Outcome]]


class Report(NamedTuple):
    """What checking one program folder found. No problems means the program can be used."""

    folder: Path
    loaded: LoadedProgram | None
    cases: int
    problems: tuple[Problem, ...]
    unverified: tuple[str, ...]


def check_folder(folder: Path) -> Report:
    """Read one program folder and run its cases; every mistake is in the report, none raised."""
    try:
        loaded = load_program(folder)
        results = run_cases(loaded)
    except BadProgram as bad:
        return Report(folder, None, 0, tuple(bad.problems), ())
    problems = [problem for result in results for problem in result.problems]
    for version in loaded.versions:
        here = [each for each in results if each.case.file.startswith(f"{version.label}/")]
        problems.extend(_untried(version, here))
        problems.extend(mistakes(folder / version.label, version))
    return Report(folder, loaded, len(results), tuple(problems), tuple(unverified(loaded)))


def unverified(loaded: LoadedProgram) -> Iterator[str]:
    """Every entry whose source nobody has confirmed yet, as `version/section/code`."""
    program = loaded.program
    named = chain(
        ((f"program/product_codes/{each.value}", each) for each in program.product_codes),
        ((f"program/contacts/{each.kind}", each) for each in program.contacts),
        *(_by_path(loaded, version) for version in loaded.versions),
    )
    yield from (path for path, entry in named if not entry.verified)


def overdue_reviews(loaded: LoadedProgram, on: date) -> Iterator[str]:
    """Every answer that should have been looked over by that day, as `version/answers/code`."""
    for version in loaded.versions:
        for each in overdue(loaded.answers.get(version.label, ()), on):
            yield f"{version.label}/answers/{each.code}: next review {each.next_review}"


def _by_path(loaded: LoadedProgram, version: ProgramVersion) -> Iterator[tuple[str, Any]]:
    for section, entry in entries(version):
        yield f"{version.label}/{section}/{entry.code}", entry
    for document in loaded.documents.get(version.label, ()):
        yield f"{version.label}/documents/{document.code}.{document.language}", document
    for answer in loaded.answers.get(version.label, ()):
        yield f"{version.label}/answers/{answer.code}", answer
    for entry in read_public_site(loaded.folder / version.label).entries():
        yield f"{version.label}/public/{entry.code}", entry


def entries(version: ProgramVersion) -> Iterator[tuple[str, Any]]:
    """Every entry of a version that has a source, with its section, in file order."""
    for party in version.parties.values():
        yield "parties", party
        yield from ((f"parties/{party.code}", step) for step in party.steps)
    yield "patient", version.patient
    yield from (("patient", attribute) for attribute in version.patient.attributes)
    yield from (("courses", plan) for plan in version.courses)
    for gate in version.gates.values():
        yield "gates", gate
        yield from ((f"gates/{gate.code}", each) for each in gate.suspensions)
    requirements = chain.from_iterable(gate.requirements for gate in version.gates.values())
    yield from (
        ("requirements", each) for each in {each.code: each for each in requirements}.values()
    )
    for name in _ALONE:
        if (alone := getattr(version, name)) is not None:
            yield name, alone
    yield from _in_support(version)
    yield from _within_those_alone(version)
    for section in _SECTIONS:
        yield from ((section, entry) for entry in getattr(version, section).values())
    yield from _in_training(version)


def _in_support(version: ProgramVersion) -> Iterator[tuple[str, Any]]:
    """What is offered beside the duties, part by part."""
    if version.copay is not None:
        yield from (("copay", each) for each in version.copay.helps)
    if (line := version.nurse_line) is not None:
        spoken = (*line.identifiers, *line.scripts, *line.topics)
        yield from (("nurse_line", each) for each in spoken)
    if version.lab_program is not None:
        yield from (("lab_program", each) for each in version.lab_program.ways)
    if (community := version.community) is not None:
        said = (*community.boards, *community.guidelines, *community.nods)
        yield from (("community", each) for each in said)


def _within_those_alone(version: ProgramVersion) -> Iterator[tuple[str, Any]]:
    if version.medicines is not None:
        yield from (("medicines", each) for each in version.medicines.watched)
    for region in version.self_check.regions if version.self_check is not None else ():
        yield from (("self_check", each) for each in (region, *region.symptoms))


def _in_training(version: ProgramVersion) -> Iterator[tuple[str, Any]]:
    yield from (("training", module) for module in version.modules.values())
    for assessment in version.assessments.values():
        yield "training", assessment
        for topic in assessment.topics:
            yield f"training/{assessment.code}", topic
            yield from ((f"training/{assessment.code}", item) for item in topic.items)


def _untried(version: ProgramVersion, results: list[CaseResult]) -> Iterator[Problem]:
    """Requirements no case shows met, or no case shows not met: a rule nobody has tried."""
    file = f"{version.label}/cases"
    seen = _seen(results)
    for gate in version.gates.values():
        for requirement in gate.requirements:
            entry = f"{gate.code}: {requirement.code}"
            outcomes = seen.get((gate.code, requirement.code), set())
            if not outcomes & _SEEN_AS_MET:
                yield Problem(file, entry, "", "a case in which it is met")
            if not outcomes & _SEEN_AS_NOT_MET:
                yield Problem(file, entry, "", "a case in which it is not met")
    opened = {result.case.gate for result in results if isinstance(result.decision, Authorized)}
    for code in sorted(version.gates.keys() - opened):
        yield Problem(file, code, "", "a case that is authorized")
    sentences = Counter((result.case.gate, result.case.sentence) for result in results)
    for (code, sentence), count in sentences.items():
        if count > 1:
            yield Problem(
                file, code, "case", f"each sentence once, but {sentence!r} is there twice"
            )


def _seen(results: list[CaseResult]) -> _Seen:
    seen: defaultdict[tuple[str, str], set[Outcome]] = defaultdict(set)
    for result in results:
        if not isinstance(result.decision, CannotDecide):
            for finding in result.decision.findings:
                seen[result.case.gate, finding.requirement.code].add(finding.outcome)
    return seen
