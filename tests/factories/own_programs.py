"""The project's own programs, read once for all tests of a process: they never change."""

from __future__ import annotations

from functools import cache

from etasu.programs import library
from etasu.programs.library import ProgramLibrary
from etasu.programs.loader import LoadedProgram, load_program


@cache
def own(code: str) -> LoadedProgram:
    """One program."""
    return load_program(library.own_folder() / code)


def library_of(*codes: str) -> ProgramLibrary:
    """A library that holds these and nothing else."""
    return ProgramLibrary({code: own(code) for code in codes})
