"""Asking a gate over HTTP, repeating a question, and reading what became of the answer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from etasu.interfaces.api import receive
from etasu.registry import reactions
from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations import prepared
from etasu.registry.authorizations.actions import Busy
from etasu.registry.authorizations.connections import (
    ConnectionLost,
    DatabaseAway,
    PreparedConnection,
    connect,
)
from etasu.registry.authorizations.models import Authorization, Decision, IdempotencyKey
from etasu.registry.authorizations.statements import READ, WRITE, Statement
from etasu.registry.patients.models import Patient
from etasu.safe_use.identifiers import with_check_character
from tests.factories.teaching import AT, ON, World
from tests.interfaces.conftest import ASK, Door, course_question, rows_of_every_table


def test_a_question_answered_yes_is_kept_and_said(world: World, prescriber: Door) -> None:
    got = prescriber.ask(course_question(world), "first")
    assert (got.status, got.said["outcome"]) == (201, "authorized")
    kept = Decision.objects.get()
    assert got.body.decode() == kept.answer
    assert got.headers["Location"] == f"{ASK}/{kept.number}"
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["Cache-Control"] == "no-store"
    assert "Idempotent-Replayed" not in got.headers
    assert IdempotencyKey.objects.get().key == "first"


def test_a_no_is_an_answer_too(world: World, prescriber: Door) -> None:
    got = prescriber.ask(course_question(world, facility=world.hillview.number))
    assert (got.status, got.said["outcome"]) == (201, "not_authorized")
    assert [each["code"] for each in got.said["findings"] if each["blocks"]] == [
        "facility-certified"
    ]
    assert not Authorization.objects.exists()


def test_the_same_key_gets_the_same_bytes(world: World, prescriber: Door) -> None:
    first = prescriber.ask(course_question(world), "again")
    second = prescriber.ask(course_question(world), "again")
    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert Decision.objects.count() == 1


def test_the_same_question_written_otherwise_is_the_same(world: World, prescriber: Door) -> None:
    first = prescriber.ask(course_question(world), "again")
    body = dict(reversed(course_question(world, pharmacy=None, acknowledged=[]).items()))
    second = prescriber.ask(json.dumps(body, indent=3).encode(), "again")
    assert second.body == first.body


def test_a_key_used_for_another_question_is_refused(world: World, prescriber: Door) -> None:
    prescriber.ask(course_question(world), "again")
    got = prescriber.ask(course_question(world, course=1), "again")
    assert (got.status, got.said["type"]) == (422, "/api/v1/problems/key-reused")
    assert Decision.objects.count() == 1


def test_keys_of_two_systems_do_not_meet(world: World, prescriber: Door, facility: Door) -> None:
    prescriber.ask(course_question(world), "1")
    got = facility.ask(course_question(world, gate="infuse", facility=...), "1")
    assert (got.status, got.said["outcome"], got.said["day"]) == (201, "authorized", 1)


def test_a_key_that_led_to_nothing_is_free(world: World, prescriber: Door) -> None:
    assert prescriber.ask(course_question(world, course=0), "again").status == 422
    assert prescriber.ask(course_question(world, gate="infuse"), "again").status == 422
    assert prescriber.ask(course_question(world), "again").status == 201


def test_a_twin_under_way_is_a_conflict(world: World, prescriber: Door) -> None:
    actor = User.objects.get(email="amara-key@example.org").number
    lock = prepared._lock_number(actor, "twin")
    with connection.cursor() as db:
        db.execute("SELECT pg_advisory_lock(%s::bigint)", [lock])
        got = prescriber.ask(course_question(world), "twin")
        db.execute("SELECT pg_advisory_unlock(%s::bigint)", [lock])
    assert (got.status, got.said["type"]) == (409, "/api/v1/problems/key-in-flight")
    assert got.headers["Retry-After"] == "1"
    assert prescriber.ask(course_question(world), "twin").status == 201


def test_a_gate_that_cannot_decide_is_a_problem_with_its_answer(
    world: World, prescriber: Door
) -> None:
    world.riverside.certified_from = None
    world.riverside.certified_until = None
    world.riverside.suspended_from, world.riverside.suspended_until = ON, ON - timedelta(days=1)
    world.riverside.save()
    first = prescriber.ask(course_question(world), "odd")
    assert (first.status, first.headers["Content-Type"]) == (503, "application/problem+json")
    said = first.said
    assert said["type"] == "/api/v1/problems/cannot-decide"
    assert said["answer"]["outcome"] == "cannot_decide"
    assert said["answer"]["faults"][0]["code"] == "facts-contradict"
    assert said["decision"] == said["answer"]["number"] == Decision.objects.get().number
    second = prescriber.ask(course_question(world), "odd")
    assert (second.status, second.body) == (503, first.body)
    assert second.headers["Idempotent-Replayed"] == "true"
    found = prescriber.read(said["decision"])
    assert (found.status, found.said["outcome"]) == (200, "cannot_decide")


def test_reading_says_what_became_of_it(world: World, prescriber: Door) -> None:
    number = prescriber.ask(course_question(world)).said["number"]
    found = prescriber.read(number).said
    became = found.pop("authorization")
    assert found == json.loads(Decision.objects.get().answer)
    assert became == {"state": "live", "closed_at": None, "closed_reason": None}
    reactions.enrollment_ended(world.mara, on=ON, reason="moved away", by=PLATFORM, at=AT)
    became = prescriber.read(number).said["authorization"]
    assert became["state"] == "reversed"
    assert became["closed_at"] == "2025-05-01T15:00:00.000000Z"
    assert "moved away" in became["closed_reason"]


def test_past_its_last_day_an_authorization_reads_expired(
    world: World, prescriber: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = prescriber.ask(course_question(world)).said
    last = Authorization.objects.get().valid_until
    for days, state in ((0, "live"), (1, "expired")):
        at = AT + (last - ON) + timedelta(days=days)
        monkeypatch.setattr(receive, "now_utc", lambda at=at: at)
        assert prescriber.read(said["number"]).said["authorization"]["state"] == state


def test_a_decision_is_shown_to_those_it_concerns(
    world: World, prescriber: Door, facility: Door
) -> None:
    yes = prescriber.ask(course_question(world)).said["number"]
    no = prescriber.ask(course_question(world)).said["number"]
    assert facility.read(yes).status == 200
    assert prescriber.read(no).status == 200
    assert facility.read(no).status == 404


def test_what_is_hidden_and_what_is_not_there_look_alike(
    world: World, prescriber: Door, facility: Door
) -> None:
    prescriber.ask(course_question(world))
    no = prescriber.ask(course_question(world)).said["number"]
    unknown = with_check_character("0000000000")
    answers = [facility.read(each, X_Request_ID="a-number-of-mine") for each in (no, unknown, "x")]
    assert {(each.status, each.body, tuple(each.headers.items())) for each in answers} == {
        (404, answers[0].body, tuple(answers[0].headers.items()))
    }


def test_a_patient_of_somebody_else_and_no_patient_look_alike(
    world: World, prescriber: Door
) -> None:
    Patient.objects.filter(pk=world.mara.pk).update(prescriber=None)
    unknown = with_check_character("0000000000")
    answers = [
        prescriber.ask(course_question(world, patient=each), X_Request_ID="a-number-of-mine")
        for each in (world.mara.number, unknown)
    ]
    assert answers[0] == answers[1]
    assert answers[0].status == 422
    assert answers[0].said["errors"][0]["pointer"] == "/patient"


def test_without_a_key_nobody_is_told_anything(world: World, prescriber: Door) -> None:
    ApiKey.objects.update(revoked_at=AT, revoked_by="test")
    nobody = Door(None)
    for got in (
        nobody.ask(course_question(world)),
        Door("no-such-key").ask(course_question(world)),
        prescriber.ask(course_question(world)),
        prescriber.read(with_check_character("0000000000")),
        nobody.ask(b"{}", Authorization="Basic YTpi"),
        nobody.ask(b"{}", Authorization="Bearer"),
        nobody.ask(b"{}", Authorization="Bearer a b"),
        nobody.ask(b"{}", Authorization="Bearer " + "x" * 256),
    ):
        assert (got.status, got.said["type"]) == (401, "/api/v1/problems/unknown-api-key")
        assert got.headers["WWW-Authenticate"].startswith("Bearer")


def test_who_is_no_longer_active_has_no_key(world: World, prescriber: Door) -> None:
    User.objects.update(is_active=False)
    assert prescriber.ask(course_question(world)).status == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", ASK, 405, "POST"),
        ("PUT", ASK, 405, "POST"),
        ("DELETE", f"{ASK}/{with_check_character('0000000000')}", 405, "GET, HEAD"),
        ("POST", f"{ASK}/{with_check_character('0000000000')}", 405, "GET, HEAD"),
        ("BREW", ASK, 405, "POST"),
        ("POST", f"{ASK}/", 404, None),
        ("POST", f"{ASK}-more", 404, None),
        ("GET", f"{ASK}/a/b", 404, None),
        ("GET", f"{ASK}/%00", 404, None),
        ("GET", f"{ASK}/\x00", 404, None),
        ("GET", f"{ASK}/" + "9" * 100_000, 404, None),
    ],
)
def test_other_addresses_and_methods_are_refused(
    prescriber: Door, method: str, path: str, status: int, allow: str | None
) -> None:
    got = prescriber.call(method, path)
    assert (got.status, got.headers.get("Allow")) == (status, allow)
    assert got.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "text/html"}, 406),
        ({"Accept": "application/json;q=0"}, 406),
        ({"Accept": "text/html, application/json;q=0.1"}, 201),
        ({"Accept": "application/*"}, 201),
        ({"Content_Type": None}, 415),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/json; charset=latin-1"}, 415),
        ({"Content_Type": "Application/JSON; charset=UTF-8"}, 201),
        ({"Content_Encoding": "gzip"}, 415),
        ({"Content_Length": None, "Transfer_Encoding": "chunked"}, 411),
        ({"Content_Length": ""}, 411),
        ({"Content_Length": "many"}, 400),
        ({"Content_Length": "-1"}, 400),
        ({"Content_Length": "16385"}, 413),
        ({"Content_Length": "9" * 5000}, 413),
        ({"Content_Length": "16384"}, 400),
        ({"Idempotency_Key": ""}, 400),
        ({"Idempotency_Key": "a b"}, 400),
        ({"Idempotency_Key": "é"}, 400),
        ({"Idempotency_Key": "x" * 256}, 400),
        ({"Idempotency_Key": "x" * 255}, 201),
        ({"X_Request_ID": "<script>"}, 201),
    ],
)
def test_headers_are_taken_at_their_word(
    world: World, prescriber: Door, headers: dict[str, Any], status: int
) -> None:
    got = prescriber.call(body=course_question(world), **headers)
    assert got.status == status
    assert (got.status == 201) == Decision.objects.exists()
    assert "script" not in got.headers["X-Request-ID"]


def test_a_request_id_that_is_well_formed_is_kept(prescriber: Door) -> None:
    got = prescriber.ask(b"{}", X_Request_ID="abcd-1234-5678")
    assert got.headers["X-Request-ID"] == got.said["request_id"] == "abcd-1234-5678"


def test_head_is_get_without_the_body(world: World, prescriber: Door) -> None:
    number = prescriber.ask(course_question(world)).said["number"]
    got, head = prescriber.read(number), prescriber.call("HEAD", f"{ASK}/{number}")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))


class Trouble:
    """Connections that break, or never come about, at one point."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.left = 0

    def at_any(self, error: Exception) -> None:
        """Raise the error at the next question, whatever it does."""
        raising = _raising(error, prepared.answer_prepared)
        self.monkeypatch.setattr(prepared, "answer_prepared", raising)

    def at(self, statement: Statement, error: Exception, times: int, *, after: bool) -> None:
        """Raise the error at the statement so many times, before or after it is done."""
        self.left = times
        done = PreparedConnection.rows

        def rows(db: PreparedConnection, asked: Statement, values: Any) -> Any:
            if asked is statement and self.left:
                self.left -= 1
                if after:
                    done(db, asked, values)
                db.close()
                raise error
            return done(db, asked, values)

        self.monkeypatch.setattr(PreparedConnection, "rows", rows)


