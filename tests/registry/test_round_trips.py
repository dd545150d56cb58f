"""What is read, written and checked together is as sure as one row at a time."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from etasu.registry.audit.round_trips import as_json, round_trip
from etasu.registry.monitoring import senders
from etasu.registry.monitoring.models import (
    CodeMapping,
    LabConnection,
    LabItemRow,
    LabMessageRow,
    LabReportRow,
    LabSender,
    Result,
    Touch,
)
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import Coding
from tests.registry import labs
from tests.registry.labs import item, message, receive
from tests.registry.rows import row

pytestmark = pytest.mark.django_db

NOWHERE = 987_654_321
POINTS = (
    (LabReportRow, {"message_id": NOWHERE}),
    (LabReportRow, {"patient_id": NOWHERE}),
    (Result, {"patient_id": NOWHERE}),
    (Result, {"report_id": NOWHERE}),
    (LabItemRow, {"report_id": NOWHERE}),
    (LabItemRow, {"result_id": NOWHERE, "outcome": "stored"}),
)


@pytest.mark.parametrize(("model", "wrong"), POINTS)
def test_a_row_points_at_what_is_there(
    mara: Patient, model: type[LabReportRow | Result | LabItemRow], wrong: dict[str, object]
) -> None:
    made = row(model)
    fields = {each.attname for each in model._meta.concrete_fields} - {"id"}
    given = {name: getattr(made, name) for name in fields}
    assert model.objects.bulk_create([model(**given)])
    column = next(iter(wrong))
    with pytest.raises(IntegrityError, match=rf"{column} points at no row"), transaction.atomic():
        model.objects.bulk_create([model(**given), model(**given | wrong)])


def test_a_mapping_that_changes_is_known_to_the_next_message(mara: Patient) -> None:
    local = item(codes=(Coding("L", "PLT"),))
    assert [each.reason for each in receive(message(local))[0].items] == ["code-unknown"]
    known = senders.senders()
    assert receive(message(local))[0].items[0].reason == "code-unknown"
    assert senders.senders() is known
    row(CodeMapping, program=labs.PROGRAM, connection=LabConnection.objects.get(), system="L",
        code="PLT", test="platelets", ended_at=None, ended_by=None)  # fmt: skip
    assert receive(message(local))[0].items[0].outcome == "stored"
    assert labs.current(mara)["platelets"] == "250"
    assert senders.senders() is not known


def test_what_was_taken_back_is_not_known_to_the_next_message(mara: Patient) -> None:
    with transaction.atomic():
        LabSender.objects.update(ended_at=labs.AT, ended_by="a")
        assert receive(message(item()))[0].items[0].reason == "sender-unknown"
        transaction.set_rollback(True)
    assert receive(message(item()))[0].items[0].outcome == "stored"


def test_a_message_too_long_to_look_up_harms_no_other(mara: Patient) -> None:
    endless = "".join(f"{place:x}" for place in range(20_000))
    found = receive(message(item(), number=endless), message(item(value="212")))
    assert [(each.answer, each.error) for each in found] == [("AE", "207"), ("AA", "")]
    assert labs.current(mara)["platelets"] == "212"
    assert LabMessageRow.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "kept"), [("a\x00b", "a\N{REPLACEMENT CHARACTER}b"), ("\\u0000", "\\u0000")]
)
def test_a_text_is_kept_whatever_it_has_in_it(given: str, kept: str) -> None:
    with round_trip() as trip:
        found = trip.ask("SELECT %s::jsonb ->> 'key'", as_json({"key": given}))
        beside = trip.ask("SELECT %s::int", 7)
    assert (found.fetchone(), beside.fetchone()) == ((kept,), (7,))


def test_what_the_database_refuses_is_raised_as_ever() -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), round_trip() as trip:
        trip.ask("SELECT 1")
        trip.ask("INSERT INTO monitoring_senders_token (id, token) VALUES (2, gen_random_uuid())")
    with connection.cursor() as db:
        db.execute("SELECT 1")
        assert db.fetchone() == (1,)


def test_something_else_is_done_while_it_is_on_its_way() -> None:
    with round_trip() as trip:
        slow = trip.ask("SELECT %s::int FROM pg_sleep(0.05)", 7)
        trip.send()
        assert slow.fetchall() == []
    assert slow.fetchone() == (7,)


def test_whoever_breaks_while_it_is_on_its_way_leaves_a_good_connection() -> None:
    for statement in ("SELECT pg_sleep(0.05)", "SELECT nonsense"):
        with pytest.raises(ZeroDivisionError), transaction.atomic(), round_trip() as trip:
            trip.ask(statement)
            trip.send()
            raise ZeroDivisionError
        with round_trip() as trip:
            found = trip.ask("SELECT %s::int", 5)
        assert found.fetchone() == (5,)


def test_the_database_begins_with_what_was_asked_while_more_is_asked() -> None:
    with round_trip() as trip:
        first = trip.ask("SELECT pg_advisory_xact_lock(%s::bigint) IS NULL", NOWHERE)
        trip.begin()
        wait_until_locked(NOWHERE)
        second = trip.ask("SELECT %s::int", 5)
        trip.begin()
        third = trip.ask("SELECT %s::int", 6)
    assert [each.fetchone() for each in (first, second, third)] == [(False,), (5,), (6,)]


def wait_until_locked(key: int) -> None:
    """Until somebody holds this lock, as another connection sees it."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        for _ in range(500):
            seen = other.execute("SELECT FROM pg_locks WHERE granted AND objid = %s", [key])
            if seen.rowcount:
                return
            time.sleep(0.02)
    raise AssertionError("nothing was begun")


