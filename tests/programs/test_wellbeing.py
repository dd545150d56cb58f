"""What patients are asked and what is watched for is data, and a mistake in it is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from etasu.programs.check import check_folder, entries
from etasu.programs.library import own_folder
from etasu.safe_use.monitoring_plan import Urgency
from tests.cases.programs import loaded_programs

VERSION = "2024-03-04"
CHECK, MEDICINES = "self_check.yaml", "medicines.yaml"
MISTAKES = [
    (CHECK, "every: 1 month", "every: 0 months", "every: expected a span of some length"),
    (CHECK, "code: gums-or-nose-bleed", "code: skin", "skin: code: expected each code once"),
    (CHECK, "urgency: routine", "urgency: information", "mole-changes: urgency: expected an urge"),
    (CHECK, "[{language: en, text: Your skin}, ", "[", "skin: says: expected the words in English"),
    (MEDICINES, "live_vaccine_before: 42 days", "live_vaccine_before: 42", "expected a span"),
    (MEDICINES, "concern: live_vaccine", "concern: dead", "concern: expected one of: weakens"),
    (MEDICINES, "value: female", "value: woman", "pregnancy: applies_to: expected an attribute"),
]


def test_every_sign_of_the_dossier_has_its_region_and_its_haste() -> None:
    lemtrada = next(each for each in loaded_programs() if each.program.code == "lemtrada")
    version = lemtrada.versions[-1]
    plan = version.self_check
    assert plan is not None and lemtrada.versions[0].self_check is None
    assert [each.code for each in plan.regions][0] == "face" and len(plan.regions) == 8
    for code, urgency in {
        "face-droops": Urgency.EMERGENCY, "coughing-blood": Urgency.EMERGENCY,
        "bruises": Urgency.URGENT, "red-urine": Urgency.URGENT, "mole-changes": Urgency.ROUTINE,
    }.items():  # fmt: skip
        found = plan.symptom(code)
        assert found is not None and found.urgency is urgency
    sections = [section for section, _entry in entries(version)]
    assert sections.count("self_check") > 45 and "pregnancy" in sections


@pytest.mark.parametrize(("file", "old", "new", "expected"), MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, file: str, old: str, new: str, expected: str) -> None:
    folder = tmp_path / "lemtrada"
    shutil.copytree(own_folder() / "lemtrada", folder)
    path = folder / VERSION / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    (problem, *_) = check_folder(folder).problems
    assert str(problem).startswith(f"{VERSION}/{file}: ") and expected in str(problem)
