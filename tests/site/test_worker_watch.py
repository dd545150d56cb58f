"""A worker that does nothing is told of without it, and started again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from etasu.registry.accounts.access import ADMINISTRATOR, OPERATOR, PHARMACIST
from etasu.registry.audit.heartbeats import beat, expect
from etasu.site.cli import supervisor
from etasu.site.cli.supervisor import Child, Supervisor
from etasu.site.worker_watch import AGAIN, GRACE, WorkerWatch
from tests.factories.mail_server import MailServer
from tests.portals.world import add_person

AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
LATE = AT + timedelta(hours=1)


@pytest.fixture
def mail(db: None, settings: Any) -> Iterator[MailServer]:
    server = MailServer()
    for name, value in server.settings().items():
        setattr(settings, name, value)
    add_person("lemtrada", "ada", ADMINISTRATOR, None, AT)
    add_person("lemtrada", "omar", OPERATOR, None, AT)
    add_person("lemtrada", "cora", PHARMACIST, None, AT)
    for job in ("sender", "nightly"):
        within = timedelta(minutes=10 if job == "sender" else 3000)
        beat(job, by="a test", at=AT, within=within)
    yield server
    server.shutdown()
    server.server_close()


def test_who_can_put_it_right_is_told_once_in_six_hours_and_when_it_is_over(
    mail: MailServer,
) -> None:
    watch = WorkerWatch(AT)
    assert not watch.is_late(AT + GRACE)
    assert mail.messages == []
    assert watch.is_late(LATE)
    assert watch.is_late(LATE + timedelta(minutes=1))
    told = sorted(each["To"] for each in mail.messages)
    assert told == ["ada@example.org", "omar@example.org"]
    said = mail.messages[0].get_content()
    assert "- sender: late since 2026-11-20 16:10 UTC" in said and "nightly" not in said
    assert watch.is_late(LATE + AGAIN)
    assert len(mail.messages) == 4
    beat("sender", by="a test", at=LATE + AGAIN, within=timedelta(minutes=10))
    assert not watch.is_late(LATE + AGAIN + timedelta(minutes=1))
    assert not watch.is_late(LATE + AGAIN + timedelta(minutes=2))
    assert len(mail.messages) == 6
    assert "being done again" in mail.messages[-1]["Subject"]


def test_a_worker_that_has_just_begun_is_left_alone(mail: MailServer) -> None:
    assert not WorkerWatch(LATE - GRACE / 2).is_late(LATE)
    assert mail.messages == []


def test_without_a_mail_server_it_is_tried_again_at_the_next_look(
    mail: MailServer, settings: Any
) -> None:
    settings.EMAIL_PORT, port = 1, settings.EMAIL_PORT
    watch = WorkerWatch(AT)
    assert watch.is_late(LATE)
    settings.EMAIL_PORT = port
    assert watch.is_late(LATE + timedelta(minutes=1))
    assert len(mail.messages) == 2


def test_a_dead_mailbox_keeps_nobody_else_from_hearing_of_it(mail: MailServer) -> None:
    """And whoever heard of it is not told again before the six hours are over."""
    mail.nobody_at = "ada@example.org"
    watch = WorkerWatch(AT)
    for minutes in range(0, 60, 6):
        assert watch.is_late(LATE + timedelta(minutes=minutes))
    assert [each["To"] for each in mail.messages] == ["omar@example.org"]


def test_a_job_that_never_succeeded_is_late_as_well(mail: MailServer) -> None:
    for _ in range(2):
        expect("reminders", at=AT, within=timedelta(minutes=20))
    # It began long ago, whenever the worker was last started.
    expect("reminders", at=LATE, within=timedelta(minutes=20))
    watch = WorkerWatch(AT)
    assert watch.is_late(AT + timedelta(minutes=21))
    said = mail.messages[0].get_content()
    assert "- reminders: late since 2026-11-20 16:20 UTC" in said
    for job in ("sender", "reminders"):
        beat(job, by="a test", at=LATE, within=timedelta(minutes=20))
    assert not watch.is_late(LATE + timedelta(minutes=1))


class LateOnce:
    """Is late when first asked."""

    begun_at = AT
    looks = 0

    def is_late(self, at: datetime) -> bool:
        self.looks += 1
        return self.looks == 1


def test_what_is_late_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "SECONDS_BETWEEN_LOOKS", 0)
    starts = tmp_path / "starts"
    says = f"import os, time; open({str(starts)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(60)"
    watch = LateOnce()
    watched = Supervisor([Child("worker", [sys.executable, "-c", says], watch)], ("127.0.0.1", 0))
    watched._running["worker"] = first = supervisor._start(watched._children[0])
    _until(lambda: starts.exists() and starts.read_text().endswith(" "))
    watched._start_again_what_is_late()
    watched._start_again_what_is_late()
    second = watched._running["worker"]
    try:
        _until(lambda: len(starts.read_text().split()) == 2)
        assert first.poll() is not None and second.poll() is None
        assert starts.read_text().split() == [str(first.pid), str(second.pid)]
        assert watch.looks == 2 and watch.begun_at > AT
    finally:
        watched.stop()
    assert second.poll() is not None
    with pytest.raises(ProcessLookupError):
        os.kill(second.pid, 0)


def _until(is_so: Any) -> None:
    for _ in range(200):
        if is_so():
            return
        subprocess.run(["sleep", "0.05"], check=True)
    raise AssertionError("it did not come to that")
