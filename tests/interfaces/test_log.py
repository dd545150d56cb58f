"""One line for each call: what happened, never to whom."""

from __future__ import annotations

import json
import logging

import pytest

from tests.factories.teaching import World
from tests.interfaces.conftest import ASK, Door, course_question


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """The request lines written so far."""
    found = [record.msg for record in caplog.records if record.name == "etasu.request"]
    return [dict(each) for each in found if isinstance(each, dict)]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log, with its request lines on."""
    caplog.set_level(logging.INFO, logger="etasu.request")
    return caplog


def test_every_call_leaves_one_line(
    world: World, prescriber: Door, log: pytest.LogCaptureFixture
) -> None:
    number = prescriber.ask(course_question(world), X_Request_ID="mine-1234").said["number"]
    prescriber.read(number)
    prescriber.call("BREW", f"{ASK}/{number}")
    found = [(each["method"], each["route"], each["status"]) for each in lines(log)]
    assert found == [
        ("POST", "api:authorizations", 201),
        ("GET", "api:authorization", 200),
        ("other", "api:authorization", 405),
    ]
    assert lines(log)[0]["request_id"] == "mine-1234"
    assert all(isinstance(each["ms"], float) for each in lines(log))


def test_no_line_tells_who(world: World, prescriber: Door, log: pytest.LogCaptureFixture) -> None:
    asked = course_question(world)
    number = prescriber.ask(asked, "the-idempotency-key").said["number"]
    prescriber.read(number)
    prescriber.ask(course_question(world, patient="Mara"))
    Door("a-wrong-api-key").ask(asked)
    told = json.dumps(lines(log))
    secrets = (world.mara.number, world.riverside.number, number, "Mara", "Amara")
    for secret in (*secrets, "amara-key", "the-idempotency-key", "a-wrong-api-key", "2025-05-01"):
        assert secret not in told.replace('"timestamp"', ""), secret
