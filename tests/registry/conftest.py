"""The registry's tests use the teaching program alone."""

from collections.abc import Iterator

import pytest

from etasu.programs import library
from etasu.registry.patients.models import Patient
from tests.factories.own_programs import library_of
from tests.registry import labs


@pytest.fixture(autouse=True)
def teaching_program() -> Iterator[None]:
    """The library holds the teaching program and nothing else."""
    library.use(library_of("teaching"))
    yield
    library.use(None)


@pytest.fixture
def mara(teaching_program: None) -> Patient:
    """Mara, and the laboratory that knows her."""
    labs.use_lemtrada()
    labs.connect()
    return labs.patient()
