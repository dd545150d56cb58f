"""The registry's tests use the teaching program alone."""

from collections.abc import Iterator

import pytest

from etasu.programs import library
from tests.factories.own_programs import library_of


@pytest.fixture(autouse=True)
def teaching_program() -> Iterator[None]:
    """The library holds the teaching program and nothing else."""
    library.use(library_of("teaching"))
    yield
    library.use(None)
