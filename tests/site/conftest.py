"""Scratch databases for tests of the simulator: made once for all of them, and copied."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from etasu.programs import library
from etasu.site.sim import Plan, scratch_database, shared_cast
from tests.database.template import template
from tests.factories.own_programs import library_of

# Months of every simulation here, so that all have the same cast.
MONTHS = 18


@pytest.fixture(scope="session")
def shared(django_db_blocker: DjangoDbBlocker) -> Iterator[library.ProgramLibrary]:
    """A scratch database from which others are copied; the program that is simulated."""
    only = library_of("lemtrada")
    with django_db_blocker.unblock():
        library.use(only)
        with shared_cast(Plan(1, 1, MONTHS), tables_of=template()):
            library.use(None)
            django_db_blocker.restore()
            yield only
            django_db_blocker.unblock()


@pytest.fixture
def simulated_program(
    shared: library.ProgramLibrary, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Leave to make databases and to simulate the program in them."""
    with django_db_blocker.unblock():
        library.use(shared)
        yield
        library.use(None)


@pytest.fixture
def scratch(simulated_program: None) -> Iterator[None]:
    """A scratch database of one's own."""
    with scratch_database():
        yield
