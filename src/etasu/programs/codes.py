"""The value lists beside the programs, as the values that results are read with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from etasu.programs.library import own_folder
from etasu.programs.yaml_files import read_yaml
from etasu.safe_use.readings import GRADES, folded, interval_of, word_of
from etasu.safe_use.units import UnitTable, Window, plain_unit


@dataclass(frozen=True, slots=True)
class CodeTables:
    """What is known of units and words, and the LOINC codes that are kept and count for nothing.

    `counts` are words that stand for numbers, for the tests in `counted`.
    """

    units: UnitTable
    words: Mapping[str, str]
    counts: Mapping[str, str]
    counted: frozenset[str]
    kept: frozenset[str]


@cache
def code_tables() -> CodeTables:
    """The lists that come with Etasu, read once; raises BadProgram for an unusable file."""
    return read_tables(own_folder() / "codes")


@cache
def loinc_names() -> Mapping[str, str]:
    """What the LOINC codes that come with Etasu are called, by code."""
    folder = own_folder() / "codes"
    return {
        each["code"]: each["name"]
        for name in ("kept.yaml", "loinc.yaml")
        for each in read_yaml(folder / name, name)["codes"]
    }


# What SNOMED CT is called on the wires.
_SNOMED = frozenset(
    {"SCT", "SNOMED-CT", "SNOMED CT", "2.16.840.1.113883.6.96", "HTTP://SNOMED.INFO/SCT"}
)


def said_by_codes(words: str, codes: Iterable[tuple[str, str]]) -> str:
    """What a coded value says: its words as sent, or the one word its SNOMED codes stand for.

    `codes` are by system and code. A sender's own code may look like a word and mean another thing,
    so it counts only where there are no words; and what the words say themselves comes first.
    """
    tables = code_tables()
    is_known = word_of(tables.words, words) or word_of(tables.counts, words)
    if is_known or interval_of(words) is not None:
        return words
    meant = {word_of(tables.words, code) for name, code in codes if name.upper() in _SNOMED}
    found = meant.pop() if len(meant) == 1 else None
    return found or words


def read_tables(folder: Path) -> CodeTables:
    """The lists of a folder; raises ValueError when a name leads to two things."""
    units = read_yaml(folder / "ucum.yaml", "ucum.yaml")
    words = read_yaml(folder / "words.yaml", "words.yaml")
    known = _by_name((each["word"], each["also"]) for each in words["words"])
    counts = _by_name((each["value"], each["also"]) for each in words["counts"]["words"])
    return CodeTables(
        units=_unit_table(units),
        words=known,
        counts=counts,
        counted=frozenset(words["counts"]["of"]),
        kept=frozenset(
            each["code"]
            for name in ("loinc.yaml", "kept.yaml")
            for each in read_yaml(folder / name, name)["codes"]
        ),
    )


def _by_name(entries: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for kept, also in entries:
        for name in (kept, *also):
            if found.setdefault(folded(name), kept) != kept:
                raise ValueError(f"{name!r} stands for {found[folded(name)]} and for {kept}")
    return found


def _unit_table(raw: Any) -> UnitTable:
    aliases: dict[str, str] = {}
    for code in (each["code"] for each in (*raw["codes"], *raw["aliases"])):
        aliases[plain_unit(code)] = code
    for each in raw["aliases"]:
        for name in each["also"]:
            if aliases.setdefault(plain_unit(name), each["code"]) != each["code"]:
                raise ValueError(f"{name!r} is written for two units")
    return UnitTable(
        aliases=aliases,
        folded=_without_capitals(aliases),
        factors={
            (each["from"], each["to"], each.get("of", "")): Fraction(each["factor"])
            for each in raw["conversions"]
        },
        beside={each["of"]: frozenset(each["units"]) for each in raw["beside"]},
        windows={
            each["of"]: Window(Decimal(each["low"]), Decimal(each["high"]))
            for each in raw["windows"]
        },
        strips={
            (each["of"], each["unit"]): tuple(
                (Decimal(each["grades"][grade]), grade)
                for grade in GRADES
                if grade in each["grades"]
            )
            for each in raw["strips"]
        },
    )


def _without_capitals(aliases: Mapping[str, str]) -> dict[str, str]:
    """The names that mean one unit, however they are capitalized."""
    meant: dict[str, set[str]] = {}
    for name, code in aliases.items():
        meant.setdefault(name.casefold(), set()).add(code)
    return {name: min(codes) for name, codes in meant.items() if len(codes) == 1}
