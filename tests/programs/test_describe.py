"""The page about a program says everything the program says."""

from __future__ import annotations

import dataclasses

import pytest

from etasu.programs.cases import read_cases
from etasu.programs.check import entries
from etasu.programs.describe import describe, index, pages
from etasu.programs.library import own_folder
from etasu.programs.loader import LoadedProgram
from etasu.programs.public_site import read_public_site
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.requirements import KINDS, Requirement
from tests.cases.programs import loaded_programs

DOCS = own_folder().parent / "docs"
PAGES = [
    pytest.param(loaded, version, id=f"{loaded.program.code}/{version.label}")
    for loaded in loaded_programs()
    for version in loaded.versions
]


def teaching() -> LoadedProgram:
    """The invented program."""
    return next(each for each in loaded_programs() if each.program.code == "teaching")


@pytest.mark.parametrize(("loaded", "version"), PAGES)
def test_every_entry_is_on_the_page_with_its_source(
    loaded: LoadedProgram, version: ProgramVersion
) -> None:
    text = describe(loaded, version)
    for section, entry in entries(version):
        if section == "tests":
            assert f"(`{entry.code}`)" in text
        else:
            assert entry.source in text, entry.code
        name = getattr(entry, "name", None) or getattr(entry, "text", "") or ""
        assert name in text
    for document in loaded.documents.get(version.label, ()):
        assert document.title in text and document.source in text


@pytest.mark.parametrize(("loaded", "version"), PAGES)
def test_every_case_is_on_the_page_as_a_sentence(loaded: LoadedProgram, version: object) -> None:
    text = describe(loaded, version)
    for case in read_cases(loaded.folder / version.label):
        assert f"- {case.sentence} **" in text


@pytest.mark.parametrize(("loaded", "version"), PAGES)
def test_the_page_counts_what_nobody_has_confirmed(
    loaded: LoadedProgram, version: ProgramVersion
) -> None:
    program = loaded.program
    marks = [entry.verified for _, entry in entries(version)]
    marks += [each.verified for each in (*program.product_codes, *program.contacts)]
    marks += [each.verified for each in loaded.documents.get(version.label, ())]
    marks += [each.verified for each in loaded.answers.get(version.label, ())]
    marks += [e.verified for e in read_public_site(loaded.folder / version.label).entries()]
    said = f"Entries that nobody has confirmed yet: {marks.count(False)}."
    text = describe(loaded, version)
    assert said in text
    marked = sum(not e.verified for section, e in entries(version) if section != "tests")
    assert text.count("**Not confirmed.**") >= marked


def test_the_page_says_how_a_requirement_stands_at_its_gate() -> None:
    (text,) = pages(teaching()).values()
    assert "1. The prescriber is certified. (`prescriber-certified`, blocks)" in text
    assert "Kind: `result_within` with test: cbc; days before: 30." in text
    assert "A yes is an authorization for one infusion day and names: facility." in text
    assert "- Course 2 and every later one: 1 infusion day, 6 months at least after" in text


def test_warnings_groups_and_overrides_are_said() -> None:
    text = "\n".join(page for each in loaded_programs() for page in pages(each).values())
    assert "`no-open-hold`, warns)" in text
    assert "Asked only of: the first course." in text
    assert (
        "Overridden by: patient-status, benefit-outweighs-risk answered yes, for 37 days." in text
    )
    assert "Suspended by FDA from November 19, 2021 without an end" in text


def test_the_pages_in_the_manual_are_the_programs_of_today() -> None:
    folder = DOCS / "reference" / "programs"
    made = {name: text for each in loaded_programs() for name, text in pages(each).items()}
    made["README.md"] = index(sorted(loaded_programs(), key=lambda each: each.program.code))
    stale = [n for n, text in made.items() if (folder / n).read_text(encoding="utf-8") != text]
    assert stale == [], "run `make docs`"
    assert {path.name for path in folder.iterdir()} == made.keys()


def test_the_guide_for_authors_names_every_kind_and_setting() -> None:
    guide = (DOCS / "how-to" / "write-a-program.md").read_text(encoding="utf-8")
    shared = {field.name for field in dataclasses.fields(Requirement)} | {"plans"}
    for name, kind in KINDS.items():
        row = next(line for line in guide.splitlines() if line.startswith(f"| `{name}` |"))
        for field in dataclasses.fields(kind):
            assert field.name in shared or f"`{field.name}`" in row, f"{name}: {field.name}"
