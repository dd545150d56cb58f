"""The registry's tests use the teaching program alone."""

from collections.abc import Iterator

import pytest

from etasu.programs import library
from etasu.programs.loader import load_program


@pytest.fixture(autouse=True)
def teaching_program() -> Iterator[None]:
    """The library holds the teaching program and nothing else."""
    folder = library.own_folder() / "teaching"
    library.use(library.ProgramLibrary({"teaching": load_program(folder)}))
    yield
    library.use(None)
