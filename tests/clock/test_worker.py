"""The worker seals, goes on whatever fails, shows that it lives, and stops when told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.test import Client

from etasu.clock import worker
from etasu.clock.time import now_utc
from etasu.clock.worker import Job, WorkerBroken, attempt, jobs_of, work_until
from etasu.registry.accounts.access import ADMINISTRATOR
from etasu.registry.accounts.models import User
from etasu.registry.audit.actions import record
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.facts import newest_head, pulse_of, pulses
from etasu.registry.audit.heartbeats import expect
from etasu.registry.audit.models import Heartbeat
from etasu.registry.notices.actions import Message, queue
from etasu.site.examination import State, examine
from tests.clock.smtp import mail_server
from tests.factories.teaching import AT, PROGRAM
from tests.portals.world import PASSWORD, add_person

SECONDS = 20
JOBS = [
    *("sealer", "nightly", "monitoring", "signals", "laboratories"),
    *("safety", "nurses"),
    *("community", "community-letters", "letters"),
    *("announcer", "reminders", "events", "sender"),
]


def job(do: Callable[[datetime], dict[str, Any]], name: str = "test", **named: Any) -> Job:
    """A job that is always due and done often."""
    given = {"is_due": lambda at: True, "every": timedelta(milliseconds=5)}
    kept = {"beats": timedelta(0), "within": timedelta(minutes=1)}
    return Job(name, do, **{**given, **kept, **named})


def wait_for(condition: Callable[[], Any], seconds: int = SECONDS) -> Any:
    """What the condition answers once it is true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not come true")


def is_settled() -> bool:
    """Whether no transaction as old as any audit entry is open."""
    with connection.cursor() as db:
        db.execute(
            "SELECT bool_and(audit_entry.xid < pg_snapshot_xmin(pg_current_snapshot()))"
            " FROM audit_entry"
        )
        return bool(db.fetchone()[0])


@pytest.mark.django_db
class TestOneRound:
    """One attempt at one job."""

    def test_a_success_is_noted_with_when_it_must_come_again(self) -> None:
        assert attempt(job(lambda at: {"things": 3}), AT) == {"things": 3}
        (pulse,) = pulses(AT)
        assert (pulse.job, pulse.beat_at, pulse.said) == ("test", AT, {"things": 3})
        assert pulse.beat_by.endswith(f"/{os.getpid()}")
        assert not pulse.is_late

    def test_a_job_that_stopped_is_late_within_ten_minutes(self) -> None:
        for each in jobs_of(threading.Event()):
            attempt(each._replace(do=lambda at: {}), AT)
        late = {pulse.job for pulse in pulses(AT + timedelta(minutes=10)) if pulse.is_late}
        assert late == {"sealer"}
        late = {pulse.job for pulse in pulses(AT + timedelta(days=2)) if pulse.is_late}
        assert late == set(JOBS)

    def test_a_failure_is_answered_and_not_noted_as_success(self) -> None:
        def fails(at: datetime) -> dict[str, Any]:
            raise ZeroDivisionError

        assert attempt(job(fails), AT) == {"failed": "ZeroDivisionError"}
        assert pulses(AT) == []

    def test_what_a_failure_says_is_not_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        def fails(at: datetime) -> dict[str, Any]:
            raise OperationalError("Failing row contains (Mara)")

        attempt(job(fails), AT)
        assert "OperationalError" in caplog.text
        assert "Mara" not in caplog.text

    def test_work_broken_off_is_not_noted_as_done(self) -> None:
        attempt(job(lambda at: {"finished": False}), AT)
        assert pulses(AT) == []

    def test_a_job_not_due_is_left(self) -> None:
        assert attempt(job(lambda at: {}, is_due=lambda at: False), AT) is None

    def test_the_days_work_is_due_at_the_start_and_on_each_new_day(self) -> None:
        nightly = jobs_of(threading.Event())[1]
        assert nightly.is_due(AT)
        assert attempt(nightly, AT)["audit"]["problems"] == 0  # type: ignore[index]
        assert not nightly.is_due(AT + timedelta(hours=1))
        assert nightly.is_due(AT + timedelta(days=1))
        # Another worker did it meanwhile.
        Heartbeat.objects.filter(job="nightly").update(said={"day": "2025-05-02"})
        assert not nightly.is_due(AT + timedelta(days=1))
        assert nightly.is_due(AT + timedelta(days=2))

    def test_once_does_everything_one_time(self, tmp_path: Path) -> None:
        done = worker.run(once=True, heads=tmp_path)
        assert list(done) == JOBS
        assert all("failed" not in each for each in done.values())
        assert {pulse.job for pulse in pulses(AT)} == set(done)


