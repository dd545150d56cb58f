"""The documents of the programs: in agreement with the rules, and written for their readers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from etasu.programs.check import check_folder, unverified
from etasu.programs.document_files import Document, read_documents
from etasu.programs.document_text import Callout, WriteLine, all_runs, plain_text, read_text
from etasu.programs.loader import LoadedProgram, load_program
from etasu.safe_use.program import ProgramVersion
from tests.cases.programs import loaded_programs
from tests.programs.folders import teaching_copy
from tests.programs.readability import LEAST_EASE_IN_SPANISH, school_grade, spanish_ease

LONGEST_FILE = 250
HIGHEST_GRADE = 6.5
DOCUMENTS = [
    pytest.param(document, version, id=f"{loaded.program.code}/{document.code}.{document.language}")
    for loaded in loaded_programs()
    for version in loaded.versions
    for document in loaded.documents.get(version.label, ())
]
FOR_PATIENTS = [each for each in DOCUMENTS if "patient" in each.values[0].audience]


def paragraphs(document: Document) -> list[str]:
    """The words of each paragraph, item and cell."""
    return [plain_text(runs).replace("\n", ". ") for runs in all_runs(document.blocks)]


@pytest.mark.parametrize(("document", "version"), FOR_PATIENTS)
def test_patients_can_read_it(document: Document, version: ProgramVersion) -> None:
    if document.language == "en":
        assert school_grade(paragraphs(document)) <= HIGHEST_GRADE
    else:
        assert spanish_ease(paragraphs(document)) >= LEAST_EASE_IN_SPANISH


@pytest.mark.parametrize(("document", "version"), DOCUMENTS)
def test_a_guide_says_how_long_the_tests_go_on(document: Document, version: ProgramVersion) -> None:
    words = " ".join(map(plain_text, all_runs(document.blocks)))
    months = re.findall(r"(\d+) (?:months|meses)(?= (?:\(|after|después))", words)
    assert version.horizon is not None
    if version.horizon.after == "last_infusion" and "infusion-reactions" not in document.code:
        assert str(version.horizon.length.count) in months or document.is_card
    rhythms = {str(each.every.count) for each in version.schedules.values()}
    assert set(re.findall(r"every (\d+) months|cada (\d+) meses", words)) <= {
        pair for each in rhythms for pair in ((each, ""), ("", each))
    }


@pytest.mark.parametrize(("document", "version"), FOR_PATIENTS)
def test_a_guide_for_patients_says_whom_to_call(
    document: Document, version: ProgramVersion
) -> None:
    words = " ".join(map(plain_text, all_runs(document.blocks)))
    (telephone,) = [each.value for each in version.program.contacts if each.kind == "telephone"]
    assert telephone in words
    if not version.program.invented:
        assert "911" in words


@pytest.mark.parametrize(("document", "version"), DOCUMENTS)
def test_a_document_says_what_it_is_not(document: Document, version: ProgramVersion) -> None:
    if version.program.invented:
        return
    spanish = document.language == "es"
    assert ("No es consejo médico" if spanish else "not medical advice") in document.notice
    assert ("independiente" if spanish else "independent") in document.notice


def test_a_document_of_a_real_program_is_marked_until_it_is_confirmed() -> None:
    for loaded in loaded_programs():
        marks = set(unverified(loaded))
        for version in loaded.versions:
            for each in loaded.documents.get(version.label, ()):
                name = f"{version.label}/documents/{each.code}.{each.language}"
                assert (name in marks) is not loaded.program.invented


@pytest.mark.parametrize("loaded", loaded_programs(), ids=lambda each: each.program.code)
def test_a_document_can_be_read_in_one_sitting(loaded: LoadedProgram) -> None:
    for path in loaded.folder.rglob("documents/*.md"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def test_every_mistake_of_a_text_is_told_with_its_line() -> None:
    text = "Fine.\n\n# One\n\n```\nx\n```\n\n![a](b.png)\n"
    _blocks, problems = read_text(text, "a.md", first_line=10)
    assert [each.entry for each in problems] == ["line 14", "line 18", "line 12"]


def test_markup_of_browsers_is_only_text() -> None:
    blocks, problems = read_text("<b>bold</b> & <script>\n", "a.md")
    assert problems == []
    assert plain_text(blocks[0].runs) == "<b>bold</b> & <script>"  # type: ignore[union-attr]


def test_a_callout_and_a_line_to_write_on_are_understood() -> None:
    blocks, problems = read_text("> [!NOTE]\n> Look **here**.\n\nName: ______\n", "a.md")
    callout, line = blocks
    assert problems == []
    assert isinstance(callout, Callout) and isinstance(line, WriteLine)
    assert [plain_text(runs) for runs in all_runs(callout.blocks)] == ["Look here."]
    assert plain_text(line.runs) == "Name:"


def test_a_number_is_written_once_and_comes_from_the_program(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    path = folder / "program.yaml"
    path.write_text(path.read_text().replace("1-555-555-0100", "1-555-555-0199"))
    program = load_program(folder).program
    documents, problems = read_documents(folder / "2024-01-01", program)
    assert problems == []
    for document in documents:
        words = " ".join(map(plain_text, all_runs(document.blocks)))
        assert "1-555-555-0199" in words and "{" not in words


def test_a_translation_of_a_real_program_needs_its_notice(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    path = folder / "program.yaml"
    path.write_text(path.read_text().replace("invented: true\n", ""))
    spanish = folder / "2024-01-01" / "documents" / "leaflet.es.md"
    kept = [line for line in spanish.read_text().splitlines() if not line.startswith("notice:")]
    spanish.write_text("\n".join(kept) + "\n")
    said = [str(each) for each in check_folder(folder).problems]
    place = "2024-01-01/documents/leaflet.es.md: header: notice"
    assert said == [f"{place}: expected the program's notice in es"]
