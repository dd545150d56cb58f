"""Programs are data: no program, no drug, no sponsor is named in the platform."""

from __future__ import annotations

import re

from etasu.programs.library import load_library
from tests.repository.places import SOURCE

TEXT = {".py", ".html", ".txt", ".css", ".js", ".md", ".toml", ".po"}


# Words that occur in names of programs and drugs without naming one.
ORDINARY = {"rems", "shared", "system", "program", "injection", "capsules", "tablets", "solution"}


def names_of_programs() -> set[str]:
    """Codes, products and brands of every real program, word by word."""
    words: set[str] = set()
    for loaded in load_library().programs.values():
        program = loaded.program
        if not program.invented:
            text = f"{program.code} {program.name} {program.product}".lower()
            words |= set(re.findall(r"[a-z]{5,}", text))
    return words - ORDINARY


def naming(text: str, names: set[str]) -> list[str]:
    """The names that occur in the text as whole words."""
    return sorted(n for n in names if re.search(rf"\b{re.escape(n)}\b", text.lower()))


def test_no_program_or_drug_name_occurs_in_the_platform() -> None:
    names = names_of_programs()
    assert len(names) >= 2
    found = {
        str(path.relative_to(SOURCE)): naming(path.read_text(encoding="utf-8"), names)
        for path in SOURCE.rglob("*")
        if path.suffix in TEXT and "_data" not in path.parts
    }
    assert {path: words for path, words in found.items() if words} == {}


def test_the_check_finds_a_name() -> None:
    name = sorted(names_of_programs())[0]
    assert naming(f'if program == "{name}":', names_of_programs())
