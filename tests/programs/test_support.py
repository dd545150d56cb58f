"""What a program helps with is data, and a mistake in it is named."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from etasu.programs.answers import answer_problems
from etasu.programs.check import check_folder
from etasu.programs.library import own_folder
from etasu.programs.support_agreement import support_disagreements
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


def test_a_mistake_in_the_nurses_line_is_named() -> None:
    lemtrada = next(each for each in loaded_programs() if each.program.code == "lemtrada")
    version = lemtrada.versions[-1]
    line = version.nurse_line
    assert line is not None and lemtrada.versions[0].nurse_line is None
    assert list(support_disagreements(version)) == []
    hours = line.office_hours[0]
    silent = replace(line.scripts[0], says=line.scripts[0].says[1:])
    for change, expected in (
        ({"consent": "nobody"}, "consent: expected a consent ("),
        ({"consent": "copay-support"}, "consent that opens the record to support_nurse"),
        ({"time_zone": "Mars/Olympus"}, "time_zone: expected a zone"),
        ({"office_hours": ()}, "office_hours: expected hours at least once"),
        ({"office_hours": (hours._replace(ends=hours.begins),)}, "begin before they end"),
        ({"rota_days": 0}, "rota_days: expected one at least"),
        ({"identifiers_needed": 5}, "identifiers_needed: expected a number from 1 through 4"),
        ({"scripts": (silent,)}, "words in the language en"),
    ):
        wrong = replace(version, nurse_line=replace(line, **change))
        said = [str(each) for each in support_disagreements(wrong)]
        assert any(expected in each for each in said), (change, said)
    lost = replace(line, topics=(replace(line.topics[0], answers=("nowhere",)),))
    answers = lemtrada.answers[version.label]
    (problem,) = answer_problems(replace(version, nurse_line=lost), answers)
    assert "nurse_line: side-effects: answers" in str(problem) and "nowhere" in str(problem)


def test_a_mistake_in_the_lab_program_is_named() -> None:
    lemtrada = next(each for each in loaded_programs() if each.program.code == "lemtrada")
    version = lemtrada.versions[-1]
    plan = version.lab_program
    assert plan is not None and lemtrada.versions[0].lab_program is None
    # Whatever is taken is owed: nobody is asked to come for a test that never falls due.
    assert set(plan.tests) <= {each.test for each in version.schedules.values()}
    silent = replace(plan.ways[0], says=plan.ways[0].says[:1])
    for change, expected in (
        ({"consent": "nobody"}, "consent: expected a consent ("),
        ({"tests": ("blood",)}, "tests: expected a test ("),
        ({"tests": ()}, "tests: expected one at least"),
        ({"ways": ()}, "ways: expected one at least"),
        ({"results_within_days": 0}, "results_within_days: expected one at least"),
        ({"ways": (silent,)}, "labcorp-center: expected words in the language es"),
    ):
        wrong = replace(version, lab_program=replace(plan, **change))
        said = [str(each) for each in support_disagreements(wrong)]
        assert any(expected in each for each in said), (change, said)


def test_the_community_is_read_by_everybody_and_a_mistake_in_it_is_named() -> None:
    lemtrada = next(each for each in loaded_programs() if each.program.code == "lemtrada")
    version = lemtrada.versions[-1]
    community = version.community
    assert community is not None and lemtrada.versions[0].community is None
    assert all(community.tells_of_emergency(each.strip("*")) for each in community.emergency_words)
    silent = replace(community.nods[0], says=community.nods[0].says[:1])
    for change, expected in (
        ({"consent": "nobody"}, "consent: expected a consent ("),
        ({"longest_post": 0}, "longest_post: expected one at least"),
        ({"guidelines": ()}, "rules: expected one at least"),
        ({"emergency_within_hours": 25}, "expected no more than decide_within_hours"),
        ({"nods": (silent,)}, "expected words in the language es"),
    ):
        (problem,) = support_disagreements(replace(version, community=replace(community, **change)))
        assert str(problem).startswith("community.yaml: ") and expected in str(problem)
