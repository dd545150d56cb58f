"""Every program a site runs, read once from its program folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from etasu.programs.loader import LoadedProgram, load_program
from etasu.safe_use.program import ProgramVersion

_PACKAGED = Path(__file__).resolve().parent.parent / "_data" / "programs"
_CHECKOUT = Path(__file__).resolve().parents[3] / "programs"
_OTHER_FOLDERS = {"codes"}


class ProgramLibrary:
    """Programs by code. A later folder may add programs, and replaces one of the same code."""

    def __init__(self, programs: Mapping[str, LoadedProgram]) -> None:
        self.programs = dict(programs)

    def effective(self, code: str, on: date) -> ProgramVersion | None:
        """The version of the program in force on the day; None when there is none."""
        loaded = self.programs.get(code)
        return loaded.effective(on) if loaded else None

    def version(self, code: str, label: str) -> ProgramVersion | None:
        """The version a stored decision names; None when it is not in any folder."""
        loaded = self.programs.get(code)
        found = [each for each in loaded.versions if each.label == label] if loaded else []
        return found[0] if found else None


def own_folder() -> Path:
    """Where the programs that come with Etasu are, in a checkout or in an installed wheel."""
    return _CHECKOUT if _CHECKOUT.is_dir() else _PACKAGED


def program_folders(roots: Iterable[Path]) -> list[Path]:
    """The program folders under the roots, by name, a later root's after an earlier one's."""
    return [
        path
        for root in roots
        for path in sorted(root.iterdir())
        if (path / "program.yaml").is_file() and path.name not in _OTHER_FOLDERS
    ]


def load_library(extra_roots: Iterable[Path] = ()) -> ProgramLibrary:
    """The library of Etasu's own and a site's programs; raises BadProgram for an unusable one."""
    folders = program_folders([own_folder(), *extra_roots])
    return ProgramLibrary({path.name: load_program(path) for path in folders})


class _Shelf:
    """The library this process uses, read on first use."""

    library: ProgramLibrary | None = None


def use(library: ProgramLibrary | None) -> None:
    """Make this the library of the process; None reads Etasu's own programs at the next use."""
    _Shelf.library = library


def current() -> ProgramLibrary:
    """The library of this process."""
    if _Shelf.library is None:
        _Shelf.library = load_library()
    return _Shelf.library
