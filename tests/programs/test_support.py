"""What a program helps with is data, and a mistake in it is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from etasu.programs.check import check_folder
from etasu.programs.library import own_folder
from etasu.safe_use.copay import Cost
from tests.cases.programs import loaded_programs

WHERE = "2024-03-04/support.yaml"
MISTAKES = [
    ("consent: copay-support", "consent: copay", "copay: consent: expected a consent ("),
    ("cost: infusion", "cost: drug", "infusion-help: cost: expected each cost once, but drug is"),
    ("most_dollars: 100", "most_dollars: 0", "infusion-help: most_dollars: expected a dollar at"),
    ("[MA, MI, MN, RI]", "[MA, XX]", "infusion-help: not_in: expected a state ("),
    ("cost: drug", "cost: travel", "drug-help: cost: expected one of: drug, infusion"),
]


def test_the_drug_is_free_and_four_states_are_left_out_of_the_rest() -> None:
    lemtrada = next(each for each in loaded_programs() if each.program.code == "lemtrada")
    plan = lemtrada.versions[-1].copay
    assert plan is not None
    helps = {each.cost: each for each in plan.helps}
    assert helps[Cost.DRUG].most_dollars is None and not helps[Cost.DRUG].not_in
    assert helps[Cost.INFUSION].most_dollars == 100
    assert set(helps[Cost.INFUSION].not_in) == {"MA", "MN", "MI", "RI"}
    assert lemtrada.versions[0].copay is None


@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    folder = tmp_path / "lemtrada"
    shutil.copytree(own_folder() / "lemtrada", folder)
    path = folder / WHERE
    path.write_text(path.read_text().replace(old, new, 1))
    (problem, *_) = check_folder(folder).problems
    assert str(problem).startswith(f"{WHERE}: ") and expected in str(problem)
