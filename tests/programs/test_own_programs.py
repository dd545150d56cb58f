"""What every program that comes with Etasu must be, beyond being readable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from etasu.programs.check import entries, unverified
from etasu.programs.library import own_folder
from etasu.programs.loader import LoadedProgram
from etasu.safe_use.program import ProgramVersion
from tests.cases.programs import loaded_programs

LONGEST_FILE = 250
UNCONFIRMED = re.compile(r"background knowledge|design default|to be (checked|confirmed)|later ver")
WORKPLACE = re.compile(r"\[[A-Z]+:?\d*\]|\bS[0-4]\b|\.md\b|dossier|domain rule|seed", re.IGNORECASE)
PROGRAMS = [pytest.param(each, id=each.program.code) for each in loaded_programs()]
VERSIONS = [
    pytest.param(version, id=f"{loaded.program.code}/{version.label}")
    for loaded in loaded_programs()
    for version in loaded.versions
]


def codes(name: str) -> dict[str, Any]:
    """A value list by code."""
    raw = yaml.safe_load((own_folder() / "codes" / name).read_text(encoding="utf-8"))
    return {each["code"]: each for each in raw["codes"]}


def sourced(loaded: LoadedProgram) -> Iterator[Any]:
    """Everything that has a source and a mark."""
    yield from (*loaded.program.product_codes, *loaded.program.contacts)
    for version in loaded.versions:
        yield from (entry for _, entry in entries(version))


@pytest.mark.parametrize("loaded", PROGRAMS)
def test_a_source_is_public_and_in_words(loaded: LoadedProgram) -> None:
    for entry in sourced(loaded):
        assert not WORKPLACE.search(entry.source), entry
        assert len(entry.source) >= len("LOINC"), entry


@pytest.mark.parametrize("loaded", PROGRAMS)
def test_what_nobody_has_confirmed_is_marked(loaded: LoadedProgram) -> None:
    wrong = [e for e in sourced(loaded) if e.verified and UNCONFIRMED.search(e.source)]
    assert wrong == []


@pytest.mark.parametrize("loaded", PROGRAMS)
def test_a_real_program_says_what_it_is_not(loaded: LoadedProgram) -> None:
    program = loaded.program
    if program.invented:
        return
    assert "not medical advice" in program.notice
    assert "independent" in program.notice
    assert "not the REMS document" in program.notice
    assert list(unverified(loaded)), "a program from public sources alone has something to check"


@pytest.mark.parametrize("version", VERSIONS)
def test_loinc_codes_are_known_and_well_formed(version: ProgramVersion) -> None:
    known = codes("loinc.yaml")
    for test in version.tests.values():
        if version.program.invented:
            continue
        assert set(test.loinc) <= known.keys(), test.code
        confirmed = all(known[code].get("verified", True) for code in test.loinc)
        assert confirmed or not test.verified, f"{test.code} rests on a code nobody confirmed"


@pytest.mark.parametrize("version", VERSIONS)
def test_units_are_known(version: ProgramVersion) -> None:
    known = codes("ucum.yaml")
    for test in version.tests.values():
        assert test.unit is None or test.unit in known, test.code


@pytest.mark.parametrize("loaded", PROGRAMS)
def test_drug_codes_are_known(loaded: LoadedProgram) -> None:
    known = codes("rxnorm.yaml")
    for code in loaded.program.product_codes:
        if code.system.endswith("/rxnorm"):
            assert code.value in known
            assert not known[code.value].get("other_product")


def test_every_loinc_code_has_its_check_digit() -> None:
    for code in codes("loinc.yaml"):
        digits, check = code.split("-")
        odd = str(int(digits[::-1][0::2][::-1]) * 2)
        total = sum(map(int, odd)) + sum(map(int, digits[::-1][1::2]))
        assert (10 - total % 10) % 10 == int(check), code


def test_a_unit_is_turned_into_one_results_are_kept_in() -> None:
    raw = yaml.safe_load((own_folder() / "codes" / "ucum.yaml").read_text(encoding="utf-8"))
    kept = {each["code"] for each in raw["codes"]}
    for each in raw["conversions"]:
        assert each["to"] in kept
        assert re.fullmatch(r"\d+(/\d+)?", each["factor"])


def test_program_files_can_be_read_in_one_sitting() -> None:
    lengths = {
        str(path.relative_to(own_folder())): len(path.read_text(encoding="utf-8").splitlines())
        for path in own_folder().rglob("*.yaml")
    }
    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_a_retired_program_stays_readable() -> None:
    retired = [each.program for each in loaded_programs() if each.program.retired_on]
    assert retired
    assert all(program.retired_because for program in retired)
