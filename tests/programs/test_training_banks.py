"""The training that comes with Etasu: short, complete, and fair."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from etasu.programs.check import check_folder
from etasu.programs.library import own_folder
from etasu.programs.training import page_code, read_training
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.training import Assessment, draw, training_tasks
from tests.cases.programs import loaded_programs

VERSIONS = [
    version for loaded in loaded_programs() for version in loaded.versions if version.modules
]
TRAINED = [
    pytest.param(version, id=f"{version.program.code}/{version.label}") for version in VERSIONS
]
BANKS = [
    pytest.param(version, bank, id=f"{version.program.code}/{bank.code}")
    for version in VERSIONS
    for bank in version.assessments.values()
]


def test_there_is_training_to_look_at() -> None:
    assert {version.program.invented for version in VERSIONS} == {True, False}
    assert len(BANKS) >= 2


@pytest.mark.parametrize("version", TRAINED)
def test_a_module_is_read_in_a_few_minutes_and_a_page_without_much_scrolling(
    version: ProgramVersion,
) -> None:
    for module in version.modules.values():
        assert 1 <= module.minutes <= 5, module.code
        assert 3 <= len(module.pages) <= 8, module.code
        assert {page.code: page.words for page in module.pages if page.words > 150} == {}


@pytest.mark.parametrize("version", TRAINED)
def test_everything_a_party_reads_and_answers_takes_less_than_fifteen_minutes(
    version: ProgramVersion,
) -> None:
    for party in version.parties.values():
        modules = [each.work for each in training_tasks(version, party) if not each.is_assessment]
        assert sum(module.minutes for module in modules) <= 12, party.code  # type: ignore[union-attr]


@pytest.mark.parametrize(("version", "bank"), BANKS)
def test_every_topic_has_another_question_for_the_next_attempt(
    version: ProgramVersion, bank: Assessment
) -> None:
    assert all(len(topic.items) >= 2 for topic in bank.topics)
    if not version.program.invented:
        assert sum(len(topic.items) for topic in bank.topics) >= 16
        assert len(bank.topics) == 8


@pytest.mark.parametrize(("version", "bank"), BANKS)
def test_the_right_choice_cannot_be_guessed_from_its_length_or_place(
    version: ProgramVersion, bank: Assessment
) -> None:
    items = [item for topic in bank.topics for item in topic.items]
    places = Counter([each.right for each in item.choices].index(True) for item in items)
    assert max(places.values()) <= len(items) / 2
    longest = sum(max(item.choices, key=lambda each: len(each.text)).right for item in items)
    assert longest <= len(items) * 0.65
    assert all(len(each.text) <= 90 for item in items for each in item.choices)


@pytest.mark.parametrize(("version", "bank"), BANKS)
def test_an_attempt_is_read_in_three_minutes(version: ProgramVersion, bank: Assessment) -> None:
    for attempt in range(1, 13):
        asked = draw(bank, attempt, "somebody")
        words = sum(len(" ".join((each.question, *each.choices)).split()) for each in asked)
        assert words <= 600


def test_a_bank_with_a_topic_too_few_is_refused_by_file_entry_and_field(tmp_path: Path) -> None:
    (version,) = [each for each in VERSIONS if not each.program.invented]
    name = version.program.code
    folder = Path(shutil.copytree(own_folder() / name, tmp_path / name))
    (bank,) = version.assessments.values()
    place = folder / version.label / "training" / bank.code
    last = bank.topics[-1].code
    (place / f"{last}.yaml").unlink()
    head = place / "assessment.yaml"
    head.write_text(head.read_text().replace(f"  - {last}\n", ""))
    assert [str(problem) for problem in check_folder(folder).problems] == [
        f"{version.label}/training/{bank.code}/assessment.yaml: assessment: {bank.code}: topics: "
        f"expected 8 topics, one for each question of {bank.step}, not 7"
    ]


def test_a_version_without_training_has_none(tmp_path: Path) -> None:
    assert read_training(tmp_path) == ({}, {}, [])


def test_a_page_is_called_by_its_title() -> None:
    assert page_code("The 2 hours after, and the days after") == (
        "the-2-hours-after-and-the-days-after"
    )
