"""The clock's tests use the teaching program, and an authorized course and day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.participants.facts import askers
from tests.clock.posting import Post
from tests.clock.smtp import MailServer, site_mail
from tests.factories.reminding import only_this_program
from tests.factories.sms_provider import Desk, sms_provider
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world
from tests.registry.conftest import teaching_program

__all__ = ["teaching_program"]


class Open(NamedTuple):
    """A world in which Mara's course and her first infusion day are authorized."""

    world: World
    course: str
    day: str


@pytest.fixture
def opened() -> Open:
    """Both authorizations live, the day's valid through May 1, 2025."""
    world = build_world()
    numbers = []
    for gate, key in (("authorize", "amara-key"), ("infuse", "riverside-key")):
        by = askers(User.objects.get(email=f"{key}@example.org"))[0]
        request = AuthorizationRequest(
            PROGRAM, gate, world.mara.number, ON, facility=world.riverside.number
        )
        said = answer_request(request, by=by, at=AT).said
        assert said["outcome"] == "authorized", said
        numbers.append(said["number"])
    return Open(world, *numbers)


@pytest.fixture(scope="module")
def first() -> Iterator[Desk]:
    with sms_provider() as desk:
        yield desk


@pytest.fixture(scope="module")
def second() -> Iterator[Desk]:
    with sms_provider() as desk:
        yield desk


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with site_mail() as server:
        yield server


@pytest.fixture
def post(first: Desk, second: Desk) -> Post:
    return Post(first, second)


@pytest.fixture(scope="session")
def _reminding() -> library.ProgramLibrary:
    return only_this_program()


@pytest.fixture
def reminding_program(teaching_program: None, _reminding: library.ProgramLibrary) -> Iterator[None]:
    """Here the library holds the program that reminds, in the place of the teaching one."""
    library.use(_reminding)
    yield
    library.use(None)
