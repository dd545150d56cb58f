"""Forms sent twice act once, and an authorization asked by mistake can be undone for a while."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from etasu.registry.accounts.models import FormReceipt, User
from etasu.registry.accounts.receipts import once
from etasu.registry.accounts.sign_in import FREE_TRIES, try_password
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.actions import UNDO_WITHIN, answer_request, undo_authorization
from etasu.registry.authorizations.facts import authorized_already, decision_by_number
from etasu.registry.authorizations.models import Authorization
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.participants.actions import end_membership
from etasu.registry.participants.facts import Asker, askers, role_held, roles_of
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world

pytestmark = pytest.mark.django_db(transaction=True)


def amara() -> Asker:
    """Dr. Amara, asking."""
    return askers(User.objects.get(email="amara-key@example.org"))[0]


def authorize(world: World) -> str:
    """The number of the answer to whether Mara's course may begin."""
    request = AuthorizationRequest(
        PROGRAM, "authorize", world.mara.number, ON, facility=world.riverside.number
    )
    return answer_request(request, by=amara(), at=AT).decision.number


def test_a_form_sent_again_leads_where_it_led() -> None:
    answers = iter(["first", "second"])
    assert once("t", lambda: next(answers), by=PLATFORM, at=AT) == "first"
    assert once("t", lambda: next(answers), by=PLATFORM, at=AT) == "first"
    assert once("u", lambda: next(answers), by=PLATFORM, at=AT) == "second"


def test_a_form_that_failed_can_be_sent_again() -> None:
    with pytest.raises(ZeroDivisionError):
        once("t", lambda: str(1 // 0), by=PLATFORM, at=AT)
    assert not FormReceipt.objects.exists()
    assert once("t", lambda: "done", by=PLATFORM, at=AT) == "done"


def test_two_clicks_at_the_same_moment_act_once() -> None:
    done: list[str] = []
    led: list[str] = []
    both_ready = threading.Barrier(2)

    def act() -> str:
        done.append("x")
        return "there"

    def click() -> None:
        both_ready.wait()
        led.append(once("t", act, by=PLATFORM, at=AT))
        connection.close()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert done == ["x"]
    assert led == ["there", "there"]


def test_a_mistake_can_be_undone_for_a_quarter_of_an_hour() -> None:
    world = build_world()
    number = authorize(world)
    late = AT + UNDO_WITHIN + timedelta(seconds=1)
    assert undo_authorization(number, reason="late", by=amara(), at=late) is None
    in_time = AT + UNDO_WITHIN
    assert undo_authorization(number, reason="mistake", by=amara(), at=in_time) is not None
    assert Authorization.objects.get(number=number).state == "reversed"
    assert undo_authorization(number, reason="again", by=amara(), at=in_time) is None


def test_nobody_undoes_what_somebody_else_asked_for() -> None:
    world = build_world()
    number = authorize(world)
    nurse = askers(User.objects.get(email="riverside-key@example.org"))[0]
    assert undo_authorization(number, reason="not mine", by=nurse, at=AT) is None


def test_a_refused_second_question_leads_to_the_first_authorization() -> None:
    world = build_world()
    first, second = authorize(world), authorize(world)
    found = decision_by_number(second, amara())
    assert found is not None and found.answer["outcome"] == "not_authorized"
    already = authorized_already(found, amara())
    assert already is not None and already.decision.number == first


def test_a_role_that_ended_is_no_longer_held() -> None:
    build_world()
    user = User.objects.get(email="amara-key@example.org")
    (acting,) = roles_of(user)
    assert role_held(user, acting.membership_id) == acting
    end_membership(user.memberships.get(), by=PLATFORM, at=AT)
    assert role_held(user, acting.membership_id) is None
    assert roles_of(user) == []


def test_one_person_signing_in_at_four_windows_at_once_is_let_in_at_each() -> None:
    password = "correct-horse-battery"
    User.objects.create_user(email="vera@example.org", password=password)
    let_in: list[bool] = []

    def sign_in() -> None:
        answer = try_password("vera@example.org", password, "198.51.100.7", AT)
        let_in.append(answer.user is not None)
        connection.close()

    for _ in range(6):
        windows = [threading.Thread(target=sign_in) for _ in range(FREE_TRIES)]
        for window in windows:
            window.start()
        for window in windows:
            window.join()
    assert let_in == [True] * 6 * FREE_TRIES
