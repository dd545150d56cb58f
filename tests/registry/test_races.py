"""Many askers at once: the database lets exactly one through, and the checker would notice two."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from django.core.management.color import no_style
from django.db import connection, connections

from etasu.registry import reactions
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations import connections as connections_of_machines
from etasu.registry.authorizations import prepared
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.connections import Row, close_of_this_thread
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.authorizations.statements import WRITE, Statement
from etasu.registry.participants.facts import askers
from etasu.registry.safety.by_machine import KeyReused, Sent, receive_sent
from etasu.registry.safety.models import CaseInformation, SafetyCase, Source
from etasu.registry.safety.receiving import Report
from etasu.registry.safety.receiving import Statement as Told
from etasu.registry.treatment.infusion_days import Note
from etasu.registry.treatment.models import DayEntry, Infusion
from etasu.safe_use.infusion_day import DayEvent
from etasu.safe_use.safety_plan import CaseKind
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 64
SLOT_INDEX = "a_slot_is_authorized_once"


@pytest.fixture
def world() -> Iterator[World]:
    """Mara, ready for her first course at Riverside."""
    yield build_world()
    close_of_this_thread()


def course_request(world: World) -> AuthorizationRequest:
    """The question everybody asks."""
    facility = world.riverside.number
    return AuthorizationRequest(PROGRAM, "authorize", world.mara.number, ON, facility=facility)


def ask_as_machine(world: World, key: str) -> str:
    """The answer of the prepared path, as sent."""
    question = prepared.Question(course_request(world), "amara-key", key, b"the same")
    return prepared.answer_prepared(question, AT).answer


def ask_as_person(world: World, key: str) -> str:
    """The answer of the ORM path; a person has no key."""
    by = askers(User.objects.get(email="amara-key@example.org"))[0]
    return answer_request(course_request(world), by=by, at=AT).decision.answer


def race(work: Callable[[int], str], clients: int = CLIENTS) -> list[str]:
    """What each of the clients got, all started at the same moment."""
    barrier = threading.Barrier(clients)
    got: list[str] = []
    failed: list[BaseException] = []

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            got.append(work(number))
        except BaseException as error:  # noqa: BLE001 - shown to the test, not swallowed
            failed.append(error)
        finally:
            close_of_this_thread()
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not failed, failed[:3]
    return got


def live_authorizations(world: World) -> int:
    """How many authorizations the course has: the number that must be one."""
    return Authorization.objects.filter(patient=world.mara, gate="authorize", state="live").count()


AUTHORIZATIONS = Authorization._meta.db_table


@contextmanager
def without_the_constraint() -> Iterator[None]:
    """The negative control: the database no longer refuses a second authorization."""
    with connection.cursor() as db:
        db.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [SLOT_INDEX])
        definition = db.fetchone()[0]
        db.execute(f"DROP INDEX {SLOT_INDEX}")
    try:
        yield
    finally:
        without_authorizations()
        with connection.cursor() as db:
            db.execute(definition)


def without_authorizations() -> None:
    """As if nothing had been authorized yet."""
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), [AUTHORIZATIONS]))


@pytest.mark.parametrize("again", range(3))
def test_of_64_clients_exactly_one_is_authorized(world: World, again: int) -> None:
    answers = race(
        lambda n: ask_as_person(world, "") if n % 4 == 0 else ask_as_machine(world, f"key-{n}")
    )
    said = [json.loads(answer) for answer in answers]
    yes = [one for one in said if one["outcome"] == "authorized"]
    assert len(said) == CLIENTS
    assert len(yes) == live_authorizations(world) == 1
    for no in (one for one in said if one is not yes[0]):
        reasons = {f["code"]: f["observed"] for f in no["findings"] if f["blocks"]}
        assert list(reasons) == ["course-not-authorized-before"]
        assert yes[0]["number"] in reasons["course-not-authorized-before"]
    assert Decision.objects.count() == CLIENTS
    assert AuditEntry.objects.filter(verb="gate.answered").count() == CLIENTS


def test_without_the_constraint_the_same_race_authorizes_twice(world: World) -> None:
    # Nobody may wait for anybody here: the machine path alone, which takes no lock on the patient
    # that keeps another decision out.
    most = 0
    with without_the_constraint():
        for attempt in range(10):
            race(lambda n, round_=attempt: ask_as_machine(world, f"{round_}-{n}"))
            most = max(most, live_authorizations(world))
            if most > 1:
                break
            without_authorizations()
    assert most > 1, "the race is too tame to prove anything"


def test_64_times_the_same_key_is_one_decision(world: World) -> None:
    def ask(_: int) -> str:
        for _attempt in range(200):
            try:
                return ask_as_machine(world, "the one key")
            except prepared.KeyInFlight:
                continue
        raise AssertionError("never answered")

    answers = race(ask)
    assert len(set(answers)) == 1
    assert Decision.objects.count() == live_authorizations(world) == 1


STOPS: dict[str, Callable[[World], object]] = {
    "enrollment": lambda world: reactions.enrollment_ended(
        world.mara, on=ON, reason="withdrawn", by=PLATFORM, at=AT
    ),
    "prescriber": lambda world: reactions.participant_decertified(
        world.amara, on=ON, reason="test", by=PLATFORM, at=AT
    ),
    "facility": lambda world: reactions.participant_suspended(
        world.riverside, since=ON, until=None, reason="test", by=PLATFORM, at=AT
    ),
}


@pytest.mark.parametrize("stop", list(STOPS))
@pytest.mark.parametrize("again", range(3))
def test_nobody_is_authorized_after_a_stop_that_was_committed(
    world: World, stop: str, again: int
) -> None:
    """For a day at the gate of infusions: a stop takes back every day that was authorized."""
    ask_as_machine(world, "the course")
    stopped = threading.Event()
    late: list[str] = []

    def work(number: int) -> str:
        if number == 12:
            STOPS[stop](world)
            stopped.set()
            return "stopped"
        was_stopped = stopped.is_set()
        answer = ask_for_the_day(world, f"key-{number}", as_person=number % 4 == 0)
        if was_stopped and json.loads(answer)["outcome"] == "authorized":
            late.append(answer)
        return answer

    race(work, clients=24)
    assert late == []
    assert json.loads(ask_for_the_day(world, "afterwards"))["outcome"] == "not_authorized"
    assert contradicted_by_the_stop(world) == []


def ask_for_the_day(world: World, key: str, *, as_person: bool = False) -> str:
    """The answer of the infusion gate at Riverside."""
    request = AuthorizationRequest(PROGRAM, "infuse", world.mara.number, ON)
    if as_person:
        by = askers(User.objects.get(email="riverside-key@example.org"))[0]
        return answer_request(request, by=by, at=AT).decision.answer
    question = prepared.Question(request, "riverside-key", key, key.encode())
    return prepared.answer_prepared(question, AT).answer


def contradicted_by_the_stop(world: World) -> list[str]:
    """Days still open for use, though their patient, prescriber or facility was stopped."""
    live = Authorization.objects.filter(patient=world.mara, gate="infuse", state="live")
    return [known.number for known in live]


@pytest.mark.parametrize("stop", list(STOPS))
def test_a_decision_on_older_facts_is_made_again(world: World, stop: str) -> None:
    """The stop is committed between reading the facts and keeping the decision."""
    ask_as_machine(world, "the course")
    moments = iter([lambda: STOPS[stop](world)])

    class Slow(connections_of_machines.PreparedConnection):
        def rows(self, statement: Statement, values: Mapping[str, str | None]) -> list[Row]:
            if statement is WRITE:
                next(moments, lambda: None)()
            return super().rows(statement, values)

    slow = Slow(connections_of_machines.connect()._pgconn)
    request = AuthorizationRequest(PROGRAM, "infuse", world.mara.number, ON)
    question = prepared.Question(request, "riverside-key", "key", b"")
    said = json.loads(prepared.answer_prepared(question, AT, lambda: slow).answer)
    slow.close()
    assert said["outcome"] == "not_authorized"
    assert Decision.objects.filter(gate="infuse").count() == 1


def test_many_who_note_one_start_record_one_infusion(world: World) -> None:
    def start(_client: int) -> str:
        noted = Note(1, ON, DayEvent.STARTED, AT)
        kept = {"facility": world.riverside, "by": PLATFORM, "at": AT}
        return str(reactions.day_noted(world.mara, noted, **kept).number)

    got = race(start, 8)
    assert len(set(got)) == 8 == DayEntry.objects.count()
    assert Infusion.objects.count() == 1


def test_of_reports_sent_at_once_under_one_key_one_is_kept(world: World) -> None:
    """Each says something else; whoever waited for the first one is told that its key was used."""
    told = Told("A rash", "pharmacist")
    report = Report(PROGRAM, Source.SYSTEM, CaseKind.ADVERSE_EVENT, told)

    def send(number: int) -> str:
        said = told._replace(words=f"A rash {number}")
        sent = Sent(report._replace(said=said), "one key", said.words.encode())
        try:
            return receive_sent(sent, by=PLATFORM, at=AT).case.number
        except KeyReused:
            return "reused"

    got = race(send, clients=12)
    (kept,) = set(got) - {"reused"}
    assert got.count("reused") == 11
    assert CaseInformation.objects.get().case.number == SafetyCase.objects.get().number == kept
