"""A mistake in a program folder is refused in words: file, entry, field, and what was expected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from etasu.programs.check import check_folder
from etasu.programs.loader import load_program
from etasu.programs.yaml_files import BadProgram
from tests.programs.folders import Mistake, folder_with, mistakes, teaching_copy

IN_CASES = "/cases"


@pytest.mark.parametrize("mistake", mistakes(), ids=lambda each: each.said)
def test_a_mistake_is_reported_in_words(mistake: Mistake, tmp_path: Path) -> None:
    report = check_folder(folder_with(mistake, tmp_path))
    assert tuple(str(problem) for problem in report.problems) == mistake.problems
    # Worked cases are for checking, not for running: a wrong one does not stop a site.
    assert report.loaded is None or IN_CASES in mistake.problems[0]


def test_a_program_with_mistakes_is_not_loaded_and_says_all_of_them(tmp_path: Path) -> None:
    mistake = next(each for each in mistakes() if each.said == "a misspelled key")
    with pytest.raises(BadProgram) as refused:
        load_program(folder_with(mistake, tmp_path))
    assert str(refused.value) == "\n".join(mistake.problems)


def test_each_mistake_in_the_tables_is_another_one() -> None:
    said = [mistake.said for mistake in mistakes()]
    assert sorted(set(said)) == sorted(said)
    assert len(said) >= 100


def test_a_folder_without_a_program_is_refused(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    (folder / "program.yaml").unlink()
    (problem,) = check_folder(folder).problems
    said = "program.yaml: expected a readable file (No such file or directory)"
    assert str(problem) == said


@pytest.mark.parametrize("name", ["participants.yaml", "gates.yaml"])
def test_a_needed_file_that_is_missing_is_named(name: str, tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    (folder / "2024-01-01" / name).unlink()
    said = [str(problem) for problem in check_folder(folder).problems]
    assert f"2024-01-01/{name}: expected this file, but it is missing" in said


def test_a_version_in_the_list_needs_its_folder(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    shutil.move(folder / "2024-01-01", folder / "2024-01-02")
    assert [str(problem) for problem in check_folder(folder).problems] == [
        "program.yaml: program: teaching: versions: expected the folder 2024-01-02 in the list",
        "program.yaml: program: teaching: versions: expected a folder called 2024-01-01",
    ]


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    for name in ("gates.yaml", "participants.yaml", "monitoring.yaml"):
        path = folder / "2024-01-01" / name
        path.write_text(path.read_text().replace("source: invented for teaching", "", 1))
    files = {problem.file for problem in check_folder(folder).problems}
    assert files == {f"2024-01-01/{n}.yaml" for n in ("gates", "participants", "monitoring")}


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    (folder / "program.yaml").write_bytes(b"code: \xff\xfe")
    (problem,) = check_folder(folder).problems
    assert problem.expected.startswith("text in UTF-8 without control characters")


def test_yaml_never_guesses_a_type(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    path = folder / "program.yaml"
    path.write_text(path.read_text().replace("sponsor: Nobody", "sponsor: no"))
    assert load_program(folder).program.sponsor == "no"


def test_a_hidden_file_is_in_nobody_s_way(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    (folder / "2024-01-01" / ".swp").write_text("")
    assert load_program(folder).program.code == "teaching"
