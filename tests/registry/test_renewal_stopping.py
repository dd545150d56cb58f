"""A suspension or decertification is seen by every gate at once, on every way to an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from etasu.interfaces.api import receive
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations import prepared
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.connections import close_of_this_thread
from etasu.registry.authorizations.models import Authorization
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.notices.models import Notice
from etasu.registry.participants.actions import add_member, lift_suspension
from etasu.registry.participants.facts import askers
from etasu.registry.participants.models import Participant
from etasu.registry.reactions import participant_decertified, participant_suspended
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world
from tests.interfaces.conftest import Door

pytestmark = pytest.mark.django_db(transaction=True)
Ask = Callable[[World, AuthorizationRequest, str], dict[str, Any]]


@pytest.fixture
def world() -> Iterator[World]:
    """Mara, ready for her first course at Riverside."""
    yield build_world()
    close_of_this_thread()


def by_orm(world: World, request: AuthorizationRequest, key: str) -> dict[str, Any]:
    """The answer the portals get."""
    by = askers(User.objects.get(email=f"{key}@example.org"))[0]
    return answer_request(request, by=by, at=AT).said


def by_statements(world: World, request: AuthorizationRequest, key: str) -> dict[str, Any]:
    """The answer machines get."""
    asked = prepared.Question(request, key, None, b"")
    return dict(json.loads(prepared.answer_prepared(asked, AT).answer))


def by_http(world: World, request: AuthorizationRequest, key: str) -> dict[str, Any]:
    """The answer of the door machines come to, with an API key, from the first byte to the last."""
    body = {name: value for name, value in request._asdict().items() if value}
    body["planned_on"] = request.planned_on.isoformat()
    door = Door(world.keys["prescriber" if key == "amara-key" else "facility"])
    return dict(door.ask(body, str(uuid4())).said)


def ask(path: Ask, world: World, gate: str = "authorize") -> dict[str, Any]:
    """May Mara have her course, or her day, at Riverside?"""
    key = "amara-key" if gate == "authorize" else "riverside-key"
    facility = world.riverside.number
    request = AuthorizationRequest(PROGRAM, gate, world.mara.number, ON, facility=facility)
    return path(world, request, key)


def stop(what: str, participant: Participant) -> None:
    """Take the standing away."""
    if what == "suspended":
        participant_suspended(participant, since=ON, until=None, reason="audit", by=PLATFORM, at=AT)
    else:
        participant_decertified(participant, on=ON, reason="audit", by=PLATFORM, at=AT)


def next_answer(expected: set[str], path: Ask, world: World, do: Callable[[], object]) -> None:
    """Do something; the very next answer of the gate refuses for exactly these."""
    do()
    said = ask(path, world)
    assert said["outcome"] == ("not_authorized" if expected else "authorized")
    not_met = {each["code"] for each in said["findings"] if each["outcome"] == "not_met"}
    assert {code for code in not_met if code.endswith("-certified")} == expected


def free_the_course() -> None:
    """Take back what is authorized, so that it can be asked for again."""
    closed = {"closed_at": AT, "closed_by": "a", "closed_reason": "for the test"}
    Authorization.objects.filter(state="live").update(state="reversed", holds_slot=False, **closed)


def lift(participant: Participant) -> None:
    """The suspension is over."""
    now = Participant.objects.get(pk=participant.pk)
    lift_suspension(now, reason="put right", by=PLATFORM, at=AT)


@pytest.mark.parametrize("path", [by_orm, by_statements, by_http])
def test_every_way_sees_a_change_at_once_and_what_was_open_is_taken_back(
    world: World, path: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "now_utc", lambda: AT)
    amara, riverside = world.amara, world.riverside
    ben = User.objects.create_user("ben@example.org", full_name="Ben")
    role = "facility_representative"
    add_member(ben, riverside, role, program=PROGRAM, by=PLATFORM, at=AT)
    # The way is warm: the connection is open and its statements are prepared.
    for gate in ("authorize", "infuse"):
        assert ask(path, world, gate)["outcome"] == "authorized"

    next_answer({"facility-certified"}, path, world, lambda: stop("suspended", riverside))
    assert ask(path, world, "infuse")["outcome"] == "not_authorized"
    states = dict(Authorization.objects.values_list("gate", "state"))
    assert states == {"authorize": "live", "infuse": "reversed"}
    told = Notice.objects.filter(recipient=ben, event="certification_suspended")
    assert [each.facts["reason"] for each in told] == ["audit"]

    free_the_course()
    next_answer(set(), path, world, lambda: lift(riverside))
    free_the_course()
    both = {"prescriber-certified", "facility-certified"}
    for who, expected in ((amara, {"prescriber-certified"}), (riverside, both)):
        next_answer(expected, path, world, lambda p=who: stop("decertified", p))


def test_a_gate_that_kept_what_it_read_would_be_caught(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault planted: a suspension that does not reach the row the gate reads."""
    monkeypatch.setattr("etasu.registry.reactions.stopping.participants.suspend_participant",
                        lambda participant, **named: participant)  # fmt: skip
    with pytest.raises(AssertionError):
        next_answer(
            {"facility-certified"}, by_orm, world, lambda: stop("suspended", world.riverside)
        )
