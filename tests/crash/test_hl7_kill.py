"""No acknowledged result is lost or doubled, whatever is killed while it comes in."""

from __future__ import annotations

import itertools
import json
import random
import socket
import subprocess
import sys
import threading
import time
from typing import Any, NamedTuple

import psutil
import psycopg
import pytest

from tests.crash.hl7_world import TESTS, message
from tests.crash.test_kill import Site, kill_all, kill_database, site  # noqa: F401
from tests.factories.homes import ROOT, run
from tests.interfaces.hl7_line import Line

PATIENTS, LINES = 20, 5


@pytest.fixture(scope="module")
def registered(site: Site) -> Site:  # noqa: F811
    """A site with a laboratory, and patients it knows."""
    run(site.environment, "-m", "tests.crash.hl7_world", str(PATIENTS))
    return site


def listen(site: Site, port: int) -> subprocess.Popen[bytes]:  # noqa: F811
    """A listener, started; it may not listen yet."""
    command = [sys.executable, "-m", "etasu.site.cli", "hl7", "listen", "--port", str(port)]
    with (site.home / "listen.log").open("ab") as log:
        return subprocess.Popen(
            command, env=site.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )


class Laboratory:
    """Lines that send, are cut off, and send the same again until it is acknowledged."""

    def __init__(self, port: int, seed: int) -> None:
        self.name = f"{seed}"
        self.sent: set[str] = set()
        self.acknowledged: list[str] = []
        self.unexpected: list[str] = []
        self._port, self._stopping = port, threading.Event()
        self._lines: dict[int, Line] = {}
        self._threads = [
            threading.Thread(target=self._send_on, args=(random.Random(seed + n), n))
            for n in range(LINES)
        ]

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> bool:
        """Send nothing new, and wait until everything is acknowledged; whether it was."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=120)
        return not any(thread.is_alive() for thread in self._threads)

    def _send_on(self, chance: random.Random, name: int) -> None:
        for count in itertools.count():
            if self._stopping.is_set():
                break
            number = f"{self.name}-{name}-{count}"
            raw = message(number, chance.randrange(PATIENTS))
            self.sent.add(number)
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline and not self._is_done(name, number, raw):
                time.sleep(0.05)
        if line := self._lines.pop(name, None):
            line.socket.close()

    def _is_done(self, name: int, number: str, raw: bytes) -> bool:
        """Send it once; whether it need not be sent again."""
        try:
            line = self._lines.get(name) or Line(self._port, timeout=15)
            self._lines[name] = line
            said = line.ask(raw)
        except (OSError, EOFError):
            # Cut off: whether it was kept is unknown, so it is sent again.
            if lost := self._lines.pop(name, None):
                lost.socket.close()
            return False
        if f"MSA|AA|{number}\r".encode() in said:
            self.acknowledged.append(number)
        elif b"MSA|AR" in said:
            return False
        else:
            self.unexpected.append(said.decode())
        return True

    def wait_for_more(self, count: int) -> None:
        """Wait until that many more were acknowledged."""
        wanted, deadline = len(self.acknowledged) + count, time.monotonic() + 90
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, "the listener did not come back in time"
            assert not self.unexpected, self.unexpected[:2]
            time.sleep(0.02)


class KeptRows(NamedTuple):
    """What is in the database: accepted messages, and for each result its message and place."""

    messages: list[str]
    results: list[tuple[str, str, int]]
    standing: int
    audited: int


def read(site: Site) -> KeptRows:  # noqa: F811
    """What is in the database now."""
    with psycopg.connect(site.address()) as db:
        messages = db.execute("SELECT control_id FROM monitoring_message WHERE answer = 'AA'")
        results = """
            SELECT message.control_id, item.place, item.result_id FROM monitoring_item item
            JOIN monitoring_report report ON report.id = item.report_id
            JOIN monitoring_message message ON message.id = report.message_id
            WHERE item.result_id IS NOT NULL
        """
        standing = (
            "SELECT count(*) FROM monitoring_result WHERE channel = 'hl7v2' AND replaced_at IS NULL"
        )
        audited = "SELECT count(*) FROM audit_entry WHERE verb = 'results.received'"
        return KeptRows(
            [row[0] for row in messages.fetchall()],
            db.execute(results).fetchall(),
            _one(db.execute(standing).fetchone()),
            _one(db.execute(audited).fetchone()),
        )


def _one(row: Any) -> int:
    return int(row[0])


def contradictions(laboratory: Laboratory, kept: KeptRows) -> list[str]:
    """What is in the database and does not agree with what the laboratory was told."""
    found = []
    if lost := set(laboratory.acknowledged) - set(kept.messages):
        found.append(f"lost messages: {sorted(lost)[:5]}")
    if len(kept.messages) != len(set(kept.messages)):
        found.append("doubled messages")
    whole = {(number, f"OBX^{place}") for number in kept.messages for place in _PLACES}
    results = [(number, place) for number, place, _ in kept.results]
    if lost_results := whole - set(results):
        found.append(f"lost results: {sorted(lost_results)[:5]}")
    ids = [result for *_, result in kept.results]
    if len(results) != len(set(results)) or len(ids) != len(set(ids)):
        found.append("doubled results")
    if kept.standing != len(ids):
        found.append(f"{kept.standing} results stand, {len(ids)} came in")
    if kept.audited != len(kept.messages):
        found.append(f"{kept.audited} audit entries for {len(kept.messages)} messages")
    return found


_PLACES = range(1, len(TESTS) + 1)


@pytest.mark.parametrize("kills", [4, pytest.param(20, marks=pytest.mark.long)])
def test_nothing_acknowledged_is_lost_or_doubled(registered: Site, kills: int) -> None:
    where = registered
    chance = random.Random(kills)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    laboratory = Laboratory(port, seed=kills)
    process = listen(where, port)
    laboratory.start()
    for kill in range(kills):
        laboratory.wait_for_more(chance.randint(5, 40))
        time.sleep(chance.random() * 0.1)
        if kill % 4 == 1:
            # One of its processes: the others go on, and another takes its place.
            chance.choice(psutil.Process(process.pid).children()).kill()
        elif kill % 4 == 2:
            kill_database(where.home)
        else:
            kill_all(process)
            process = listen(where, port)
    laboratory.wait_for_more(20)
    assert laboratory.stop()
    kept = read(where)
    kill_all(process)
    assert laboratory.unexpected == []
    assert set(laboratory.acknowledged) == laboratory.sent
    assert contradictions(laboratory, kept) == []
    the_checker_sees_planted_faults(laboratory, kept)


def the_checker_sees_planted_faults(laboratory: Laboratory, kept: KeptRows) -> None:
    """Take something away or double it: each is named."""
    one = laboratory.acknowledged[0]
    others = [each for each in kept.messages if each != one]
    faults = {
        "lost messages": kept._replace(messages=others),
        "doubled messages": kept._replace(messages=[*kept.messages, kept.messages[0]]),
        "lost results": kept._replace(results=kept.results[1:]),
        "doubled results": kept._replace(results=[*kept.results, kept.results[0]]),
        f"{kept.standing + 1} results stand": kept._replace(standing=kept.standing + 1),
        "0 audit entries": kept._replace(audited=0),
    }
    for word, fault in faults.items():
        told = contradictions(laboratory, fault)
        assert any(line.startswith(word) for line in told), (word, json.dumps(told))
