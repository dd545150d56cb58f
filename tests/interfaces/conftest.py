"""A door to the gate without a server: a call is an environ, and what comes back."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

import pytest
from django.db import connection

from etasu.interfaces.api import lane, receive
from etasu.programs import library
from etasu.registry.authorizations.connections import close_of_this_thread
from tests.factories.own_programs import library_of
from tests.factories.teaching import AT, ON, World, build_world

ASK = "/api/v1/authorizations"


class Reply(NamedTuple):
    """What a call got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Door:
    """Calls the lane as the web server does."""

    def __init__(self, key: str | None) -> None:
        self.key = key

    def call(
        self,
        method: str = "POST",
        path: str = ASK,
        body: bytes | dict[str, Any] | None = None,
        **headers: str | None,
    ) -> Reply:
        """One call. A header given as None is left out; `Content_Type` is `Content-Type`."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "wsgi.input": io.BytesIO(sent),
        }
        given: dict[str, str | None] = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if method == "POST":
            given |= {"Content_Type": "application/json", "Content_Length": str(len(sent))}
        for name, value in {**given, **headers}.items():
            if value is not None:
                upper = name.upper()
                is_plain = upper in ("CONTENT_TYPE", "CONTENT_LENGTH")
                environ[upper if is_plain else f"HTTP_{upper}"] = value
        got: list[Any] = []
        parts = lane.application(environ, lambda status, headers: got.extend((status, headers)))
        status, found = got
        return Reply(int(status[:3]), dict(found), b"".join(parts))

    def ask(self, body: bytes | dict[str, Any], key: str | None = None, **headers: Any) -> Reply:
        """Ask a gate, with an idempotency key when one is given."""
        return self.call(body=body, Idempotency_Key=key, **headers)

    def read(self, number: str, **headers: Any) -> Reply:
        """Read a decision."""
        return self.call("GET", f"{ASK}/{number}", **headers)


@pytest.fixture(autouse=True)
def teaching_program() -> Iterator[None]:
    """The library holds the teaching program and nothing else."""
    library.use(library_of("teaching"))
    yield
    library.use(None)


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Every call comes in at the cast's moment."""
    monkeypatch.setattr(receive, "now_utc", lambda: AT)
    return AT


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """Mara, ready for her first course at Riverside, and the keys of both systems."""
    yield build_world()
    close_of_this_thread()


@pytest.fixture
def prescriber(world: World) -> Door:
    """The door, for the system of Dr. Amara."""
    return Door(world.keys["prescriber"])


@pytest.fixture
def facility(world: World) -> Door:
    """The door, for the system of Riverside."""
    return Door(world.keys["facility"])


def course_question(world: World, **changes: Any) -> dict[str, Any]:
    """The question whether Mara's course may begin, with some fields changed."""
    body = {
        "program": "teaching",
        "gate": "authorize",
        "patient": world.mara.number,
        "planned_on": str(ON),
        "facility": world.riverside.number,
    }
    return {name: value for name, value in (body | changes).items() if value is not ...}


def rows_of_every_table() -> dict[str, int]:
    """How many rows each table holds."""
    with connection.cursor() as db:
        db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in db.fetchall()]
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in tables)
        db.execute(counts)
        return dict(db.fetchall())


def day(text: str) -> date:
    """A day."""
    return date.fromisoformat(text)
