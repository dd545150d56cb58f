"""Every worked case of every program comes to the answer written beside it."""

from __future__ import annotations

import pytest

from etasu.programs.cases import Case, run_case
from etasu.programs.check import check_folder
from etasu.programs.library import own_folder, program_folders
from etasu.safe_use.program import ProgramVersion
from tests.cases.programs import worked_versions

CASES = [
    pytest.param(worked.version, case, id=f"{worked.name} {case.gate}: {case.sentence}")
    for worked in worked_versions()
    for case in worked.cases
]


@pytest.mark.parametrize(("version", "case"), CASES)
def test_the_gate_answers_as_written(version: ProgramVersion, case: Case) -> None:
    assert [str(problem) for problem in run_case(version, case).problems] == []


@pytest.mark.parametrize("folder", program_folders([own_folder()]), ids=lambda each: each.name)
def test_every_requirement_is_tried_both_ways(folder: object) -> None:
    report = check_folder(folder)
    assert [str(problem) for problem in report.problems] == []
    assert report.cases > 0


@pytest.mark.parametrize("worked", worked_versions(), ids=lambda each: each.name)
def test_each_case_is_one_plain_sentence(worked: object) -> None:
    for case in worked.cases:
        assert case.sentence.endswith("."), case.sentence
        assert case.sentence[0].isupper(), case.sentence
