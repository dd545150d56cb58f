"""Nothing acknowledged is lost, doubled or half done, whatever is killed under load."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg
import pytest

from etasu.site.embedded import EmbeddedServer
from tests.crash.clients import Crowd
from tests.crash.history import Kept, contradictions, read_kept
from tests.factories.homes import ROOT, copied_home, environment_of, initialized_home, run

APP_KILLS, DATABASE_KILLS = 20, 5


class Site(NamedTuple):
    """A site of its own, in a temporary home."""

    home: Path
    environment: dict[str, str]
    port: int
    world: dict[str, Any]

    def serve(self) -> subprocess.Popen[bytes]:
        """A server, started; it may not listen yet."""
        command = [sys.executable, "-m", "etasu.site.cli", "serve", "--port", str(self.port)]
        with (self.home / "serve.log").open("ab") as log:
            return subprocess.Popen(
                [*command, "--threads", "4"],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def address(self) -> str:
        """Where its database is; starts it when it was killed."""
        code = "from etasu.site.database import database_url; print(database_url())"
        return run(self.environment, "-c", code).strip()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = copied_home("etasu-crash-", peopled)
    environment = environment_of(home)
    world = json.loads((home / "world.json").read_text())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    yield Site(home, environment, port, world)
    run(environment, "-c", "from etasu.site import database; database.stop()")
    shutil.rmtree(home, ignore_errors=True)


def peopled() -> Path:
    """The home of a site with patients to ask about; beside it, who they are."""
    home = initialized_home("etasu-crash-")
    (home / "world.json").write_text(run(environment_of(home), "-m", "tests.crash.world"))
    return home


def processes_of(server: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The server and its web processes and worker, without the database."""
    try:
        parent = psutil.Process(server.pid)
        family = [parent, *parent.children(recursive=True)]
        return [one for one in family if "postgres" not in one.name()]
    except psutil.NoSuchProcess:
        return []


def kill_all(server: subprocess.Popen[bytes]) -> None:
    """`kill -9` for every process of the application."""
    for process in processes_of(server):
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    server.wait(timeout=10)


def kill_database(home: Path) -> None:
    """`kill -9` for the database server's first process."""
    running = EmbeddedServer(home).process.postmaster()
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)


def wait_for_more(crowd: Crowd, count: int) -> None:
    """Wait until clients were told that many more answers."""
    wanted = len(crowd.acknowledged) + count
    deadline = time.monotonic() + 60
    while len(crowd.acknowledged) < wanted:
        assert time.monotonic() < deadline, "the server did not come back in a minute"
        assert not crowd.unexpected, crowd.unexpected[:3]
        time.sleep(0.02)


def test_nothing_acknowledged_is_lost_when_processes_are_killed(site: Site) -> None:
    chance = random.Random(20261121)
    crowd = Crowd(site.port, site.world, seed=7)
    server = site.serve()
    crowd.start()
    kills = ["app"] * APP_KILLS + ["database"] * DATABASE_KILLS
    chance.shuffle(kills)
    for kill in kills:
        wait_for_more(crowd, chance.randint(5, 40))
        time.sleep(chance.random() * 0.2)
        if kill == "app":
            kill_all(server)
            server = site.serve()
        else:
            kill_database(site.home)
    wait_for_more(crowd, 50)
    crowd.stop()
    assert crowd.is_done
    # Read while the server runs: the database ends with its last user.
    with psycopg.connect(site.address()) as db:
        kept = read_kept(db)
    kill_all(server)
    assert crowd.unexpected == []
    assert contradictions(crowd.acknowledged, crowd.sent, kept) == []
    assert set(crowd.acknowledged) == crowd.sent
    outcomes = {outcome for outcome, _, _ in kept.decisions.values()}
    assert outcomes == {"authorized", "not_authorized"}
    the_checker_sees_planted_faults(crowd.acknowledged, crowd.sent, kept)


def the_checker_sees_planted_faults(
    acknowledged: dict[str, str], sent: set[str], kept: Kept
) -> None:
    """Take one row away, double one, or half-undo one: each is named."""
    key, number = kept.keys[0]
    decisions = dict(kept.decisions)
    outcome, answer, opened = decisions.pop(number)
    faults = {
        "lost": kept._replace(decisions=decisions),
        "duplicated": kept._replace(keys=kept.keys[1:]),
        "audit": kept._replace(audited=[n for n in kept.audited if n != number]),
        "half done": kept._replace(
            decisions={**kept.decisions, number: (outcome, answer, not opened)}
        ),
        "changed": kept._replace(
            decisions={**kept.decisions, number: (outcome, answer + " ", opened)}
        ),
    }
    for word, fault in faults.items():
        told = contradictions(acknowledged, sent, fault)
        assert any(line.startswith(word) for line in told), (word, key)
