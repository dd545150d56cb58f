"""Whatever is sent, the answer is a problem that names the field, and nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etasu.registry.authorizations import connections
from etasu.registry.authorizations.connections import PreparedConnection
from tests.factories.teaching import World, build_world
from tests.interfaces.conftest import Door, Reply, course_question, rows_of_every_table
from tests.interfaces.hostile import (
    ANY_JSON,
    NOT_A_QUESTION,
    NOT_JSON,
    REPLACED,
    one_field_wrong,
)

pytestmark = pytest.mark.django_db
MANY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class SameTransaction(PreparedConnection):
    """The test's own connection, so that its rows are seen and taken back afterwards."""

    is_usable = True


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The usual world, in a transaction that is taken back."""
    made = build_world()
    own = SameTransaction(connection.connection.pgconn)
    monkeypatch.setattr(connections._kept, "connection", own, raising=False)
    yield made
    monkeypatch.undo()
    connections._kept.connection = None
    # The connection goes on to the next test, which prepares statements of the same names.
    for name in own._prepared:
        connection.connection.pgconn.exec_(b"DEALLOCATE " + name)


def check_refused(got: Reply, before: dict[str, int]) -> None:
    """A problem of the caller's, well formed, with nothing stored."""
    assert 400 <= got.status < 500, (got.status, got.body[:300])
    assert got.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "request_id"} <= got.said.keys()
    assert got.said["status"] == got.status
    assert got.said["type"].startswith("/api/v1/problems/")
    assert b"Traceback" not in got.body
    assert rows_of_every_table() == before


def named(got: Reply) -> set[str]:
    """The fields a problem names."""
    for each in got.said["errors"]:
        assert each["pointer"] == "" or each["pointer"].startswith("/")
        assert each["detail"].endswith(".")
    return {each["field"] for each in got.said["errors"]}


def test_what_is_not_json_is_refused(world: World, prescriber: Door) -> None:
    before = rows_of_every_table()
    for name, sent in NOT_JSON.items():
        got = prescriber.ask(sent, "key")
        check_refused(got, before)
        assert got.status in (400, 422), name


def test_what_is_not_a_question_is_refused(world: World, prescriber: Door) -> None:
    before = rows_of_every_table()
    for name, (sent, fields) in NOT_A_QUESTION.items():
        got = prescriber.ask(sent, "key")
        check_refused(got, before)
        assert (got.status, named(got)) == (422, fields), name


def test_a_field_that_cannot_be_is_named(world: World, prescriber: Door) -> None:
    before = rows_of_every_table()
    cases = one_field_wrong(world)
    assert len(cases) > 200
    for name, (sent, field) in cases.items():
        got = prescriber.ask(sent, "key")
        check_refused(got, before)
        if len(sent) <= 16 * 1024:
            assert (got.status, field in named(got)) == (422, True), (name, got.body[:300])


def test_every_wrong_field_is_named_at_once(world: World, prescriber: Door) -> None:
    sent = course_question(world, program=..., patient=7, planned_on="soon", course=0, extra=1)
    got = prescriber.ask(sent)
    assert named(got) == {"program", "patient", "planned_on", "course", "extra"}
    sent = course_question(world, patient="00000-00000-1", facility="00000-00000-1")
    assert named(prescriber.ask(sent)) == {"patient", "facility"}


def test_the_pointer_leads_to_the_place(world: World, prescriber: Door) -> None:
    sent = course_question(world, acknowledged=["guide-given", 7])
    assert prescriber.ask(sent).said["errors"][0]["pointer"] == "/acknowledged/1"
    sent = course_question(world, **{"a/b~c": 1})
    assert prescriber.ask(sent).said["errors"][0]["pointer"] == "/a~1b~0c"


def test_a_body_as_long_as_may_be_is_read_and_a_longer_one_is_not(
    world: World, prescriber: Door
) -> None:
    plain = json.dumps(course_question(world)).encode()
    assert prescriber.ask(plain + b" " * (16 * 1024 - len(plain))).status == 201
    assert prescriber.ask(plain + b" " * (16 * 1024 + 1 - len(plain))).status == 413


@MANY
@given(sent=ANY_JSON)
def test_no_json_at_all_breaks_the_door(world: World, prescriber: Door, sent: Any) -> None:
    before = rows_of_every_table()
    check_refused(prescriber.ask(json.dumps(sent).encode(), "key"), before)


@MANY
@given(changes=REPLACED)
def test_no_value_in_any_field_breaks_the_door(
    world: World, prescriber: Door, changes: dict[str, Any]
) -> None:
    before = rows_of_every_table()
    got = prescriber.ask(course_question(world, **changes))
    if got.status != 201:  # a course of 1, or no pharmacy at all, may be asked about
        check_refused(got, before)


@MANY
@given(sent=st.binary(max_size=300))
def test_no_bytes_break_the_door(world: World, prescriber: Door, sent: bytes) -> None:
    before = rows_of_every_table()
    check_refused(prescriber.ask(sent, "key"), before)


HEADER = st.text(st.characters(max_codepoint=255), max_size=300)
NAMES = ("Idempotency_Key", "Accept", "Content_Type", "Content_Length", "X_Request_ID")


@MANY
@given(headers=st.dictionaries(st.sampled_from(("Authorization", *NAMES)), HEADER, min_size=1))
def test_no_header_breaks_the_door(world: World, prescriber: Door, headers: dict[str, str]) -> None:
    got = prescriber.call(body=course_question(world), **headers)
    assert 200 <= got.status < 500, got.body[:300]
    assert got.headers["X-Request-ID"].replace("-", "").isalnum()