@pytest.mark.django_db(transaction=True)
class TestRunning:
    """Jobs in their threads."""

    @pytest.fixture
    def run(self) -> Iterator[Callable[..., threading.Event]]:
        """Start jobs; they are stopped at the end."""
        stop, threads = threading.Event(), []

        def start(*jobs: Job) -> threading.Event:
            thread = threading.Thread(target=work_until, args=(stop, list(jobs)))
            thread.start()
            threads.append(thread)
            return stop

        yield start
        stop.set()
        for thread in threads:
            thread.join(SECONDS)
            assert not thread.is_alive()

    def test_a_job_that_keeps_failing_stops_neither_itself_nor_another(
        self, run: Callable[..., threading.Event]
    ) -> None:
        tries, others = [], []

        def fails_at_first(at: datetime) -> dict[str, Any]:
            tries.append(at)
            if len(tries) < 4:
                raise OperationalError("gone")
            return {}

        run(job(fails_at_first), job(lambda at: others.append(at) or {}, "other"))
        wait_for(lambda: len(tries) > 5 and len(others) > 5)

    def test_a_job_that_fails_from_the_first_day_on_is_late(
        self, run: Callable[..., threading.Event]
    ) -> None:
        def fails(at: datetime) -> dict[str, Any]:
            raise ZeroDivisionError

        run(job(fails), job(lambda at: {}, "other", is_due=lambda at: False))
        wait_for(lambda: len(pulses(AT)) == 2)
        assert pulse_of("test", AT) is None
        found = pulses(now_utc() + timedelta(hours=1))
        assert {each.job for each in found if each.is_late and not each.has_succeeded} == {
            *("test", "other"),
        }

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    def test_a_thread_that_dies_ends_the_worker_with_an_error(self) -> None:
        def dies(at: datetime) -> dict[str, Any]:
            raise SystemExit

        stop = threading.Event()
        with pytest.raises(WorkerBroken, match="test"):
            work_until(stop, [job(dies)])
        assert stop.is_set()

    def test_successes_are_noted_no_more_often_than_wanted(
        self, run: Callable[..., threading.Event]
    ) -> None:
        done: list[datetime] = []
        run(job(lambda at: done.append(at) or {"times": len(done)}, beats=timedelta(hours=1)))
        wait_for(lambda: len(done) > 10)
        assert Heartbeat.objects.get().said == {"times": 1}

    def test_a_broken_connection_is_replaced(self, run: Callable[..., threading.Event]) -> None:
        done: list[int] = []

        def uses_the_database(at: datetime) -> dict[str, Any]:
            with connection.cursor() as db:
                db.execute("SELECT pg_backend_pid()")
                done.append(db.fetchone()[0])
            return {}

        run(job(uses_the_database))
        first = wait_for(lambda: done and done[0])
        with connection.cursor() as db:
            db.execute("SELECT pg_terminate_backend(%s)", (first,))
        wait_for(lambda: done[-1] != first)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`etasu worker` in a process of its own, on this test's database."""
    found = connection.get_connection_params()
    host = found.get("host") or "localhost"
    address = f"postgresql:///{found['dbname']}?host={quote(host, safe='')}&user={found['user']}"
    settings = {"DATABASE_URL": address, "ETASU_AUDIT_HEADS": str(tmp_path)}
    if found.get("password"):
        settings["PGPASSWORD"] = found["password"]
    environment = {**os.environ, **settings, "DJANGO_SETTINGS_MODULE": "etasu.site.settings"}
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "etasu.site.cli", "worker", *options]
        process = subprocess.Popen(
            command,
            env=environment | more,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.django_db(transaction=True)
class TestProcess:
    """The command as it is run."""

    def test_what_happens_is_sealed_and_a_term_signal_ends_it_in_order(
        self, process: Callable[..., subprocess.Popen[str]]
    ) -> None:
        expect("what an earlier version did", at=AT, within=timedelta(hours=1))
        running = process()
        wait_for(lambda: pulse_of("nightly", AT), 60)
        assert {each.job for each in pulses(AT)} == set(JOBS)
        record("test.noted", subject=("test", "1"), by=PLATFORM, at=AT)
        # Other tests' transactions on the same server hold sealing up; count from their end.
        wait_for(is_settled, 120)
        wait_for(lambda: newest_head().entries)
        running.send_signal(signal.SIGTERM)
        assert running.wait(SECONDS) == 0

    def test_a_worker_that_stopped_is_told_to_machines_operators_and_administrators(
        self, process: Callable[..., subprocess.Popen[str]], client: Client
    ) -> None:
        add_person(PROGRAM, "ada", ADMINISTRATOR, None, AT)
        assert client.post(
            "/sign-in/", {"email": "ada@example.org", "password": PASSWORD}
        ).status_code == 302  # fmt: skip
        running = process()
        everything = len(jobs_of(threading.Event()))
        wait_for(lambda: sum(each.has_succeeded for each in pulses(AT)) == everything, 60)
        assert client.get("/readyz").json()["checks"]["worker"] == "on time"
        well = client.get("/administrator/")
        assert well.status_code == 200 and "The worker has stopped." not in well.content.decode()
        running.kill()
        running.wait(SECONDS)
        # Eleven minutes go by.
        Heartbeat.objects.update(beat_at=F("beat_at") - timedelta(minutes=11))
        found = client.get("/readyz").json()
        jobs = jobs_of(threading.Event())
        silent = sorted(each.code for each in jobs if each.within < timedelta(minutes=11))
        late = f"late: {', '.join(silent)}"
        assert (found["status"], found["checks"]["worker"]) == ("degraded", late)
        (line,) = [each for each in examine() if each.part == "worker"]
        assert (line.state, line.said) == (State.WARN, late) and "etasu worker" in line.remedy
        page = client.get("/administrator/").content.decode()
        assert "The worker has stopped." in page and ", ".join(silent) in page

    def test_once_in_json_says_what_was_done_and_sends_by_the_operators_server(
        self, process: Callable[..., subprocess.Popen[str]]
    ) -> None:
        ben = User.objects.create_user("ben@example.org", full_name="Ben")
        subject = ("participant", "7QK2M-X0B4T-N")
        message = Message("teaching", "1", "c", "e", "r", subject, "once", ("portal", "email"))
        told = queue(message, ben, by=PLATFORM, at=AT)
        assert told is not None
        with mail_server() as server:
            named = {
                "ETASU_SMTP_HOST": "127.0.0.1",
                "ETASU_SMTP_PORT": str(server.port),
                "ETASU_SMTP_TLS": "off",
                "ETASU_MAIL_FROM": "no-reply@example.org",
                "ETASU_SITE_URL": "https://rems.example.org/",
            }
            said, _ = process("--once", "--json", **named).communicate(timeout=60)
        done = json.loads(said)["done"]
        assert done["nightly"]["audit"]["problems"] == 0
        assert set(done["sealer"]) == {"seals", "entries"}
        assert done["sender"]["sent"] == 1
        (mail,) = server.messages
        assert (mail["To"], mail["From"]) == (ben.email, "Etasu <no-reply@example.org>")
        assert f"https://rems.example.org/messages/{told.number}/" in mail.get_content()
