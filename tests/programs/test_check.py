"""Checking a program folder: what nobody tried, what nobody confirmed, and what a case says."""

from __future__ import annotations

from pathlib import Path

from etasu.programs.cases import answer_of, run_cases
from etasu.programs.check import check_folder, entries, unverified
from etasu.programs.library import own_folder
from etasu.programs.loader import load_program
from tests.programs.folders import teaching_copy

VERSION = "2024-01-01"


def said(folder: Path) -> list[str]:
    """The problems of a folder as they are printed."""
    return [str(problem) for problem in check_folder(folder).problems]


def replaced(folder: Path, file: str, old: str, new: str) -> None:
    """Write `new` for the first `old` in a file of the folder."""
    path = folder / VERSION / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_teaching_program_is_right() -> None:
    report = check_folder(own_folder() / "teaching")
    assert report.problems == ()
    assert report.unverified == ()
    assert report.loaded is not None
    assert report.cases == len(run_cases(report.loaded))


def test_a_file_nested_without_end_is_refused_in_words(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    (folder / VERSION / "gates.yaml").write_text("gates: " + "[" * 5000 + "]" * 5000)
    assert said(folder) == [f"{VERSION}/gates.yaml: expected fewer levels, one inside the other"]


def test_a_requirement_without_cases_is_reported_both_ways(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    (folder / VERSION / "cases" / "infuse.yaml").write_text("cases: []\n")
    problems = said(folder)
    place = f"{VERSION}/cases: infuse: patient-enrolled"
    assert f"{place}: expected a case in which it is met" in problems
    assert f"{place}: expected a case in which it is not met" in problems
    assert f"{VERSION}/cases: infuse: expected a case that is authorized" in problems


def test_a_requirement_never_seen_unmet_is_reported(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    path = folder / VERSION / "cases" / "authorize.yaml"
    path.write_text(path.read_text().split("  - case: No facts at all")[0])
    replaced(folder, "cases/authorize.yaml", "{cbc: 2025-03-31}", "{cbc: 2025-04-02}")
    replaced(
        folder, "cases/authorize.yaml", "not_authorized, not_met: [baseline-cbc]", "authorized"
    )
    problem = f"{VERSION}/cases: authorize: baseline-cbc: expected a case in which it is not met"
    assert said(folder) == [problem]


def test_cases_show_only_their_own_version(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    newer = folder / "2025-01-01"
    for path in sorted((folder / VERSION).rglob("*.yaml")):
        copy = newer / path.relative_to(folder / VERSION)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text("cases: []\n" if "cases" in copy.parts else path.read_text())
    program = folder / "program.yaml"
    program.write_text(program.read_text().replace(f'"{VERSION}"', f'"{VERSION}", "2025-01-01"'))
    assert {problem.split("/")[0] for problem in said(folder)} == {"2025-01-01"}


def test_what_nobody_confirmed_is_listed_wherever_it_is(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    source = "source: invented for teaching"
    for file, before in {
        "gates.yaml": "    who_can_fix: prescriber\n    ",
        "participants.yaml": "    name: Prescriber\n    ",
        "materials.yaml": "kind: guide, ",
        "monitoring.yaml": "extendable: true, ",
    }.items():
        joint = ", " if "," in before else "\n    "
        replaced(folder, file, before + source, f"{before}{source}{joint}verified: false")
    program = folder / "program.yaml"
    text = program.read_text().replace(
        "display: exemplin 10 mg vial\n", "display: exemplin\n    verified: false\n"
    )
    program.write_text(text)
    assert list(unverified(load_program(folder))) == [
        "program/product_codes/EX-1",
        f"{VERSION}/parties/prescriber",
        f"{VERSION}/requirements/prescriber-certified",
        f"{VERSION}/horizon/one-year",
        f"{VERSION}/materials/overview",
    ]


def test_every_entry_with_a_source_is_among_the_entries() -> None:
    (version,) = load_program(own_folder() / "teaching").versions
    found = [f"{section}/{entry.code}" for section, entry in entries(version)]
    assert len(set(found)) == len(found)
    assert {
        "parties/facility",
        "parties/facility/signed-enrollment",
        "patient/patient",
        "courses/later-courses",
        "gates/infuse",
        "requirements/baseline-cbc",
        "horizon/one-year",
        "tests/cbc",
        "schedules/monthly-cbc",
        "forms/patient-enrollment",
        "materials/overview",
    } <= set(found)


def test_a_case_that_cannot_be_read_opens_nothing(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    replaced(folder, "cases/infuse.yaml", "on: 2025-05-01", "on: someday")
    loaded = load_program(folder)
    first = next(each for each in run_cases(loaded) if each.case.gate == "infuse")
    assert answer_of(first.decision) == "cannot_decide"
    assert first.problems


def test_the_order_of_a_list_in_a_case_makes_no_difference(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    listed = "not_met: [prescriber-certified, facility-certified, patient-enrolled]"
    turned = "not_met: [patient-enrolled, facility-certified, prescriber-certified]"
    replaced(folder, "cases/authorize.yaml", listed, turned)
    assert said(folder) == []
