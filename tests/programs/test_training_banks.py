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
from etasu.safe_use.training import Assessment, TrainingModule, draw, training_tasks
from tests.cases.programs import loaded_programs

VERSIONS = [
    version for loaded in loaded_programs() for version in loaded.versions if version.modules
]
TRAINED = [
    pytest.param(version, id=f"{version.program.code}/{version.label}") for version in VERSIONS
]
BANKS = [
    pytest.param(version, bank, id=f"{version.program.code}/{bank.code}/{bank.language}")
    for version in VERSIONS
    for english in version.assessments.values()
    for bank in (english, *english.translations)
]


def test_there_is_training_to_look_at() -> None:
    assert {version.program.invented for version in VERSIONS} == {True, False}
    assert len(BANKS) >= 3


@pytest.mark.parametrize("version", TRAINED)
def test_a_module_is_read_in_a_few_minutes_and_a_page_without_much_scrolling(
    version: ProgramVersion,
) -> None:
    for module in version.modules.values():
        assert 1 <= module.minutes <= 5, module.code
        assert 3 <= len(module.pages) <= 8, module.code
        assert {page.code: page.words for page in module.pages if page.words > 150} == {}
        for said in module.translations:  # Spanish takes a quarter more words
            assert {page.code: page.words for page in said.pages if page.words > 190} == {}


def test_whoever_trains_in_spanish_reads_and_answers_all_of_it_in_spanish() -> None:
    for version in VERSIONS:
        if not version.program.invented:
            work = [*version.modules.values(), *version.assessments.values()]
            spoken = {each.code: each.in_language("es-us") for each in work}
            assert {each.language for each in spoken.values()} == {"es"}
            for each in work:
                assert each.in_language("en") is each
                assert spoken[each.code].edition == each.edition
            for module in version.modules.values():
                said = spoken[module.code]
                assert isinstance(said, TrainingModule) and said.digest != module.digest
                assert [page.code for page in said.pages] == [page.code for page in module.pages]


def test_questions_are_the_same_in_both_languages() -> None:
    (version,) = [each for each in VERSIONS if not each.program.invented]
    (bank,) = version.assessments.values()
    for english, spanish in zip(
        draw(bank, 3, "somebody"), draw(bank.in_language("es"), 3, "somebody"), strict=True
    ):
        assert (spanish.language, english.language) == ("es", "en")
        assert (english.item, english.right, english.page) == (
            *(spanish.item, spanish.right, spanish.page),
        )
        assert english.question != spanish.question
        assert set(english.choices).isdisjoint(spanish.choices)


BANK = "knowledge-assessment"
AUTO = f"{BANK}/autoimmune-conditions.yaml"
SPANISH_MISTAKES = [
    ("program-overview.md", "edition: ", "edition: 2", "edition: expected a date such as"),
    ("program-overview.md", '"2024-03-04"', '"2024-03-05"', "edition: expected 2024-03-04, as the"),
    ("program-overview.md", "## De la receta a", "De la receta a", "pages: expected the same"),
    ("program-overview.md", "- Capacite a", "Capacite a", "pages: expected the same pages"),
    ("program-overview.md", "statement:", "said:", "said: expected one of: code, edition, name"),
    ("program-overview.md", "---\ncode", "code", "expected a header between two lines of ---"),
    (f"{BANK}/stroke.yaml", "version: 1", "version: 2", "version: expected 1, as the Engl"),
    (AUTO, "Solo en el primer año", "Solo en los primeros 3 meses",
     "how-late: choices: expected 4 that differ, in the English order"),
    (AUTO, "code: how-late", "code: how-soon", "items: expected in this o"),
    (f"{BANK}/stroke.yaml", "code: stroke\n", "code: strokes\n", "code: expected the fi"),
    (f"{BANK}/assessment.yaml", "edition: 2024-03-04", "edition: 2020-01-01", "edition: exp"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), SPANISH_MISTAKES)
def test_training_half_translated_is_refused(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    path = spanish_training(tmp_path) / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = [str(problem) for problem in check_folder(tmp_path / "lemtrada").problems]
    assert any(f"translations/es/training/{file}" in p and said in p for p in problems), problems


def test_a_translation_of_no_training_is_refused(tmp_path: Path) -> None:
    (spanish_training(tmp_path) / "other.md").write_text("---\ncode: other\n---\n")
    (problem,) = check_folder(tmp_path / "lemtrada").problems
    assert "translations/es/training/other.md: expected one of: education-pro" in str(problem)


def test_a_topic_left_out_in_spanish_is_refused(tmp_path: Path) -> None:
    (spanish_training(tmp_path) / BANK / "stroke.yaml").unlink()
    (problem,) = check_folder(tmp_path / "lemtrada").problems
    assert "knowledge-assessment: expected a file for each topic and no other" in str(problem)


def spanish_training(place: Path) -> Path:
    """The Spanish training in a copy of the program that has it."""
    folder = Path(shutil.copytree(own_folder() / "lemtrada", place / "lemtrada"))
    return folder / "2024-03-04" / "translations" / "es" / "training"


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
    shutil.rmtree(folder / version.label / "translations" / "es" / "training")
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
