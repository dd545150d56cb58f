"""A program that is a little wrong fails a worked case: the cases hold every number in place."""

from __future__ import annotations

import dataclasses

import pytest

from etasu.programs.cases import run_case
from tests.cases.mutants import Mutant, mutants
from tests.cases.programs import Worked, worked_versions

MUTANTS = [
    pytest.param(worked, mutant, id=f"{worked.name} {mutant.said}")
    for worked in worked_versions()
    for mutant in mutants(worked.version)
]


def failing(worked: Worked, mutant: Mutant) -> list[str]:
    """The cases of the version that notice the change; one is enough."""
    for case in worked.cases:
        if run_case(mutant.version, case).problems:
            return [case.sentence]
    return []


@pytest.mark.parametrize(("worked", "mutant"), MUTANTS)
def test_a_case_fails_when_the_program_is_changed(worked: Worked, mutant: Mutant) -> None:
    assert mutant.version != worked.version
    assert failing(worked, mutant), f"no case of {worked.name} notices: {mutant.said}"


@pytest.mark.parametrize("worked", worked_versions(), ids=lambda each: each.name)
def test_no_case_fails_when_nothing_is_changed(worked: Worked) -> None:
    unchanged = Mutant("nothing", dataclasses.replace(worked.version))
    assert failing(worked, unchanged) == []