@pytest.mark.parametrize("statement", ["SELECT pg_sleep(0.05)", "SELECT nonsense"])
def test_whoever_breaks_when_it_has_begun_leaves_a_good_connection(statement: str) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic(), round_trip() as trip:
        trip.ask(statement)
        trip.begin()
        trip.ask("SELECT %s::int", 4)
        raise ZeroDivisionError
    with round_trip() as trip:
        found = trip.ask("SELECT %s::int", 5)
    assert found.fetchone() == (5,)


@pytest.mark.parametrize("how", ["begin", "send"])
def test_whoever_breaks_when_nothing_was_asked_leaves_a_good_connection(how: str) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic(), round_trip() as trip:
        getattr(trip, how)()
        raise ZeroDivisionError
    with connection.cursor() as db:
        db.execute("SELECT 5")
        assert db.fetchone() == (5,)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_committed_where_something_begun_was_refused(mara: Patient) -> None:
    def touch(*, last: str | None) -> None:
        with transaction.atomic(), round_trip() as trip:
            trip.ask(TOUCH, mara.pk, "tsh", "2026-03-01")
            trip.ask(TOUCH, mara.pk, "tsh", last)
            trip.begin()
            trip.commit()

    before = Touch.objects.count()
    with pytest.raises(IntegrityError, match="a_collection_has_a_test_and_a_day"):
        touch(last=None)
    assert Touch.objects.count() == before
    touch(last="2026-03-02")
    connection.rollback()
    assert Touch.objects.count() == before + 2


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What waits for a server that waits too fails here instead of waiting forever."""

    def stop(*_: object) -> None:
        raise TimeoutError("both sides wait")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("megabytes", [1, 8, 40])
def test_what_no_socket_holds_at_once_is_sent_to_its_end(megabytes: int) -> None:
    text = "x" * (megabytes << 20)
    with within(120), round_trip() as trip:
        echoed = [trip.ask("SELECT %s::text", text) for _ in range(2)]
        length = trip.ask("SELECT length(%s::text)", text)
    assert [each.fetchone()[0] == text for each in echoed] == [True, True]
    assert length.fetchone() == (len(text),)


TOUCH = """
INSERT INTO monitoring_touch (patient_id, test, collected_on)
SELECT %s::bigint, %s::text, %s::date
"""


def test_what_goes_as_one_statement_is_all_kept_or_none_of_it(mara: Patient) -> None:
    def touch(*tests: str, on: str | None = "2026-03-01") -> None:
        with round_trip() as trip, trip.as_one():
            trip.ask(TOUCH, mara.pk, "platelets", "2026-03-01")
            for test in tests:
                trip.ask(TOUCH, mara.pk, test, on)

    before = Touch.objects.count()
    touch("creatinine", "tsh")
    touch()
    assert Touch.objects.count() == before + 4
    with pytest.raises(IntegrityError, match="a_collection_has_a_test_and_a_day"):
        with transaction.atomic():
            touch("creatinine", on=None)
    assert Touch.objects.count() == before + 4
