"""The programs in the checkout, each version with its worked cases, read once."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from etasu.programs.cases import Case, read_cases
from etasu.programs.library import own_folder, program_folders
from etasu.programs.loader import LoadedProgram, load_program
from etasu.safe_use.program import ProgramVersion


class Worked(NamedTuple):
    """One program version and the cases written beside it."""

    name: str
    version: ProgramVersion
    cases: tuple[Case, ...]


@cache
def loaded_programs() -> tuple[LoadedProgram, ...]:
    """Every program that comes with Etasu."""
    return tuple(load_program(folder) for folder in program_folders([own_folder()]))


@cache
def worked_versions() -> tuple[Worked, ...]:
    """Every version of every program."""
    return tuple(
        Worked(
            f"{loaded.program.code}/{version.label}",
            version,
            tuple(read_cases(loaded.folder / version.label)),
        )
        for loaded in loaded_programs()
        for version in loaded.versions
    )