def _raising(error: Exception, done: Any) -> Any:
    left = [error]
    return lambda *given: _raise(left.pop()) if left else done(*given)


def _raise(error: Exception) -> None:
    raise error


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> Trouble:
    """Trouble to be had."""
    return Trouble(monkeypatch)


def test_a_connection_lost_while_reading_is_made_anew(
    world: World, prescriber: Door, trouble: Trouble
) -> None:
    trouble.at(READ, ConnectionLost(), 1, after=False)
    assert prescriber.ask(course_question(world)).status == 201
    trouble.at(READ, ConnectionLost(), 2, after=False)
    got = prescriber.ask(course_question(world))
    assert (got.status, got.said["type"]) == (503, "/api/v1/problems/unavailable")
    assert got.headers["Retry-After"] == "2"


@pytest.mark.parametrize("after", [True, False], ids=["kept", "not kept"])
def test_a_write_whose_fate_is_unknown_is_repeated_with_a_key_only(
    world: World, prescriber: Door, trouble: Trouble, after: bool
) -> None:
    trouble.at(WRITE, ConnectionLost(), 1, after=after)
    got = prescriber.ask(course_question(world), "safe")
    assert (got.status, got.said["outcome"]) == (201, "authorized")
    assert (got.headers.get("Idempotent-Replayed") == "true") is after
    trouble.at(WRITE, ConnectionLost(), 1, after=after)
    got = prescriber.ask(course_question(world))
    assert (got.status, got.said["type"]) == (503, "/api/v1/problems/fate-unknown")
    assert Authorization.objects.count() == 1


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (DatabaseAway(), 503, "unavailable"),
        (Busy(), 503, "unavailable"),
        (psycopg.errors.QueryCanceled("slow: Mara"), 503, "unavailable"),
        (psycopg.errors.ReadOnlySqlTransaction("standby"), 503, "unavailable"),
        (psycopg.errors.CheckViolation("Failing row: Mara"), 500, "unexpected"),
        (RuntimeError("Mara"), 500, "unexpected"),
        (MemoryError(), 500, "unexpected"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_breaks_nothing_opens_and_nothing_shows(
    world: World, prescriber: Door, trouble: Trouble, error: Exception, status: int, kind: str
) -> None:
    before = rows_of_every_table()
    for statement in (READ, WRITE):
        trouble.at(statement, error, 1, after=False)
        got = prescriber.ask(course_question(world))
        assert (got.status, got.said["type"]) == (status, f"/api/v1/problems/{kind}")
        assert b"Mara" not in got.body and b"Traceback" not in got.body
        assert got.said["request_id"] == got.headers["X-Request-ID"]
    assert rows_of_every_table() == before


def test_a_record_that_cannot_be_read_decides_nothing(world: World, prescriber: Door) -> None:
    Patient.objects.filter(pk=world.mara.pk).update(attributes={"sex": 1})
    got = prescriber.ask(course_question(world))
    assert (got.status, got.said["type"]) == (503, "/api/v1/problems/cannot-decide")
    assert not Decision.objects.exists()


def test_a_database_that_went_away_and_came_back_is_found_again(
    world: World, prescriber: Door
) -> None:
    other = connect()
    other.run(b"SELECT 1")
    assert prescriber.ask(course_question(world)).status == 201
    with connection.cursor() as db:
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'etasu machine door' AND datname = current_database()"
        )
    assert prescriber.ask(course_question(world)).status == 201
    with pytest.raises(ConnectionLost):
        other.run(b"SELECT 1")
    other.close()
